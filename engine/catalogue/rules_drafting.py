"""Rules while they are made, and the course of what was in force when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.catalogue.published import RulesRelease
from engine.db.base import Base, Json, Utc
from engine.people.models import Person


class RulesDraft(Base):
    """One ruleset of the next release as it stands now; `revision` counts what has been saved.

    `base` is the text that it began as, so that what others put in force meanwhile can be told.
    """

    __tablename__ = "rules_draft"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    examples: Mapped[str] = mapped_column(Text, default="")
    removed: Mapped[bool] = mapped_column(default=False)
    base: Mapped[str] = mapped_column(Text, default="")
    base_examples: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Utc)
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[str] = mapped_column(String(200))
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it as written


class RulesProposal(Base):
    """The one row while the drafts lie before a second pair of eyes, or wait for their time.

    Nobody changes a draft then. `approved_by` is empty until somebody else has agreed; `due_at` is
    when they come in force, at once where it is None.
    """

    __tablename__ = "rules_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(Text, default="")
    acknowledged: Mapped[list[Any]] = mapped_column(Json, default=list)  # marks of warnings
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(Utc)
    approved_by: Mapped[str] = mapped_column(String(200), default="")
    due_at: Mapped[datetime | None] = mapped_column(Utc)
    ticket_number: Mapped[str] = mapped_column(String(40), default="")  # where it is decided
    failed: Mapped[str] = mapped_column(Text, default="")  # why it was not in force at its time
    proposed_by: Mapped[Person] = relationship()


class RulesPeriod(Base):
    """From `since` on, until the next row, this release decided; never changed afterwards."""

    __tablename__ = "rules_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("rules_release.id"), index=True)
    since: Mapped[datetime] = mapped_column(Utc, index=True)
    by: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(12))  # published, back (an earlier one again)
    note: Mapped[str] = mapped_column(Text, default="")
    acknowledged: Mapped[list[Any]] = mapped_column(Json, default=list)  # marks of warnings
    release: Mapped[RulesRelease] = relationship()
