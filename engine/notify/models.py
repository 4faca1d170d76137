"""What people are told, one row for each person and message, and the ways on which it goes on.

The row is written with the change that it tells of and is what the browser shows. Everything that
leaves the house is decided afterwards, by the person's own choices, and has a row of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, event, text
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from engine.db.base import Base, Json, Utc
from engine.outbox.models import note_mail
from engine.people.models import Person
from engine.tickets.models import Ticket


class Notification(Base):
    """Something that one person is told; `kind` is the template that has the words for it.

    `payload` holds ids and small texts: `item_id`, `text`, `message_id`, `page` (where it is about
    no ticket), `clock` (the promise that runs out), `team` (told because `for_person` is away and
    nobody stands in), `cause`, `reason`, `trace_id`. No title and nothing that a customer wrote
    stands in it: whoever shows it asks the ticket, and may be refused.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_person_id_read_at_id", "person_id", "read_at", "id"),
        Index(
            "ix_notification_undecided", "id",
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Utc)
    read_at: Mapped[datetime | None] = mapped_column(Utc)
    shown: Mapped[bool] = mapped_column(default=True)  # not where the person wants none of these
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # whom they stand in
    decided_at: Mapped[datetime | None] = mapped_column(Utc)  # None: its ways are to be decided
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    for_person: Mapped[Person | None] = relationship(foreign_keys=[for_person_id])
    ticket: Mapped[Ticket | None] = relationship()


class NotificationDelivery(Base):
    """One way out of one notification: when it is due, in what company, and what became of it."""

    __tablename__ = "notification_delivery"
    __table_args__ = (
        Index(
            "ix_notification_delivery_waiting", "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_notification_delivery_person_id_done_at", "person_id", "done_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(8))  # email, sms, webhook
    how: Mapped[str] = mapped_column(String(10))  # at_once, bundled, daily, weekly
    due_at: Mapped[datetime] = mapped_column(Utc)
    state: Mapped[str] = mapped_column(
        String(8), default="waiting"
    )  # leaving, sent, dropped, failed
    why: Mapped[str] = mapped_column(String(40), default="")  # it waits, or was dropped
    outbox_id: Mapped[int | None] = mapped_column(index=True)  # that carries it, with others
    done_at: Mapped[datetime | None] = mapped_column(Utc)  # since when it is in this state

    notification: Mapped[Notification] = relationship()


class NotificationRules(Base):
    """What an admin has set for all, in one row: the choices of who has made none, and bounds."""

    __tablename__ = "notification_rules"

    id: Mapped[int] = mapped_column(primary_key=True)  # always 1
    document: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


@event.listens_for(Notification, "after_insert")
def _note(mapper: Any, connection: Any, row: Notification) -> None:
    note_mail(object_session(row))
