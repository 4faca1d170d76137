"""The clocks that run on a ticket: how much of the promise is left, and when it ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Utc

KINDS = ("first_response", "solution")


class TicketClock(Base):
    """One promise on one ticket, in seconds of working time.

    While it runs, `left` is what was left at `running_since` and `due_at` says when it is used
    up; while it is paused `due_at` is empty. `stopped_at` ends it, kept or missed. An idle clock
    is one that no SLA promises at present; it remembers how much was used.
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
    idle: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime] = mapped_column(Utc)
    running_since: Mapped[datetime | None] = mapped_column(Utc)
    due_at: Mapped[datetime | None] = mapped_column(Utc)
    warn_at: Mapped[datetime | None] = mapped_column(Utc)
    warned_at: Mapped[datetime | None] = mapped_column(Utc)
    breached_at: Mapped[datetime | None] = mapped_column(Utc)
    stopped_at: Mapped[datetime | None] = mapped_column(Utc)
