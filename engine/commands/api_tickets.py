"""Tickets made and changed through the API: names looked up, rights asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import Offer, Queue
from engine.catalogue.own_fields import with_own
from engine.catalogue.queries import default_queue, offer_for
from engine.commands.articles import NewFile, customer_answer
from engine.commands.changes import add_tag, remove_tag
from engine.commands.follow_up import follow_up
from engine.commands.form_answers import checked
from engine.commands.form_rules import asked_request, look_of, report
from engine.commands.tickets import NewTicket, change_ticket, create_ticket, reopen_ticket
from engine.errors import Invalid
from engine.people.models import Person
from engine.people.queries import person_by_login
from engine.tickets.access import require
from engine.tickets.models import Ticket
from engine.work import Work

CUSTOMER_FIELDS = frozenset(
    ("title", "body", "type", "service", "offer", "answers", "language", "files")
)


def api_ticket(work: Work, values: Mapping[str, Any], files: Sequence[NewFile] = ()) -> Ticket:
    """Make a ticket of what the API was given. Customers report for themselves.

    Raises `Invalid` naming the field for what is unknown or not theirs to say.
    """
    inside = work.actor.is_agent or work.actor.is_system
    refused = {} if inside else dict.fromkeys(set(values) - CUSTOMER_FIELDS, "not allowed")
    if refused:
        raise Invalid("Some fields are not for customers.", fields=refused)
    offer = _offer(work, values.get("offer"))
    answers = values.get("answers") or {}
    if offer is None and answers:
        raise Invalid("Answers need an offer.", fields={"answers": "offer"})
    customer, look = _customer(work, values, inside), None
    if offer is not None and offer.form:
        look = look_of(work, asked_request(work, offer, customer), answers)
        answers = checked(look.strict(), look.taken)
    queue = values.get("queue")
    if inside and (queue or offer is None):
        queue = _queue(work, queue)
    new = NewTicket(
        title=values["title"],
        body=values["body"],
        channel="api",
        queue=queue,
        customer=customer,
        owner=_person(work, values.get("owner"), "owner", agent=True),
        custom=with_own(work.session, {}, values.get("custom") or {}),
        offer=values.get("offer"),
        answers=answers,
        files=files,
        tags=values.get("tags", ()),
        type=values.get("type"),
        service=values.get("service"),
        sla=values.get("sla"),
        priority=values.get("priority"),
        language=values.get("language"),
    )
    return report(work, new, look) if look is not None else create_ticket(work, new)


def api_change(work: Work, ticket: Ticket, values: Mapping[str, Any]) -> None:
    """Change fields of a ticket; `version` in the values guards, `tags` are the whole new set."""
    wanted = dict(values)
    version, reason = wanted.pop("version"), wanted.pop("reason", "")
    tags = wanted.pop("tags", None)
    if tags is not None:
        require(work, ticket, "change")
    change_ticket(work, ticket, wanted, reason=reason, version=version)
    if tags is not None:
        _keep_tags(work, ticket, {tag.strip().lower() for tag in tags})


def _keep_tags(work: Work, ticket: Ticket, keep: set[str]) -> None:
    before = ticket.tags
    for tag in sorted(set(before) - keep):
        remove_tag(work, ticket, tag)
    for tag in sorted(keep):
        add_tag(work, ticket, tag)
    if ticket.tags != before:
        follow_up(work, ticket, "ticket.changed", changed={"tags": (before, ticket.tags)})


def api_reopen(work: Work, ticket: Ticket, reason: str) -> None:
    """Open a ticket again; customers say with it what is still wrong."""
    inside = work.actor.is_agent
    if not inside and not reason.strip():
        raise Invalid("Please say what is still wrong.", fields={"reason": "required"})
    reopen_ticket(work, ticket, reason.strip()[:300])
    if not inside:
        customer_answer(work, ticket, reason, channel="api")


def _offer(work: Work, key: str | None) -> Offer | None:
    return offer_for(work.session, work.actor, key) if key else None


def _queue(work: Work, name: str | None, permission: str = "create") -> str | None:
    """The name of a queue in which the actor may do this; foreign and absent ones answer alike."""
    allowed = work.actor.groups_with(permission)
    if not name:
        fallback = default_queue(work.session)
        found = select(Queue).where(Queue.group_id.in_(allowed), Queue.active).order_by(Queue.name)
        queue = fallback if fallback.group_id in allowed else work.session.scalars(found).first()
    else:
        queue = work.session.scalar(select(Queue).where(Queue.name == name, Queue.active))
    if queue is None or (queue.group_id not in allowed and not work.actor.is_system):
        raise Invalid(
            "There is no queue “%(name)s” for you.",
            fields={"queue": "unknown"},
            values={"name": name or ""},
        )
    return queue.name


def _customer(work: Work, values: Mapping[str, Any], inside: bool) -> Person | None:
    if inside:
        return _person(work, values.get("customer"), "customer")
    return work.session.get(Person, work.actor.id) if work.actor.id else None


def _person(work: Work, login: str | None, field: str, *, agent: bool = False) -> Person | None:
    person = person_by_login(work.session, login) if login else None
    if login and (person is None or not person.active or (agent and not person.is_agent)):
        raise Invalid("There is no such person.", fields={field: "unknown"})
    return person
