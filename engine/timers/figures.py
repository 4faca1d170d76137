"""How far behind the timers are; nothing due is the best answer.

Each figure is asked of what is due, by the index on that: nothing here walks through what is only
set for later, of which there may be millions. What fails stays due, so it is among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.timers.models import Timer

COUNTED = 10_000  # more than so many is said as so many


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


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    some = select(Timer.id).where(*conditions).limit(COUNTED).subquery()
    return int(session.scalar(select(func.count()).select_from(some)) or 0)
