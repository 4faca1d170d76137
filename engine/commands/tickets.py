"""The life of a ticket as a whole: create, change, close, reopen, link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select

from engine.audit.trail import record
from engine.catalogue.models import Queue, Service, Sla, State, TicketType
from engine.catalogue.own_fields import answered
from engine.catalogue.queries import (
    by_name,
    default_queue,
    inherited_sla,
    maybe,
    offer_for,
    priority_of,
)
from engine.commands import changes
from engine.commands.articles import NewFile, add_article
from engine.commands.between import CHILD, ended
from engine.commands.carry_out import after_change
from engine.commands.clocks import open_clocks, reopen_clocks, stop_clocks
from engine.commands.facts import remember_first_text
from engine.commands.follow_up import classify, follow_up
from engine.commands.hooks import PLACED
from engine.commands.pending import needs_date, take_up
from engine.commands.processes import cancel_processes, process_for, send_message, start_process
from engine.commands.reclassify import follows_another, reclassify
from engine.errors import Conflict, Invalid
from engine.people.models import Person
from engine.tickets.access import require
from engine.tickets.models import Article, Ticket, TicketLink
from engine.tickets.numbers import next_number
from engine.work import Work

RIGHTS = {"queue": "move", "owner": "owner", "responsible": "owner", "priority": "priority"}


@dataclass(frozen=True)
class NewTicket:
    """A request as it reached us, before it has a number. Names stand for queue, type and so on."""

    title: str
    body: str
    channel: str
    queue: str | None = None
    type: str | None = None
    priority: str | int | None = None
    service: str | None = None
    sla: str | None = None
    customer: Person | None = None
    owner: Person | None = None
    tags: Sequence[str] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    offer: str | None = None
    process: str = ""  # that it follows, whatever its type and queue
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[NewFile] = ()
    language: str | None = None
    visible: bool = True
    placed: bool = False  # the queue was chosen by a mail filter or account; routing leaves it
    automatic: bool = False  # a machine wrote it
    born: Callable[[Ticket], None] | None = None  # done with the ticket before its process begins
    no_auto_reply: bool = False  # nothing may be answered automatically, whoever wrote it
    article: Mapping[str, Any] = field(default_factory=dict)  # what a channel knows beside the text


def create_ticket(work: Work, new: NewTicket) -> Ticket:
    """Give the request a number, keep what was said, start its process and ask the rules."""
    offer = offer_for(work.session, work.actor, new.offer) if new.offer else None
    ticket = _ticket_row(work, new, offer.document if offer else {})
    if offer is not None:
        ticket.custom = answered(work.session, offer.form, new.answers) | dict(new.custom)
    work.session.add(ticket)
    work.session.flush()
    record(work, ticket.id, "created", after=ticket.number)
    if new.born is not None:
        new.born(ticket)
    for tag in new.tags:
        changes.add_tag(work, ticket, tag)
    open_clocks(work, ticket, _first_article(work, ticket, new))
    _classify(work, ticket, new)
    offered = str(offer.document.get("process", "")) if offer else ""
    key = process_for(work, ticket, new.process or offered)
    placed = {PLACED: True} if new.placed else {}
    start_process(work, ticket, key, {**new.answers, **placed})
    follow_up(
        work,
        ticket,
        "ticket.created",
        mail__automatic=new.automatic,
        mail__no_reply=new.no_auto_reply,
    )
    return ticket


def _classify(work: Work, ticket: Ticket, new: NewTicket) -> None:
    facts: dict[str, Any] = {
        f"form.{name}": value
        for name, value in new.answers.items()
        if isinstance(value, str | int | float | bool)
    }
    facts |= {
        "ticket.placed": new.placed,
        "mail.automatic": new.automatic,
        "mail.no_reply": new.no_auto_reply,
    }
    classify(work, ticket, facts)


def change_ticket(
    work: Work,
    ticket: Ticket,
    wanted: Mapping[str, Any],
    reason: str = "",
    version: int | None = None,
) -> changes.Changed:
    """Change fields by hand. `version` is the edition the person saw; another is a `Conflict`.

    Ending a ticket by its state ends its process, with the cause; a type with another process
    begins that one.
    """
    for name in wanted:
        require(work, ticket, RIGHTS.get(name, "change"))
    if version is not None and version != ticket.edition:
        raise Conflict("Somebody else has changed this ticket meanwhile.")
    wanted = dict(wanted)
    if wanted.get("queue") and wanted["queue"] != ticket.queue.name:
        _may_move_into(work, str(wanted["queue"]))
    state, kind = wanted.pop("state", None), wanted.get("type")
    if kind and follows_another(work, ticket, str(kind)):
        reclassify(work, ticket, str(wanted.pop("type")), reason)
    changed = changes.apply_changes(work, ticket, wanted)
    after_change(work, ticket, changed)
    if state is not None and str(state) != ticket.state.name:
        changed |= _change_state(work, ticket, str(state), reason)
    if changed:
        follow_up(work, ticket, "ticket.changed", changed=changed)
    return changed


def close_ticket(
    work: Work, ticket: Ticket, state: str = "closed successful", reason: str = ""
) -> None:
    """End a ticket by hand; its process is cancelled with the reason, its clocks stop."""
    follow_up(work, ticket, "ticket.changed", changed=_close(work, ticket, state, reason))


def _close(work: Work, ticket: Ticket, state: str, reason: str) -> changes.Changed:
    """End a ticket; what has changed the rules are yet to hear."""
    require(work, ticket, "close")
    wanted = by_name(work.session, State, state)
    if not wanted.ended:
        raise Invalid("“%(state)s” does not end a ticket.", values={"state": state})
    if wanted.type == "merged":
        raise Invalid("To merge a ticket, say into which other one.", fields={"state": "merged"})
    if ticket.state.type in ("merged", "removed") or ticket.state.name == wanted.name:
        raise Invalid("This ticket is closed already.")
    before = ticket.state.name
    cancel_processes(work, ticket, reason or "closed by hand")
    changes.apply_changes(work, ticket, {"state": wanted})
    stop_clocks(work, ticket)
    ended(work, ticket)
    return {"state": (before, state)}


def reopen_ticket(work: Work, ticket: Ticket, reason: str = "") -> None:
    """Open a solved or ended ticket again: by message while its process waits, else anew."""
    changed = _reopen(work, ticket, reason)
    if changed:
        follow_up(work, ticket, "ticket.changed", changed=changed)


def _reopen(work: Work, ticket: Ticket, reason: str) -> changes.Changed:
    """Open a ticket again; what has changed by hand the rules are yet to hear."""
    inside = work.actor.is_agent or work.actor.is_system
    require(work, ticket, "change" if inside else "answer")
    if not ticket.state.ended:
        laid_aside = ticket.pending_until is not None
        take_up(work, ticket)
        if not send_message(work, ticket, "reopen", {"reason": reason}) and not laid_aside:
            raise Invalid("This ticket is open already.")
        return {}
    if ticket.state.type in ("merged", "removed"):
        raise Conflict("A merged or removed ticket cannot be opened again.")
    if not inside and ticket.queue.follow_up != "possible":
        raise Conflict("This request cannot be opened again. Please send a new one.")
    before = ticket.state.name
    changes.apply_changes(work, ticket, {"state": "open"})
    record(work, ticket.id, "reopened", reason=reason)
    reopen_clocks(work, ticket)
    start_process(work, ticket, process_for(work, ticket), {"reopened": True}, again=True)
    return {"state": (before, ticket.state.name)}


def link_tickets(work: Work, source: Ticket, target: Ticket, kind: str = "related") -> None:
    """Say that two tickets have to do with each other."""
    require(work, source, "link")
    require(work, target, "read")
    query = select(TicketLink).where(
        TicketLink.source_id == source.id, TicketLink.target_id == target.id
    )
    if source.id != target.id and work.session.scalar(query) is None:
        work.session.add(TicketLink(source_id=source.id, target_id=target.id, kind=kind))
        record(work, source.id, "link", after=f"{kind} {target.number}")
        back = "parent" if kind == CHILD else kind
        record(work, target.id, "link", after=f"{back} {source.number}")


def unlink_tickets(work: Work, source: Ticket, target: Ticket) -> None:
    """Part two tickets that were linked by hand, whichever named the other."""
    require(work, source, "link")
    require(work, target, "read")
    one, other = TicketLink.source_id, TicketLink.target_id
    query = select(TicketLink).where(
        or_(and_(one == source.id, other == target.id), and_(one == target.id, other == source.id)),
        TicketLink.kind.not_in(("merged", CHILD)),
    )
    for row in work.session.scalars(query):
        work.session.delete(row)
        record(work, source.id, "link", before=f"{row.kind} {target.number}")
        record(work, target.id, "link", before=f"{row.kind} {source.number}")


def _may_move_into(work: Work, name: str) -> None:
    """A ticket is moved only to where one may put tickets; reading there is another right."""
    queue = maybe(work.session, Queue, name)
    groups = work.actor.groups_with("move_into")
    if queue is None or (queue.group_id not in groups and not work.actor.is_system):
        raise Invalid(
            "There is no queue “%(name)s” for you.",
            fields={"queue": "unknown"},
            values={"name": name},
        )


def _change_state(work: Work, ticket: Ticket, name: str, reason: str) -> changes.Changed:
    wanted = by_name(work.session, State, name)
    if needs_date(wanted):
        raise Invalid("Say until when the ticket is laid aside.", fields={"state": "until"})
    if wanted.ended:
        return _close(work, ticket, name, reason)
    if ticket.state.ended:
        return _reopen(work, ticket, reason)
    return changes.apply_changes(work, ticket, {"state": wanted})


def _ticket_row(work: Work, new: NewTicket, offer: Mapping[str, Any]) -> Ticket:
    session = work.session
    title = " ".join(new.title.split())[: changes.LONGEST_TITLE] or "(no subject)"
    queue_name = new.queue or offer.get("queue")
    queue = by_name(session, Queue, queue_name) if queue_name else default_queue(session)
    service = maybe(session, Service, new.service or offer.get("service"))
    sla, source = maybe(session, Sla, new.sla or offer.get("sla")), "given"
    if sla is None:
        sla, source = inherited_sla(session, service, queue)
    customer = new.customer
    return Ticket(
        number=next_number(work),
        title=title,
        queue=queue,
        state=by_name(session, State, "new"),
        priority=priority_of(session, new.priority or offer.get("priority") or 3),
        type=maybe(session, TicketType, new.type or offer.get("type")),
        service=service,
        sla=sla,
        sla_source=source,
        clocks_rest=False,
        owner=new.owner,
        customer=customer,
        organisation_id=customer.organisation_id if customer else None,
        organisation=customer.organisation if customer else None,
        channel=new.channel,
        language=new.language or (customer.language if customer else None) or "en",
        offer_key=new.offer or "",
        created_at=work.now,
        changed_at=work.now,
        custom=dict(new.custom),
        tag_rows=[],
    )


def _first_article(work: Work, ticket: Ticket, new: NewTicket) -> Article:
    customer = new.customer
    who = {
        "sender": customer.name if customer else work.actor.name,
        "person_id": customer.id if customer else work.actor.id,
        "address": customer.email if customer else "",
        "subject": ticket.title,
    }
    body = new.body.replace("\x00", "")
    remember_first_text(ticket, body)
    return add_article(
        work,
        ticket,
        body=body,
        channel=new.channel,
        direction="in",
        visible=new.visible,
        files=new.files,
        found_by=f"{ticket.number} {ticket.title}",
        **(who | dict(new.article)),
    )
