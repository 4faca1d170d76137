"""Drafts of rules tried on the tickets of the past: what was asked, how far, and what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.catalogue.published import RulesRelease
from engine.db.base import Base, Json, Utc


class RulesDryRun(Base):
    """One dry run. `documents` are the drafts as they were when it began, so that all tickets of a
    run meet the same rules; `last_id` is the ticket that was looked at last.

    `status`: running, done, cancelled, failed (with `problem`).
    """

    __tablename__ = "rules_dry_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(12))
    rulesets: Mapped[list[Any]] = mapped_column(Json)
    days: Mapped[int | None]
    query: Mapped[str] = mapped_column(Text, default="")
    release_id: Mapped[int] = mapped_column(ForeignKey("rules_release.id"))
    documents: Mapped[dict[str, Any]] = mapped_column(Json)  # ruleset → text
    digest: Mapped[str] = mapped_column(String(64), index=True)  # of what was compared
    first_id: Mapped[int]
    until_id: Mapped[int]
    last_id: Mapped[int]
    total: Mapped[int]
    tally: Mapped[dict[str, Any]] = mapped_column(Json)
    problem: Mapped[str] = mapped_column(Text, default="")
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(Utc, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    release: Mapped[RulesRelease] = relationship()
