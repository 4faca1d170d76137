"""How often rules fired and were corrected by hand: read from what has been counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.models import RuleFigures, RuleFiguresMark


@dataclass(frozen=True)
class Figures:
    """Of one rule, or of a whole ruleset."""

    fired: int = 0
    overridden: int = 0
    micros: int = 0
    last: datetime | None = None
    spent: int = 0  # microseconds for what it decided, as far as that was measured
    timed: int = 0  # of how many firings

    @property
    def milliseconds(self) -> float | None:
        """How long it takes on average to do what it decides."""
        return self.spent / self.timed / 1000 if self.timed else None


def figures_of(
    session: Session,
    *,
    ruleset: str | None = None,
    since: date | None = None,
    queues: Collection[int] | None = None,
) -> dict[tuple[str, str], Figures]:
    """By ruleset and rule; the rule "" stands for all askings of a ruleset."""
    query = select(
        RuleFigures.ruleset,
        RuleFigures.rule,
        func.sum(RuleFigures.fired),
        func.sum(RuleFigures.overridden),
        func.sum(RuleFigures.micros),
        func.max(RuleFigures.last_at),
        func.sum(RuleFigures.spent),
        func.sum(RuleFigures.timed),
    ).group_by(RuleFigures.ruleset, RuleFigures.rule)
    if ruleset is not None:
        query = query.where(RuleFigures.ruleset == ruleset)
    if since is not None:
        query = query.where(RuleFigures.day >= since)
    if queues is not None:
        query = query.where(RuleFigures.queue_id.in_(queues))
    return {
        (name, rule): Figures(
            int(fired), int(overridden), int(micros), last, int(spent), int(timed)
        )
        for name, rule, fired, overridden, micros, last, spent, timed in session.execute(query)
    }


def counted_to(session: Session) -> int:
    """The id of the last trace that is in the figures."""
    return session.scalar(select(RuleFiguresMark.trace_id)) or 0
