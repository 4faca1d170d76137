"""How far behind the timers are; nothing due is the best answer.

Each figure is asked of what is due, by the index on that: nothing here walks through what is only
set for later, of which there may be millions. What fails stays due, so it is among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.db.keyset import Key, beyond, ordered, place_of, read_place
from engine.timers.models import Timer

COUNTED = 10_000  # more than so many is said as so many
BY_DUE = (Key(Timer.due_at, lambda row: row.due_at, datetime), Key(Timer.id, lambda row: row.id))


@dataclass(frozen=True)
class Lag:
    """Timers due and not fired yet, the longest of them, those that failed, and what comes next."""

    due: int
    oldest: datetime | None
    failing: int
    next_at: datetime | None

    def seconds(self, now: datetime) -> float:
        """How long the longest has been due."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


def lag(session: Session, now: datetime) -> Lag:
    """The timers in four figures."""
    due = Timer.due_at <= now
    oldest = session.scalar(select(func.min(Timer.due_at)).where(due))
    coming = session.scalar(select(func.min(Timer.due_at)).where(Timer.due_at > now))
    failing = _count(session, due, Timer.last_error != "")
    return Lag(_count(session, due), oldest, failing, coming)


def late(session: Session, since: datetime) -> int:
    """How many should have fired before this moment."""
    return _count(session, Timer.due_at < since)


def failing(session: Session, now: datetime, limit: int = 100) -> list[Timer]:
    """Timers whose last try did not work, those due longest first; they are tried again."""
    query = select(Timer).where(Timer.due_at <= now, Timer.last_error != "")
    return list(session.scalars(query.order_by(Timer.due_at, Timer.id).limit(limit)))


def waiting(session: Session, now: datetime, late: timedelta, limit: int = 100) -> list[Timer]:
    """Timers that nothing is wrong with, and that should have fired longer ago than `late`."""
    query = select(Timer).where(Timer.due_at < now - late, Timer.last_error == "")
    return list(session.scalars(query.order_by(Timer.due_at, Timer.id).limit(limit)))


@dataclass(frozen=True)
class Coming:
    """The timers of one kind that are set for later: how many, at most `COUNTED`, and the next.

    Of very many the next is looked for only among what comes first of all; `beyond` is then where
    that ends, and the next one of this kind comes later.
    """

    kind: str
    count: int
    next_at: datetime | None
    beyond: datetime | None = None


def coming(session: Session, now: datetime, kinds: Iterable[str]) -> list[Coming]:
    """What is set for later by its kinds, those that come first in front; other kinds are left."""
    soon = select(Timer.kind, Timer.due_at).where(Timer.due_at > now)
    soon_rows = soon.order_by(Timer.due_at).limit(COUNTED).subquery()
    of_kind = select(soon_rows.c.kind, func.min(soon_rows.c.due_at)).group_by(soon_rows.c.kind)
    first = dict(session.execute(of_kind).all())
    end = session.scalar(select(func.max(soon_rows.c.due_at)))
    found = []
    for kind in kinds:
        some = select(Timer.due_at).where(Timer.kind == kind).limit(COUNTED).subquery()
        told = select(func.count(), func.min(some.c.due_at)).where(some.c.due_at > now)
        count, next_at = session.execute(told).one()
        if not count:
            continue
        if kind in first:
            next_at = first[kind]
        many = count >= COUNTED and kind not in first
        found.append(Coming(kind, count, None if many else next_at, end if many else None))
    return sorted(found, key=lambda one: one.next_at or one.beyond or now)


def upcoming(session: Session, now: datetime, after: str = "", limit: int = 50) -> list[Timer]:
    """The timers set for later, the next first; behind the place `after`, if it is one."""
    query = select(Timer).where(Timer.due_at > now)
    place = read_place(BY_DUE, after)
    if place is not None:
        query = query.where(Timer.due_at >= place[0], beyond(BY_DUE, place))
    return list(session.scalars(ordered(query, BY_DUE).limit(limit)))


def place(timer: Timer) -> str:
    """Where a timer stands among those that come."""
    return place_of(BY_DUE, timer)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    some = select(Timer.id).where(*conditions).limit(COUNTED).subquery()
    return int(session.scalar(select(func.count()).select_from(some)) or 0)
