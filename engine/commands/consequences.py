"""What a change of promises means, told before it is made: which open tickets are due when.

The change is made and taken back again within a savepoint, so that what is told is what would
happen, by the very code that makes it happen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from engine.catalogue.models import ENDED_TYPES, State
from engine.commands.promises import renew_promise
from engine.tickets.models import Ticket
from engine.tickets.overview import readable
from engine.work import Work

MOST_LOOKED_AT = 200  # tickets, those that are due first
SHOWN = 10


@dataclass(frozen=True)
class Shift:
    """One open ticket that would be due at another time; hidden where the actor may not read it."""

    ticket_id: int
    number: str
    title: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class Consequences:
    """Of the open tickets concerned the `looked_at` that are due first were counted anew."""

    concerned: int
    looked_at: int
    changed: int
    overdue: int  # of those that change: in time as it is, and late at once then
    nearest: tuple[Shift, ...]

    @property
    def complete(self) -> bool:
        """Whether all that are concerned were counted."""
        return self.looked_at == self.concerned


def consequences(
    work: Work, sla_ids: Collection[int], change: Callable[[Work], object]
) -> Consequences:
    """What `change` would do to the open tickets that have one of these SLAs; nothing stays."""
    of_slas = State.type.not_in(ENDED_TYPES) & Ticket.sla_id.in_(sla_ids)
    return consequences_for(work, of_slas, change, renew_promise)


def consequences_for(
    work: Work,
    which: ColumnElement[bool],
    change: Callable[[Work], object],
    follow: Callable[[Work, Ticket], object],
) -> Consequences:
    """The same of these open tickets, which hear of the change by `follow`."""
    found = select(Ticket).join(State, Ticket.state_id == State.id).where(which)
    concerned = work.session.scalar(found.with_only_columns(func.count(Ticket.id))) or 0
    first = found.order_by(Ticket.due_at.is_(None), Ticket.due_at, Ticket.id)
    tickets = list(work.session.scalars(first.limit(MOST_LOOKED_AT)))
    before = {ticket.id: (ticket.number, ticket.title, ticket.due_at) for ticket in tickets}
    after = _tried(work, tickets, change, follow)
    moved = [
        Shift(ticket_id, number, title, due, after[ticket_id])
        for ticket_id, (number, title, due) in before.items()
        if after[ticket_id] != due
    ]
    may_see = readable(work.session, work.actor, [shift.ticket_id for shift in moved])
    seen = [shift for shift in moved if shift.ticket_id in may_see]
    late = [s for s in moved if s.after and s.after <= work.now and not _late(s.before, work.now)]
    return Consequences(concerned, len(tickets), len(moved), len(late), tuple(seen[:SHOWN]))


def _late(due: datetime | None, now: datetime) -> bool:
    return due is not None and due <= now


def _tried(
    work: Work,
    tickets: list[Ticket],
    change: Callable[[Work], object],
    follow: Callable[[Work, Ticket], object],
) -> dict[int, datetime | None]:
    """When each ticket would be due."""
    found: dict[int, datetime | None] = {}
    try:
        with work.session.begin_nested():
            change(work)
            work.session.flush()
            for ticket in tickets:
                follow(work, ticket)
            work.session.flush()
            found = {ticket.id: ticket.due_at for ticket in tickets}
            raise _TakenBack
    except _TakenBack:
        return found
    finally:
        work.session.info.pop("shelf", None)
        work.session.expire_all()


class _TakenBack(Exception):
    """Nothing of it stays."""
