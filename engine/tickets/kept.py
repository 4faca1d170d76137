"""How many promises of the tickets that one reads were kept and how many missed, by the month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from engine.sla.models import TicketClock
from engine.tickets.access import visible
from engine.tickets.models import Ticket
from engine.work import Actor

BY: dict[str, Any] = {
    "queue": Ticket.queue_id,
    "sla": Ticket.sla_id,
    "clock": TicketClock.kind,
}


@dataclass(frozen=True)
class Kept:
    """Promises that ended in one month, of one queue, SLA or kind of clock."""

    key: Any
    month: int  # its place in what was asked for
    kept: int
    missed: int


def kept(
    session: Session, actor: Actor, bounds: Sequence[datetime], by: str, kind: str = ""
) -> list[Kept]:
    """By one of `BY`; months lie between each bound and the next, the oldest first."""
    ended = TicketClock.stopped_at
    month = case(*((ended < end, place) for place, end in enumerate(bounds[1:])), else_=len(bounds))
    missed = func.sum(case((TicketClock.breached_at.is_not(None), 1), else_=0))
    query: Any = (
        select(BY[by], month, func.count(), missed)
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .where(
            ended >= bounds[0],
            ended < bounds[-1],
            visible(actor),
        )
    )
    if kind:
        query = query.where(TicketClock.kind == kind)
    rows = session.execute(query.group_by(BY[by], month))
    return [Kept(key, at, n - int(bad or 0), int(bad or 0)) for key, at, n, bad in rows]
