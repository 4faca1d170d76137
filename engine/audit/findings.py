"""What a look over the whole desk has found: one row for each thing that does not hold.

A finding stays when it is gone again, with the time, so that one can see what used to happen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Json, Utc


class AuditRun(Base):
    """One look over the desk: who wanted it, how far it is, and what came of it.

    `place` is where it goes on; `read` how far the bytes of files were read, night by night.
    """

    __tablename__ = "audit_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(String(10))  # night, page, command
    actor: Mapped[str] = mapped_column(String(200))
    deep: Mapped[bool] = mapped_column(default=False)
    repairs: Mapped[bool] = mapped_column(default=False)
    begun_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    place: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    read: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    looked: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # question → rows, seconds
    found: Mapped[int] = mapped_column(default=0)
    fresh: Mapped[int] = mapped_column(default=0)  # of them those that nobody had been told of
    mended: Mapped[int] = mapped_column(default=0)


class AuditFinding(Base):
    """One thing that does not hold, by the code of its kind and a key that makes it the same again.

    `gone_at` is when a look did not find it any more; `problem` why it could not be mended.
    """

    __tablename__ = "audit_finding"
    __table_args__ = (
        UniqueConstraint("code", "key"),
        Index("ix_audit_finding_gone_at_code", "gone_at", "code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    row: Mapped[int] = mapped_column(default=0)  # of the table that was walked
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    first_seen: Mapped[datetime] = mapped_column(Utc)
    last_seen: Mapped[datetime] = mapped_column(Utc)
    gone_at: Mapped[datetime | None] = mapped_column(Utc)
    mended_at: Mapped[datetime | None] = mapped_column(Utc)
    problem: Mapped[str] = mapped_column(Text, default="")
    times: Mapped[int] = mapped_column(default=1)  # how often it has come back, and the first time
    run_id: Mapped[int] = mapped_column(default=0)  # that saw it last
