"""The words of the desk's own messages as this company has them: every version, and the one in use.

What comes with Vorgang lies in files; a row here stands in front of it, or adds a message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db.base import Base, Json, Utc


class NoticeText(Base):
    """One version: language → {subject, body}. Without texts: as it comes with Vorgang, or gone."""

    __tablename__ = "notice_text"
    __table_args__ = (UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]  # counts 1, 2, 3 … per name, for people
    texts: Mapped[dict[str, Any]] = mapped_column(Json)
    title: Mapped[dict[str, Any]] = mapped_column(Json)  # of one's own messages, by language
    shipped: Mapped[str] = mapped_column(String(64))  # digest of what came with Vorgang by then
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(String(200))


class NoticeInForce(Base):
    """Which version of a message is sent."""

    __tablename__ = "notice_in_force"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("notice_text.id"))
    text: Mapped[NoticeText] = relationship(lazy="joined")
