"""What a ticket can be put into: queue, state, priority, type, service, SLA; and offers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db.base import Base, Json
from engine.people.models import Group

STATE_TYPES = (
    "new",
    "open",
    "pending reminder",
    "pending auto close",
    "closed successful",
    "closed unsuccessful",
    "merged",
    "removed",
)
ENDED_TYPES = ("closed successful", "closed unsuccessful", "merged", "removed")
FOLLOW_UP = ("possible", "reject", "new ticket")


class Queue(Base):
    """Where a ticket waits for a team; `name` is the full path (`Network::VPN`)."""

    __tablename__ = "queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(400), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    process_key: Mapped[str] = mapped_column(String(80), default="")
    sla_id: Mapped[int | None] = mapped_column(ForeignKey("sla.id"))
    email: Mapped[str] = mapped_column(String(320), default="", index=True)
    signature: Mapped[str] = mapped_column(Text, default="")
    follow_up: Mapped[str] = mapped_column(String(20), default="possible")
    active: Mapped[bool] = mapped_column(default=True)
    # Minutes of working time after which a step that nobody touches is free again; 0: never.
    unlock_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    group: Mapped[Group] = relationship()

    @property
    def short_name(self) -> str:
        """The last part of the path."""
        return self.name.rsplit("::", 1)[-1]


class State(Base):
    """What a ticket's situation is called; its type says what the desk makes of it."""

    __tablename__ = "state"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    type: Mapped[str] = mapped_column(String(30))
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing is to be done about a ticket in this state any more."""
        return self.type in ENDED_TYPES


class Priority(Base):
    """How urgent; `rank` 1 (very low) to 5 (very high)."""

    __tablename__ = "priority"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    rank: Mapped[int] = mapped_column(unique=True)
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class TicketType(Base):
    """What kind of matter; names the process that tickets of this type follow."""

    __tablename__ = "ticket_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    process_key: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Service(Base):
    """What the desk looks after, as customers would call it."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    sla_id: Mapped[int | None] = mapped_column(ForeignKey("sla.id"))
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class CalendarRow(Base):
    """A calendar of working hours as published; `document` is one entry of calendars.yaml.

    `free_days` are its holidays worked out, in words with blanks between.
    """

    __tablename__ = "calendar"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    free_days: Mapped[str] = mapped_column(Text, default="", server_default="")


class Sla(Base):
    """A promise: seconds of working time to the first response, an update and the solution.

    Fields as in `engine/sla/targets.py`.
    """

    __tablename__ = "sla"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    calendar: Mapped[str] = mapped_column(ForeignKey("calendar.name"))
    first_response: Mapped[int | None]
    update: Mapped[int | None]
    update_counts: Mapped[str] = mapped_column(String(20), default="unanswered")
    solution: Mapped[int | None]
    warn_percents: Mapped[list[int]] = mapped_column(Json, default=lambda: [75])
    escalate_after: Mapped[list[int]] = mapped_column(Json, default=list)
    rests_in: Mapped[list[str]] = mapped_column(Json, default=list)


OWN = "own"  # in the document of an offer: it comes and goes with its process


class Offer(Base):
    """An entry of the service catalogue: what a customer can ask for, and with which form."""

    __tablename__ = "offer"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    document: Mapped[dict[str, Any]] = mapped_column(Json)  # the entry of catalogue.yaml
    form: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # {"schema": …, "ui": …}


class CustomField(Base):
    """A field that this company added to its tickets; `kind` is text, choice, number or date."""

    __tablename__ = "custom_field"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), default="text")
    title: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    choices: Mapped[list[Any]] = mapped_column(Json, default=list)
    customer_visible: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)  # false: kept where it has a value
