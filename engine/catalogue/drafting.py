"""Drafts of processes: what owners are working on, one per process, shared by all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.catalogue.published import ProcessVersion
from engine.db.base import Base, Json, Utc
from engine.people.models import Person


class ProcessDraft(Base):
    """The next version of a process while it is made; `revision` counts what has been saved."""

    __tablename__ = "process_draft"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    files: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)  # name → text
    base_id: Mapped[int | None] = mapped_column(ForeignKey("process_version.id"))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Utc)
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[str] = mapped_column(String(200))
    # Set while it lies before a second pair of eyes; nobody changes it then.
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(Utc)
    ticket_number: Mapped[str] = mapped_column(String(40), default="")  # where it is decided
    note: Mapped[str] = mapped_column(Text, default="")
    acknowledged: Mapped[list[Any]] = mapped_column(Json, default=list)  # marks of warnings
    base: Mapped[ProcessVersion | None] = relationship()
    proposed_by: Mapped[Person | None] = relationship()
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it as written


class DraftVisit(Base):
    """Who has a draft open; each sign of life of a page renews it."""

    __tablename__ = "draft_visit"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    person: Mapped[Person] = relationship()
