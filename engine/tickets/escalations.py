"""What is late or nearly so: the clock that leads on each ticket, how far it has come, and sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from engine.catalogue.models import Queue
from engine.sla.models import TicketClock
from engine.tickets.access import visible
from engine.tickets.models import Ticket
from engine.tickets.search import Asked
from engine.work import Actor

BY: dict[str, Any] = {
    "queue": Ticket.queue_id,
    "owner": Ticket.owner_id,
    "sla": Ticket.sla_id,
}


@dataclass(frozen=True)
class Sum:
    """How many of one queue, person or SLA are late, and how many will be due."""

    key: Any
    late: int
    soon: int


def leading(session: Session, tickets: Iterable[Ticket], kind: str = "") -> dict[int, TicketClock]:
    """By ticket id the running clock that is due first, or the one of a kind."""
    ids = [ticket.id for ticket in tickets]
    query = select(TicketClock).where(
        TicketClock.ticket_id.in_(ids),
        TicketClock.stopped_at.is_(None),
        TicketClock.due_at.is_not(None),
    )
    if kind:
        query = query.where(TicketClock.kind == kind)
    found: dict[int, TicketClock] = {}
    for clock in session.scalars(query.order_by(TicketClock.due_at.desc(), TicketClock.id.desc())):
        found[clock.ticket_id] = clock
    return found


def next_mark(clock: TicketClock) -> tuple[str, datetime | None]:
    """What is told next of it, and when: warning, breached, escalated, or nothing any more."""
    at, due = clock.next_at, clock.due_at
    if at is None or due is None:
        return "", None
    if clock.breached_at is not None:
        return "escalated", at
    return ("warning", at) if at < due else ("breached", due)


def overdue(session: Session, now: datetime) -> dict[str, int]:
    """How many open tickets of each queue have gone beyond a promised time."""
    query = (
        select(Queue.name, func.count(Ticket.id))
        .join(Ticket, Ticket.queue_id == Queue.id)
        .where(Ticket.due_at <= now)
        .group_by(Queue.name)
    )
    return dict(session.execute(query).all())


def sums(session: Session, actor: Actor, wanted: Asked, by: str, now: datetime) -> list[Sum]:
    """What a question finds, by one of `BY`; each ticket counts once, by its nearest clock."""
    late = func.sum(case((Ticket.due_at <= now, 1), else_=0))
    query: Any = select(BY[by], func.count(Ticket.id), late).where(
        visible(actor), *wanted.conditions, Ticket.state_id.in_(wanted.states)
    )
    rows = session.execute(query.group_by(BY[by]))
    return [Sum(key, int(over or 0), count - int(over or 0)) for key, count, over in rows]
