"""How far behind the timers are; nothing due is the best answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.timers.models import Timer


@dataclass(frozen=True)
class Lag:
    """Timers set, those due and not fired yet, the longest of them, and those that failed."""

    waiting: int
    due: int
    oldest: datetime | None
    failing: int

    def seconds(self, now: datetime) -> float:
        """How long the longest has been due."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


def lag(session: Session, now: datetime) -> Lag:
    """The timers in four figures."""
    total = int(session.scalar(select(func.count(Timer.id))) or 0)
    due = select(func.count(Timer.id), func.min(Timer.due_at)).where(Timer.due_at <= now)
    count, oldest = session.execute(due).one()
    failing = session.scalar(select(func.count(Timer.id)).where(Timer.last_error != ""))
    return Lag(total, int(count or 0), oldest, int(failing or 0))


def failing(session: Session, limit: int = 20) -> list[Timer]:
    """Timers whose last try did not work."""
    query = select(Timer).where(Timer.last_error != "").order_by(Timer.due_at).limit(limit)
    return list(session.scalars(query))
