"""Moves of tickets to another version of their process: what was begun, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, exists, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from engine.catalogue.published import ProcessVersion
from engine.db.base import Base, Json, Utc
from engine.tickets.access import visible
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.work import Actor

ACTIVE = ("running", "paused", "undoing")


class Migration(Base):
    """One move of running tickets to a version of their process.

    `status`: running, paused, done; undoing, undone; failed when the desk gave up with `problem`.
    """

    __tablename__ = "migration"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)  # step that is gone → its place now
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(12))
    problem: Mapped[str] = mapped_column(Text, default="")
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    version: Mapped[ProcessVersion] = relationship()


class MigrationTicket(Base):
    """What became of one running process in a move.

    `status`: waiting, moved, refused (with reasons), passed (had ended or was moved already); and
    after taking back: undone, or kept (with the reason why it could not be).
    """

    __tablename__ = "migration_ticket"
    __table_args__ = (
        UniqueConstraint("migration_id", "instance_id"),
        Index("ix_migration_ticket_migration_id_status", "migration_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    migration_id: Mapped[int] = mapped_column(ForeignKey("migration.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    reasons: Mapped[list[Any] | None] = mapped_column(Json)
    before: Mapped[list[Any] | None] = mapped_column(Json)  # the rows as they stood, to put back
    tries: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime | None] = mapped_column(Utc)


def migrations_of(session: Session, key: str, limit: int = 20) -> list[Migration]:
    """The latest moves of a process."""
    query = select(Migration).where(Migration.key == key).order_by(Migration.id.desc())
    return list(session.scalars(query.limit(limit)))


def latest_migration(session: Session, key: str) -> Migration | None:
    """The move that is not over yet, else the one with which something was done last."""
    last = func.coalesce(Migration.ended_at, Migration.started_at)
    query = select(Migration).where(Migration.key == key).order_by(last.desc(), Migration.id.desc())
    return active_migration(session, key) or session.scalar(query.limit(1))


def active_migration(session: Session, key: str) -> Migration | None:
    """The move of a process that is not over yet."""
    query = select(Migration).where(Migration.key == key, Migration.status.in_(ACTIVE))
    return session.scalar(query.order_by(Migration.id.desc()).limit(1))


def counts_of(session: Session, ids: list[int]) -> dict[int, dict[str, int]]:
    """By move, how many tickets have which status."""
    query = (
        select(MigrationTicket.migration_id, MigrationTicket.status, func.count())
        .where(MigrationTicket.migration_id.in_(ids))
        .group_by(MigrationTicket.migration_id, MigrationTicket.status)
    )
    found: dict[int, dict[str, int]] = {one: {} for one in ids}
    for migration_id, status, count in session.execute(query):
        found[migration_id][status] = count
    return found


def moved_again(session: Session, ids: list[int]) -> set[int]:
    """Those of these moves of which some ticket has been moved once more, and not back again."""
    later = aliased(MigrationTicket)
    again = exists().where(
        later.ticket_id == MigrationTicket.ticket_id,
        later.instance_id == MigrationTicket.instance_id,
        later.migration_id > MigrationTicket.migration_id,
        later.status == "moved",
    )
    found = set()
    for one in ids:  # each for itself, so that the first ticket found is enough
        here = MigrationTicket.migration_id == one, MigrationTicket.status == "moved"
        if session.scalar(select(MigrationTicket.id).where(*here, again).limit(1)) is not None:
            found.add(one)
    return found


def left_behind(
    session: Session, actor: Actor, migration_id: int, limit: int = 50
) -> list[tuple[MigrationTicket, Ticket]]:
    """Tickets that a move could not move or put back, of those that the actor may read."""
    query = (
        select(MigrationTicket, Ticket)
        .join(Ticket, Ticket.id == MigrationTicket.ticket_id)
        .where(
            MigrationTicket.migration_id == migration_id,
            MigrationTicket.status.in_(("refused", "kept")),
            visible(actor),
        )
        .order_by(MigrationTicket.id)
        .limit(limit)
    )
    return [(row, ticket) for row, ticket in session.execute(query)]


def older_versions(session: Session, key: str, version_id: int) -> list[tuple[ProcessVersion, int]]:
    """The versions, but for one, on which tickets run, with how many; the newest first."""
    query = (
        select(ProcessVersion, func.count(ProcessInstance.id))
        .join(ProcessInstance, ProcessInstance.version_id == ProcessVersion.id)
        .where(
            ProcessVersion.key == key,
            ProcessVersion.id != version_id,
            ProcessInstance.status == "running",
        )
        .group_by(ProcessVersion.id)
        .order_by(ProcessVersion.number.desc())
    )
    return [(version, count) for version, count in session.execute(query)]


def readable_tickets(session: Session, actor: Actor, ids: list[int], limit: int) -> list[Ticket]:
    """Some of these tickets: those that the actor may read, the oldest first."""
    query = select(Ticket).where(Ticket.id.in_(ids), visible(actor))
    return list(session.scalars(query.order_by(Ticket.id).limit(limit)))
