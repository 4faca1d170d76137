"""Whom what reminds when: each person's own list, and which tasks are put off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload

from engine.tickets.access import visible
from engine.tickets.flow import WorkItem
from engine.tickets.models import Reminder, Ticket
from engine.work import Actor

PAGE = 50


@dataclass(frozen=True)
class ReminderPage:
    """One page of somebody's reminders; `total` counts all of them."""

    rows: Sequence[Reminder]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // PAGE))


def put_off(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The condition on `WorkItem` joined with its ticket that the actor has put it off.

    That ends at its moment whether or not a worker runs, and when anything changes on the ticket.
    """
    return exists(Reminder.id).where(
        Reminder.person_id == actor.id,
        Reminder.ticket_id == WorkItem.ticket_id,
        Reminder.hides,
        Reminder.at > now,
        Reminder.created_at >= Ticket.changed_at,
    )


def reminders_page(session: Session, actor: Actor, number: int = 1) -> ReminderPage:
    """The actor's own, the soonest first, of tickets that they may still read."""
    total = reminders_count(session, actor)
    number = min(max(1, number), max(1, -(-total // PAGE)))
    query = _own(select(Reminder), actor).options(
        joinedload(Reminder.ticket).joinedload(Ticket.customer)
    )
    query = query.order_by(Reminder.at, Reminder.id).limit(PAGE).offset((number - 1) * PAGE)
    return ReminderPage(session.scalars(query).all(), total, number)


def reminders_count(session: Session, actor: Actor) -> int:
    """How many the actor has, of tickets that they may still read."""
    return session.scalar(_own(select(func.count(Reminder.id)), actor)) or 0


def reminders_due(session: Session, actor: Actor, now: datetime, limit: int) -> Sequence[Reminder]:
    """Those whose moment has come and that are not ticked off, the latest first."""
    query = _own(select(Reminder), actor).where(Reminder.at <= now, Reminder.hides.is_(False))
    query = query.options(joinedload(Reminder.ticket))
    return session.scalars(query.order_by(Reminder.at.desc(), Reminder.id).limit(limit)).all()


def reminders_on(session: Session, actor: Actor, ticket: Ticket) -> Sequence[Reminder]:
    """The actor's own on one ticket."""
    query = select(Reminder).where(
        Reminder.person_id == actor.id, Reminder.ticket_id == ticket.id
    )  # fmt: skip
    return session.scalars(query.order_by(Reminder.at)).all()


def _own(query: object, actor: Actor):  # type: ignore[no-untyped-def]
    return query.join(Reminder.ticket).where(  # type: ignore[attr-defined]
        Reminder.person_id == actor.id, visible(actor)
    )
