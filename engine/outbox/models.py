"""The outbox row: written with the change, delivered after the commit, kept until it succeeded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, event
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from engine.db.base import Base, Json, Utc


class OutboxRow(Base):
    """One thing to do outside. `payload` holds ids, never state: the handler reads the present."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_status_due_at", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))  # see write.TOPICS
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, done, dead
    created_at: Mapped[datetime] = mapped_column(Utc)
    due_at: Mapped[datetime] = mapped_column(Utc)
    claimed_until: Mapped[datetime | None] = mapped_column(Utc)
    tries: Mapped[int] = mapped_column(default=0)
    breaks: Mapped[int] = mapped_column(default=0)  # claims in a row without a word after them
    last_error: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(Utc)


@event.listens_for(OutboxRow, "after_insert")
@event.listens_for(OutboxRow, "after_update")
def _note(mapper: Any, connection: Any, row: OutboxRow) -> None:
    note_mail(object_session(row))


def note_mail(session: Session | None) -> None:
    """Something to be delivered was written in this session: wake who delivers, once it commits."""
    if session is not None:
        session.info[_WRITTEN] = True


def has_mail(session: Session) -> bool:
    """Whether something to be delivered was written in this session."""
    return _WRITTEN in session.info


_WRITTEN = "outbox"
