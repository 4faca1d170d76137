"""Whose turn it was last where work is handed out in turn."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base


class Turn(Base):
    """The place of one team in its round; whoever hands out there holds the row until the end."""

    __tablename__ = "turn"

    place: Mapped[str] = mapped_column(String(40), primary_key=True)  # of which group, for whom
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
