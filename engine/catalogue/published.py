"""What is in force: published processes and rules, immutable, known by their content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db.base import Base, Json, Utc

SHARED = "shared."  # begins the keys of parts that other processes call


class ProcessVersion(Base):
    """One version of a process: all its files, and those of the shared processes that it calls."""

    __tablename__ = "process_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[int]  # counts 1, 2, 3 … per key, for people
    # Large, and read only when the diagram is parsed or shown.
    files: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)  # name → text
    shared: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)  # folder → name → text
    title: Mapped[dict[str, Any]] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(Utc)
    published_by: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[str] = mapped_column(String(200), default="")  # the second pair of eyes
    acknowledged: Mapped[list[Any]] = mapped_column(Json, default=list, deferred=True)  # warnings

    def as_bytes(self) -> tuple[dict[str, bytes], dict[str, dict[str, bytes]]]:
        """Its files, and those of the shared processes, as the diagrams' reader takes them."""
        shared = {
            folder: {name: text.encode() for name, text in inner.items()}
            for folder, inner in self.shared.items()
        }
        return {name: text.encode() for name, text in self.files.items()}, shared


class ProcessInForce(Base):
    """Which version new tickets of a process take."""

    __tablename__ = "process_in_force"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    version: Mapped[ProcessVersion] = relationship(lazy="joined")


class RulesRelease(Base):
    """An ordered set of rulesets with the vocabulary they were written for."""

    __tablename__ = "rules_release"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[int] = mapped_column(default=0)  # counts 1, 2, 3 …, for people
    documents: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)  # ruleset → text
    vocabulary: Mapped[str] = mapped_column(Text, deferred=True)
    # Ruleset → text. They decide nothing, so they are no part of the digest and may be bettered.
    examples: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, deferred=True)
    published_at: Mapped[datetime] = mapped_column(Utc)
    published_by: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")


class RulesInForce(Base):
    """The one row that says which release decides now."""

    __tablename__ = "rules_in_force"

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("rules_release.id"))
    since: Mapped[datetime] = mapped_column(Utc)
    release: Mapped[RulesRelease] = relationship(lazy="joined")


class StarterUnit(Base):
    """Which content of a part of the starter set this desk was last given, taken or declined."""

    __tablename__ = "starter_unit"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Utc)
