"""What the last look over the desk left to be mended: counts for figures, rows for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.findings import AuditFinding, AuditRun

SHOWN = 100  # findings of one kind on a page
RUNS = 14
GONE = 20


@dataclass(frozen=True)
class Standing:
    """How many things do not hold, of which kinds, and the last look that came to its end."""

    kinds: dict[str, int]
    last: AuditRun | None

    @property
    def count(self) -> int:
        """How many in all; 0 is good."""
        return sum(self.kinds.values())

    @property
    def at(self) -> datetime | None:
        """When the desk was last looked at."""
        return self.last.ended_at if self.last is not None else None


def standing(session: Session) -> Standing:
    """The findings that are not gone, counted, and the latest look."""
    query = (
        select(AuditFinding.code, func.count(AuditFinding.id))
        .where(AuditFinding.gone_at.is_(None))
        .group_by(AuditFinding.code)
        .order_by(AuditFinding.code)
    )
    return Standing(dict(session.execute(query).all()), last_look(session))


def last_look(session: Session) -> AuditRun | None:
    """The latest look that came to its end."""
    query = select(AuditRun).where(AuditRun.ended_at.is_not(None))
    return session.scalars(query.order_by(AuditRun.id.desc()).limit(1)).first()


def looks_back(session: Session) -> list[AuditRun]:
    """The latest looks, the newest first."""
    return list(session.scalars(select(AuditRun).order_by(AuditRun.id.desc()).limit(RUNS)))


def of_kind(session: Session, code: str, limit: int = SHOWN) -> list[AuditFinding]:
    """The oldest findings of one kind."""
    query = select(AuditFinding).where(AuditFinding.code == code, AuditFinding.gone_at.is_(None))
    return list(session.scalars(query.order_by(AuditFinding.id).limit(limit)))


def lately_gone(session: Session) -> list[AuditFinding]:
    """What was found and is gone again, the latest first."""
    query = select(AuditFinding).where(AuditFinding.gone_at.is_not(None))
    return list(session.scalars(query.order_by(AuditFinding.gone_at.desc()).limit(GONE)))
