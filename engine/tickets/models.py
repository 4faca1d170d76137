"""A ticket and what belongs to it: articles, attachments, tags, participants, links, originals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from engine.catalogue.models import Priority, Queue, Service, Sla, State, TicketType
from engine.db.base import Base, Json, Utc
from engine.people.models import Organisation, Person

CHANNELS = ("email", "phone", "web", "sms", "fax", "note", "api")


class Ticket(Base):
    """One request that reached us.

    `version` guards against two transactions writing over each other. People and programs are told
    `edition`, which stays where only the clocks went on: nothing that they have before them is
    another then.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_queue_id_state_id_id", "queue_id", "state_id", "id"),
        Index("ix_ticket_state_id_id", "state_id", "id"),
        Index("ix_ticket_customer_id_id", "customer_id", "id"),
        Index("ix_ticket_owner_id_state_id", "owner_id", "state_id"),
        Index("ix_ticket_changed_at_id", "changed_at", "id"),
        Index("ix_ticket_due_at_id", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(50), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    state_id: Mapped[int] = mapped_column(ForeignKey("state.id"))
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"))
    type_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_type.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    sla_id: Mapped[int | None] = mapped_column(ForeignKey("sla.id"))
    sla_source: Mapped[str] = mapped_column(String(10), default="")  # given, service, queue or none
    clocks_rest: Mapped[bool] = mapped_column(default=False)  # while somebody outside is waited for
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8), default="en")
    offer_key: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(Utc)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    pending_until: Mapped[datetime | None] = mapped_column(Utc)
    due_at: Mapped[datetime | None] = mapped_column(Utc)  # the nearest clock still running
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    custom: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    by_clocks: Mapped[int] = mapped_column(default=0)  # versions in which only the clocks went on
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as written

    queue: Mapped[Queue] = relationship()
    state: Mapped[State] = relationship()
    priority: Mapped[Priority] = relationship()
    type: Mapped[TicketType | None] = relationship()
    service: Mapped[Service | None] = relationship()
    sla: Mapped[Sla | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    responsible: Mapped[Person | None] = relationship(foreign_keys=[responsible_id])
    customer: Mapped[Person | None] = relationship(foreign_keys=[customer_id])
    organisation: Mapped[Organisation | None] = relationship()
    merged_into: Mapped[Ticket | None] = relationship(remote_side=[id])
    tag_rows: Mapped[list[TicketTag]] = relationship(cascade="all, delete-orphan")

    @property
    def edition(self) -> int:
        """The version without what clocks did by themselves; what somebody has read goes by it."""
        return self.version - self.by_clocks

    @property
    def tags(self) -> list[str]:
        """Tag names in order."""
        return sorted(row.tag for row in self.tag_rows)


# Derived from the clocks, or touched by them so that of two transactions one tries again.
_OF_CLOCKS = frozenset({"due_at", "clocks_rest", "created_at"})


@event.listens_for(Ticket, "before_update")
def _count_clocks(mapper: Mapper[Ticket], connection: Connection, ticket: Ticket) -> None:
    state = inspect(ticket)
    columns = state.committed_state.keys() & mapper.columns.keys()
    changed = {name for name in columns if state.attrs[name].history.has_changes()}
    if changed and changed <= _OF_CLOCKS:
        ticket.by_clocks += 1


@event.listens_for(Ticket.changed_at, "set")
def _touched(ticket: Ticket, value: datetime, old: Any, initiator: Any) -> None:
    """What changes at the same moment as the last change is a change all the same: an article or a
    tag leaves no other trace in the row, by which two people would notice each other."""
    if value == old:
        flag_modified(ticket, "changed_at")


class TicketTag(Base):
    """One tag on one ticket."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)


class Article(Base):
    """One contribution to a ticket. `visible` says whether the customer may read it.

    `direction` is `in` (from outside), `out` (from us to outside) or `internal`. `message_id` is
    the Message-ID that a mail came or leaves with; it stays the same however often it is sent.
    """

    __tablename__ = "article"
    __table_args__ = (Index("ix_article_ticket_id_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    channel: Mapped[str] = mapped_column(String(10))
    direction: Mapped[str] = mapped_column(String(10))
    visible: Mapped[bool]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sender: Mapped[str] = mapped_column(String(400))  # name shown
    address: Mapped[str] = mapped_column(String(400), default="")
    recipients: Mapped[list[Any]] = mapped_column(Json, default=list)
    subject: Mapped[str] = mapped_column(String(400), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    html_digest: Mapped[str | None] = mapped_column(
        String(64)
    )  # the untouched HTML part, as a file
    message_id: Mapped[str | None] = mapped_column(String(500), index=True)
    in_reply_to: Mapped[str | None] = mapped_column(String(500))
    original_digest: Mapped[str | None] = mapped_column(String(64))
    automatic: Mapped[bool] = mapped_column(default=False)  # no person wrote it
    # What came through a list may be a person's, but nothing is answered to it by itself.
    no_auto_reply: Mapped[bool] = mapped_column(default=False)
    verified: Mapped[bool] = mapped_column(default=True)  # False: a stranger wrote to this ticket
    delivery: Mapped[str] = mapped_column(
        String(20), default=""
    )  # waiting, sent, failed; "" = none
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Utc)

    ticket: Mapped[Ticket] = relationship()
    person: Mapped[Person | None] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(
        order_by="Attachment.id", back_populates="article"
    )


class Attachment(Base):
    """A file of an article; its bytes lie in the file store under their digest."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    content_id: Mapped[str | None] = mapped_column(String(255))
    inline: Mapped[bool] = mapped_column(default=False)
    article: Mapped[Article] = relationship(back_populates="attachments")


class Participant(Base):
    """Somebody else who takes part in a ticket; what they send lands on it as internal."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("ticket_id", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    address: Mapped[str] = mapped_column(String(320), index=True)
    role: Mapped[str] = mapped_column(String(20))  # forwarded, copied, watcher
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TicketLink(Base):
    """Two tickets that have to do with each other."""

    __tablename__ = "ticket_link"

    source_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    # related, follows, merged, or child: the process of the source made the target
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)


class InboundMessage(Base):
    """Every message that ever reached us and what became of it; the pair makes it unique."""

    __tablename__ = "inbound_message"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[str] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(64))  # the original in the file store
    sender: Mapped[str] = mapped_column(String(400), default="")
    subject: Mapped[str] = mapped_column(String(400), default="")
    arrival: Mapped[dict[str, Any] | None] = mapped_column(Json)  # what the bytes do not say
    received_at: Mapped[datetime] = mapped_column(Utc, index=True)
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"))


class NumberCounter(Base):
    """How far a number series has come; one row per series and day."""

    __tablename__ = "number_counter"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Visit(Base):
    """When somebody last had a ticket open; what changed after that is new to them."""

    __tablename__ = "ticket_visit"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(Utc)


class Reminder(Base):
    """A moment at which one person wants to hear of a ticket; nobody else sees it.

    With `hides` the person has put off their own tasks on it until then, and is not told.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("person_id", "ticket_id", "hides"),
        Index("ix_reminder_person_id_at", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime] = mapped_column(Utc)
    note: Mapped[str] = mapped_column(String(200), default="")
    hides: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Utc)
    told_at: Mapped[datetime | None] = mapped_column(Utc)
    person: Mapped[Person] = relationship()
    ticket: Mapped[Ticket] = relationship()


class SavedView(Base):
    """A question to the list of tickets with its order and columns, kept under a name."""

    __tablename__ = "ticket_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)  # shared with
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(500), default="")
    sort: Mapped[str] = mapped_column(String(20), default="")
    columns: Mapped[list[Any]] = mapped_column(Json, default=list)


class Draft(Base):
    """What somebody has typed and not sent yet."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(String(120))  # for example reply:42
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(Utc)
