"""The timer row; the cost of looking depends on what is due, not on how many tickets there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Utc


class Timer(Base):
    """At `due_at` something of `kind` (step, clock, pending, promises …) is due for `subject`.

    That is the id of an instance, clock or ticket; of `promises`, behind which ticket to go on; of
    `rules`, the proposal that comes in force. A `message` of another ticket has a made-up subject,
    and is what the row carries; so is the place of a round of `hourly`, of which there is one, and
    what changed of `customers`, whose subject says about whom.
    """

    __tablename__ = "timer"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_timer_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(80))
    ticket_id: Mapped[int] = mapped_column(index=True)
    due_at: Mapped[datetime] = mapped_column(Utc)
    claimed_until: Mapped[datetime | None] = mapped_column(Utc)
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(400), default="")
    carries: Mapped[dict[str, Any] | None] = mapped_column(Json)
