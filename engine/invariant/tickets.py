"""The row of a ticket itself: its number, where it went up, who owns it, whether it is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from engine.catalogue.models import ENDED_TYPES, Queue, State
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.invariant.moving import AGENTS
from engine.people.models import Person, PersonRole
from engine.tickets.fulltext import TicketText
from engine.tickets.models import Ticket, TicketLink

MERGED = Kind(
    "ticket.merged",
    "A merged ticket leads nowhere",
    "Its state is “%(state)s”, and the ticket it went up in is %(into)s.",
    "Close it, or merge it again; the history says where it went.",
)
NUMBER = Kind(
    "ticket.number",
    "Two tickets have the same number",
    "The number %(number)s is not the number of one ticket.",
    "Give the younger one another number in the database, and tell its customer.",
)
OWNER = Kind(
    "ticket.owner_gone",
    "Somebody who is gone looks after a ticket",
    "%(name)s is no longer active, or no agent any more.",
    "The ticket is let go of, so that somebody else takes it.",
    repairs=True,
)
QUEUE = Kind(
    "ticket.queue_gone",
    "An open ticket lies in a queue out of use",
    "The queue %(queue)s is not in use any more.",
    "Move the ticket, or put the queue into use again.",
)
NOT_FOUND = Kind(
    "ticket.unfindable",
    "The search does not know a ticket",
    "Not one word of the ticket can be searched for.",
    "Its words are read again.",
    repairs=True,
)
LINK = Kind(
    "ticket.link",
    "A ticket is linked with itself",
    "It is linked with itself as “%(kind)s”.",
    "The link is removed.",
    repairs=True,
)


def of_tickets(ground: Ground, span: Span) -> Iterator[Found]:
    """Tickets that went up nowhere, whose number is another's, or that cannot be searched for."""
    same, into = aliased(Ticket), aliased(Ticket)
    twin = select(same.id).where(same.number == Ticket.number, same.id != Ticket.id)
    circle = select(into.id).where(
        into.id == Ticket.merged_into_id,
        or_(into.id == Ticket.id, into.merged_into_id == Ticket.id),
    )
    merged = State.type == "merged"
    astray = or_(
        and_(merged, Ticket.merged_into_id.is_(None)),
        and_(~merged, Ticket.merged_into_id.is_not(None)),
        circle.exists(),
    )
    words = select(TicketText.ticket_id).where(TicketText.ticket_id == Ticket.id)
    double = or_(func.length(Ticket.number) == 0, twin.exists())
    unfindable = ~words.exists()
    query = (
        select(
            Ticket.id, Ticket.number, Ticket.merged_into_id, State.name, astray.label("astray"),
            double.label("double"), unfindable.label("unfindable"),
        )
        .join(State, State.id == Ticket.state_id)
        .where(span.on(Ticket.id, Ticket.id), or_(astray, double, unfindable))
    )  # fmt: skip
    for row in ground.session.execute(query):
        key = f"ticket {row.id}"
        if row.astray:
            values = {"state": row.name, "into": row.merged_into_id or "–"}
            yield Found(MERGED.code, key, row.id, row.id, values)
        if row.double:
            yield Found(NUMBER.code, key, row.id, row.id, {"number": row.number})
        if row.unfindable:
            yield Found(NOT_FOUND.code, key, row.id, row.id)


def gone(person: Any) -> ColumnElement[bool]:
    """That there is such a person, who works here no more."""
    agent = select(PersonRole.person_id).where(
        PersonRole.person_id == person.id, PersonRole.role.in_(AGENTS)
    )
    return and_(person.id.is_not(None), or_(person.active.is_(False), ~agent.exists()))


def of_open_tickets(ground: Ground, span: Span) -> Iterator[Found]:
    """Open tickets that somebody looks after who is gone, or that lie in a queue out of use."""
    owner, other = aliased(Person), aliased(Person)
    query = (
        select(Ticket.id, Queue.name, Queue.active, owner.name, gone(owner), other.name,
               gone(other))
        .join(State, State.id == Ticket.state_id)
        .join(Queue, Queue.id == Ticket.queue_id)
        .outerjoin(owner, owner.id == Ticket.owner_id)
        .outerjoin(other, other.id == Ticket.responsible_id)
        .where(
            span.on(Ticket.id, Ticket.id),
            State.type.not_in(ENDED_TYPES),
            or_(Queue.active.is_(False), gone(owner), gone(other)),
        )
    )  # fmt: skip
    for number, queue, used, *people in ground.session.execute(query):
        if not used:
            yield Found(QUEUE.code, f"ticket {number}", number, number, {"queue": queue})
        left = [name for name, out in zip(people[::2], people[1::2], strict=True) if name and out]
        if left:
            yield Found(OWNER.code, f"ticket {number}", number, number, {"name": left[0]})


def linked(ground: Ground, span: Span) -> Iterator[Found]:
    """Links of a ticket with itself."""
    query = select(TicketLink.source_id, TicketLink.kind).where(
        span.on(TicketLink.source_id, TicketLink.source_id),
        TicketLink.source_id == TicketLink.target_id,
    )
    for ticket, kind in ground.session.execute(query):
        yield Found(LINK.code, f"ticket {ticket} {kind}", ticket, ticket, {"kind": kind})


LOOK = Look("tickets", of_tickets, (MERGED, NUMBER, NOT_FOUND), Ticket.id)
OPEN = Look("open_tickets", of_open_tickets, (OWNER, QUEUE), Ticket.id)
LINKS = Look("links", linked, (LINK,), TicketLink.source_id)
