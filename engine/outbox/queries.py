"""What waits in the outbox, what is stuck, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from engine.outbox.models import OutboxRow


@dataclass(frozen=True)
class Load:
    """How many rows wait and are dead; `oldest` is since when the longest has been waiting."""

    waiting: int
    dead: int
    oldest: datetime | None


def load(session: Session, now: datetime) -> Load:
    """The state of the outbox in three figures.

    What is laid down for a later moment does not wait until that has come; what was tried in vain
    has been waiting since it was written.
    """
    counts: dict[str, int] = {}
    for status, count in session.execute(
        select(OutboxRow.status, func.count(OutboxRow.id))
        .where(OutboxRow.status.in_(["waiting", "dead"]))
        .group_by(OutboxRow.status)
    ):
        counts[status] = count
    since = case((OutboxRow.last_error == "", OutboxRow.due_at), else_=OutboxRow.created_at)
    oldest = session.scalar(
        select(func.min(since)).where(OutboxRow.status == "waiting", since <= now)
    )
    return Load(counts.get("waiting", 0), counts.get("dead", 0), oldest)


def undelivered(
    session: Session, *, status: str | None = None, limit: int = 200
) -> list[OutboxRow]:
    """Rows that have not been delivered: the dead first, then those that wait, oldest first."""
    wanted = [status] if status else ["dead", "waiting"]
    query = select(OutboxRow).where(OutboxRow.status.in_(wanted))
    return list(session.scalars(query.order_by(OutboxRow.status, OutboxRow.id).limit(limit)))
