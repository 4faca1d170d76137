"""Setting a ticket's fields: the one place that resolves names and writes history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from engine.audit.trail import record
from engine.catalogue.models import Priority, Queue, Service, Sla, State, TicketType
from engine.catalogue.own_fields import with_own
from engine.catalogue.queries import by_name, priority_of
from engine.catalogue.shelf import shelf
from engine.commands.clocks import state_changed
from engine.commands.unlocking import watch_ticket
from engine.errors import Invalid
from engine.people.models import Person
from engine.people.queries import person_by_login
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket, TicketTag
from engine.timers.write import set_timer
from engine.work import Work

Changed = dict[str, tuple[Any, Any]]  # field → (before, after), as rules see them
LONGEST_TITLE = 300
WITH_KEY = {"state", "priority"}  # set together with its key, so nothing need be written for it


def apply_changes(work: Work, ticket: Ticket, changes: Mapping[str, Any]) -> Changed:
    """Set fields given by name; returns what really changed. Raises `Invalid` for unknown ones."""
    changed: Changed = {}
    owner = ticket.owner
    for field, value in changes.items():
        setter = SETTERS.get(field)
        if setter is None:
            raise Invalid("A ticket has no field “%(field)s”.", values={"field": str(field)[:80]})
        before, after = setter(work, ticket, value)
        if before != after:
            changed[field] = (before, after)
            _remember(work, ticket, field, before, after)
    changed.pop("owner", None)
    if ticket.owner is not owner:  # also by moving it to another team
        changed["owner"] = _login(owner), _login(ticket.owner)
    if changed:
        ticket.changed_at = work.now
    if changed.keys() - WITH_KEY:
        work.session.flush()
    if "state" in changed:
        state_changed(work, ticket)
    return changed


def _login(person: Person | None) -> str:
    return person.login if person is not None else ""


def _remember(work: Work, ticket: Ticket, field: str, before: Any, after: Any) -> None:
    """Write the change into the history; each of the company's own fields by itself."""
    if field != "custom":
        record(work, ticket.id, field, before, after)
        return
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            old, new = before.get(name, ""), after.get(name, "")
            record(work, ticket.id, f"custom.{name}", old, new)


def raise_priority(work: Work, ticket: Ticket, steps: Any) -> Changed:
    """Make a ticket so many steps more urgent; the highest priority stays what it is."""
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise Invalid("A priority is raised by one step or more.")
    ranks = sorted(one.rank for one in shelf(work.session).all(Priority))
    above = [rank for rank in ranks if rank > ticket.priority.rank]
    if not above:
        return {}
    return apply_changes(work, ticket, {"priority": above[: int(steps)][-1]})


def add_tag(work: Work, ticket: Ticket, tag: str) -> Changed:
    """Put a tag on the ticket; nothing happens when it is there."""
    tag = tag.strip().lower()[:80]
    if not tag or tag in ticket.tags:
        return {}
    ticket.tag_rows.append(TicketTag(tag=tag))
    ticket.changed_at = work.now
    record(work, ticket.id, "tag", "", tag)
    return {"tags": (sorted(set(ticket.tags) - {tag}), ticket.tags)}


def remove_tag(work: Work, ticket: Ticket, tag: str) -> Changed:
    """Take a tag off the ticket; nothing happens when it is not there."""
    for row in list(ticket.tag_rows):
        if row.tag == tag.strip().lower():
            before = ticket.tags
            ticket.tag_rows.remove(row)
            ticket.changed_at = work.now
            record(work, ticket.id, "tag", tag, "")
            return {"tags": (before, ticket.tags)}
    return {}


