"""Who has a ticket open now, and what has changed since somebody was last there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue.shelf import shelve
from engine.people.models import Person
from engine.tickets.access import visible
from engine.tickets.models import Draft, Ticket, Visit
from engine.work import Actor

HERE = timedelta(seconds=50)  # longer than two signs of life of a page
WRITING = timedelta(seconds=60)  # since the last word that was kept as a draft


@dataclass(frozen=True)
class Present:
    """A colleague who has a ticket open."""

    id: int
    name: str
    writing: bool


def reply_key(ticket: Ticket) -> str:
    """The key under which an unsent reply is kept."""
    return f"reply-{ticket.id}"


def present(session: Session, actor: Actor, ticket: Ticket, now: datetime) -> list[Present]:
    """Who else has this ticket open, and whether they are writing an answer."""
    typing = and_(
        Draft.person_id == Visit.person_id,
        Draft.key == reply_key(ticket),
        Draft.saved_at > now - WRITING,
    )
    query = (
        select(Person.id, Person.name, Draft.id)
        .join(Visit, Visit.person_id == Person.id)
        .outerjoin(Draft, typing)
        .where(Visit.ticket_id == ticket.id, Visit.at > now - HERE, Visit.person_id != actor.id)
        .order_by(Person.name, Person.id)
        .limit(10)
    )
    return [Present(*found[:2], found[2] is not None) for found in session.execute(query)]


def news(session: Session, actor: Actor, *, limit: int = 10) -> Sequence[Ticket]:
    """The actor's tickets that have changed since they had them open, the latest change first."""
    mine = or_(Ticket.owner_id == actor.id, Ticket.responsible_id == actor.id)
    query = (
        select(Ticket)
        .outerjoin(Visit, and_(Visit.ticket_id == Ticket.id, Visit.person_id == actor.id))
        .where(visible(actor), mine, or_(Visit.at.is_(None), Visit.at < Ticket.changed_at))
        .options(joinedload(Ticket.customer))
        .order_by(Ticket.changed_at.desc(), Ticket.id.desc())
    )
    return [shelve(session, row) for row in session.scalars(query.limit(limit))]


def unread(session: Session, actor: Actor, tickets: Iterable[Ticket]) -> set[int]:
    """Which of these are new to the actor: changed since a visit, or theirs and never opened."""
    by_id = {ticket.id: ticket for ticket in tickets}
    query = select(Visit.ticket_id, Visit.at).where(
        Visit.person_id == actor.id, Visit.ticket_id.in_(by_id)
    )
    seen = {row.ticket_id: row.at for row in session.execute(query)}
    return {
        ticket.id
        for ticket in by_id.values()
        if (
            ticket.owner_id == actor.id
            if ticket.id not in seen
            else seen[ticket.id] < ticket.changed_at
        )
    }
