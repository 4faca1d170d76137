"""A ticket's clocks: everything that happened to them, and how they stand by that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Utc


class ClockEvent(Base):
    """One happening to the clocks of a ticket (`engine/sla/happenings.py`); added, never changed.

    `promise` holds the targets and the digest of the calendar version by which they count.
    """

    __tablename__ = "clock_event"
    __table_args__ = (Index("ix_clock_event_ticket_id_at", "ticket_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime] = mapped_column(Utc)
    what: Mapped[str] = mapped_column(String(12))
    promise: Mapped[dict[str, Any] | None] = mapped_column(Json)
    article_id: Mapped[int | None]
    step: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    kind: Mapped[str] = mapped_column(String(20), default="")
    begun: Mapped[datetime | None] = mapped_column(Utc)
    mark: Mapped[dict[str, Any] | None] = mapped_column(Json)


class CalendarVersion(Base):
    """A calendar as it once was in force, under the digest of what it says."""

    __tablename__ = "calendar_version"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    free_days: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime] = mapped_column(Utc)


class TicketClock(Base):
    """How one promise on one ticket stands; worked out from what happened, never by itself.

    While it runs, `left` is what was left at `running_since` and `due_at` says when it is used
    up; while it rests `due_at` is empty. `stopped_at` ends it, kept or missed; of the update time
    this is the latest cycle. `next_at` is when somebody has to be told something next, be it a
    warning, the breach (a second after `due_at`) or a `level` behind it; there its timer stands.
    """

    __tablename__ = "ticket_clock"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind"),
        # What is due by when, and what has ended since when: the forecast asks nothing else.
        Index("ix_ticket_clock_due_at", "due_at"),
        Index("ix_ticket_clock_stopped_at", "stopped_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(20))
    sla_id: Mapped[int] = mapped_column(ForeignKey("sla.id"))
    target: Mapped[int]
    left: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Utc)
    running_since: Mapped[datetime | None] = mapped_column(Utc)
    due_at: Mapped[datetime | None] = mapped_column(Utc)
    warn_at: Mapped[datetime | None] = mapped_column(Utc)
    warned_at: Mapped[datetime | None] = mapped_column(Utc)
    breached_at: Mapped[datetime | None] = mapped_column(Utc)
    level: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(Utc)
    stopped_at: Mapped[datetime | None] = mapped_column(Utc)