def _title(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
    before, after = ticket.title, " ".join(str(value).split())[:LONGEST_TITLE]
    if not after:
        raise Invalid("A ticket needs a title.", fields={"title": "required"})
    ticket.title = after
    return before, after


def _queue(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
    """Move the ticket; steps whose lane names nobody move with it, explicit ones stay.

    Another team starts afresh: what was claimed is free again and nobody owns the ticket.
    """
    queue = value if isinstance(value, Queue) else by_name(work.session, Queue, str(value))
    old = ticket.queue
    ticket.queue = queue
    ticket.queue_id = queue.id
    query = select(WorkItem).where(
        WorkItem.ticket_id == ticket.id,
        WorkItem.status == "open",
        WorkItem.explicit.is_(False),
        WorkItem.kind == "queue",
    )
    other_team = old.group_id != queue.group_id
    for item in work.session.scalars(query):
        item.queue, item.queue_id = queue, queue.id
        if other_team:
            item.person = item.person_id = item.claimed_at = None
    if other_team and ticket.owner is not None:
        record(work, ticket.id, "owner", ticket.owner.login, "", reason="moved to another team")
        ticket.owner = None
    if queue.unlock_minutes or old.unlock_minutes:
        watch_ticket(work, ticket)
    return old.name, queue.name


def _state(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
    state = value if isinstance(value, State) else by_name(work.session, State, str(value))
    before = ticket.state.name
    was_ended = ticket.state.ended
    ticket.state, ticket.state_id = state, state.id
    if ticket.pending_until is not None:  # the date belongs to the state it was set with
        ticket.pending_until = None
        set_timer(work, "pending", str(ticket.id), ticket.id, None)
    if state.ended and not was_ended:
        ticket.closed_at = work.now
    elif not state.ended:
        ticket.closed_at = None
    return before, state.name


def _priority(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
    before = ticket.priority.rank
    priority = priority_of(work.session, value)
    ticket.priority, ticket.priority_id = priority, priority.id
    return before, priority.rank


def _reference(field: str, kind: Any) -> Callable[[Work, Ticket, Any], tuple[Any, Any]]:
    def setter(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
        old = getattr(ticket, field)
        new = by_name(work.session, kind, str(value)) if value else None
        setattr(ticket, field, new)
        return (old.name if old else ""), (new.name if new else "")

    return setter


def _sla(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
    """Give the ticket an SLA, which then stays wherever it is moved, or take it away."""
    before, after = _reference("sla", Sla)(work, ticket, value)
    # A form sends back what it showed; a rule or a step means what it says.
    if before != after or work.cause.kind != "person":
        ticket.sla_source = "given" if after else ""
    return before, after


def _person(field: str, agents_only: bool) -> Callable[[Work, Ticket, Any], tuple[Any, Any]]:
    def setter(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
        old: Person | None = getattr(ticket, field)
        new = _found_person(work, value)
        if new is not None and agents_only and not new.is_agent:
            raise Invalid(
                "%(name)s is not an agent.", fields={field: "agent"}, values={"name": new.name}
            )
        setattr(ticket, field, new)
        if field == "customer":
            ticket.organisation = new.organisation if new else None
        return _login(old), _login(new)

    return setter


def _found_person(work: Work, value: Any) -> Person | None:
    if value is None or value == "":
        return None
    if isinstance(value, Person):
        return value
    found = (
        work.session.get(Person, value)
        if isinstance(value, int)
        else person_by_login(work.session, str(value))
    )
    if found is None or not found.active:
        raise Invalid("There is nobody called “%(name)s”.", values={"name": str(value)[:200]})
    return found


def _custom(work: Work, ticket: Ticket, value: Any) -> tuple[Any, Any]:
    before = dict(ticket.custom or {})
    after = with_own(work.session, before, value)
    if after != before:
        ticket.custom = after
    return before, after


SETTERS: dict[str, Callable[[Work, Ticket, Any], tuple[Any, Any]]] = {
    "title": _title,
    "queue": _queue,
    "state": _state,
    "priority": _priority,
    "type": _reference("type", TicketType),
    "service": _reference("service", Service),
    "sla": _sla,
    "owner": _person("owner", agents_only=True),
    "responsible": _person("responsible", agents_only=True),
    "customer": _person("customer", agents_only=False),
    "custom": _custom,
}
