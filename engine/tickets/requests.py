"""What a customer's pages ask for: own requests, and all facts of many of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from engine.catalogue.models import ENDED_TYPES, State
from engine.db.keyset import Key, beyond, ordered, place_of, read_place
from engine.sla.models import TicketClock
from engine.tickets.access import visible
from engine.tickets.flow import ProcessInstance, StepLog, WorkItem
from engine.tickets.models import Article, Ticket
from engine.work import Actor, Work

WORDS = 5  # of a customer's search that are looked at
BY_CHANGE = (
    Key(Ticket.changed_at, lambda ticket: ticket.changed_at, datetime, descending=True),
    Key(Ticket.id, lambda ticket: ticket.id, descending=True),
)


@dataclass
class Facts:
    """Where one request stands: open steps, clocks, its process and what happened there."""

    ticket: Ticket
    items: list[WorkItem] = field(default_factory=list)
    clocks: list[TicketClock] = field(default_factory=list)
    instance: ProcessInstance | None = None
    log: list[StepLog] = field(default_factory=list)
    due: datetime | None = None  # when the process goes on by itself, if nobody does anything


def as_customer(work: Work) -> Work:
    """The same work with the rights of a customer alone, also where the actor is an agent."""
    return replace(work, actor=customer_side(work.actor))


def customer_side(actor: Actor) -> Actor:
    """Somebody as a customer alone, whatever they may do as an agent."""
    return replace(actor, roles=frozenset({"customer"}), groups={})


def asked_outside(session: Session, ticket: Ticket, person_id: int) -> bool:
    """Whether an open step asks this person as somebody outside."""
    query = select(WorkItem.id).where(
        WorkItem.ticket_id == ticket.id,
        WorkItem.person_id == person_id,
        WorkItem.status == "open",
        WorkItem.for_customer,
    )
    return session.scalar(query.limit(1)) is not None


def requests_of(
    session: Session,
    actor: Actor,
    *,
    ended: bool | None,
    text: str = "",
    after: str = "",
    limit: int = 50,
) -> list[Ticket]:
    """Requests that this customer may read, the latest change first; `ended` None means all."""
    query = select(Ticket).where(visible(actor), *[_says(word) for word in text.split()[:WORDS]])
    if ended is not None:
        states = select(State.id).where(State.type.in_(ENDED_TYPES))
        there = Ticket.state_id.in_(states) if ended else Ticket.state_id.not_in(states)
        query = query.where(there)
    place = read_place(BY_CHANGE, after)
    if place is not None:
        query = query.where(beyond(BY_CHANGE, place))
    query = query.options(joinedload(Ticket.state), joinedload(Ticket.customer))
    return list(session.scalars(ordered(query, BY_CHANGE).limit(limit)))


def request_place(ticket: Ticket) -> str:
    """Where a request stands in that order."""
    return place_of(BY_CHANGE, ticket)


def _says(word: str) -> ColumnElement[bool]:
    """That number, title or a message which customers read contains the word.

    Not the full text of tickets: internal notes are in it, and a hit would tell what they say.
    """
    spelled = {word, word.lower(), word.capitalize(), word.upper()}  # SQLite folds only ASCII
    said = [f"%{_escaped(one)}%" for one in spelled]
    readable = and_(Article.ticket_id == Ticket.id, Article.visible, Article.verified)
    messages = or_(*[Article.body.ilike(like, escape="\\") for like in said])
    return or_(
        Ticket.number.like(f"%{_escaped(word.lstrip('#') or word)}%", escape="\\"),
        *[Ticket.title.ilike(like, escape="\\") for like in said],
        exists(Article.id).where(readable, messages),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def facts_of(session: Session, tickets: Iterable[Ticket]) -> dict[int, Facts]:
    """The facts of many requests by ticket id, with a fixed number of questions."""
    found = {ticket.id: Facts(ticket) for ticket in tickets}
    if not found:
        return found
    for item in _items(session, found):
        found[item.ticket_id].items.append(item)
    query = select(TicketClock).where(TicketClock.ticket_id.in_(found))
    for clock in session.scalars(query.order_by(TicketClock.kind)):
        found[clock.ticket_id].clocks.append(clock)
    for instance in _instances(session, found):
        found[instance.ticket_id].instance = instance
    current = {f.instance.id: f for f in found.values() if f.instance is not None}
    for entry in _log(session, current):
        current[entry.instance_id].log.append(entry)
    return found


def _items(session: Session, ids: Iterable[int]) -> list[WorkItem]:
    query = (
        select(WorkItem)
        .where(WorkItem.ticket_id.in_(ids), WorkItem.status == "open")
        .options(joinedload(WorkItem.person))
    )
    return list(session.scalars(query.order_by(WorkItem.id)))


def _instances(session: Session, ids: Iterable[int]) -> list[ProcessInstance]:
    """The latest process of each ticket last; its state stays where it is, nobody needs it here."""
    query = (
        select(ProcessInstance)
        .where(ProcessInstance.ticket_id.in_(ids))
        .options(defer(ProcessInstance.document))
    )
    return list(session.scalars(query.order_by(ProcessInstance.id)))


def _log(session: Session, ids: Iterable[int]) -> list[StepLog]:
    query = select(StepLog).where(StepLog.instance_id.in_(ids)).order_by(StepLog.id)
    return list(session.scalars(query))
