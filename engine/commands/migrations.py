"""Moving running tickets to another version of their process: begin, pause, go on, take back.

The outbox remembers that there is something to do. Each of its turns moves some tickets, each in a
transaction of its own, and asks for the next turn; so a worker that dies leaves every ticket whole
on one version, others are served in between, and a pause takes effect after the ticket at hand.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, literal, select, update

from engine.audit.trail import record_desk
from engine.catalogue.published import ProcessInForce, ProcessVersion
from engine.commands.move_ticket import migrate_one, next_entries, undo_one
from engine.commands.publish import may_publish
from engine.errors import Conflict, Invalid, NotFound, VorgangError
from engine.outbox import write as outbox
from engine.outbox.drain import After, Handler, Task
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.tickets.moves import (
    Migration,
    MigrationTicket,
    active_migration,
    counts_of,
    moved_again,
)
from engine.work import SYSTEM, Actor, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

TOPIC = "migrate"
TURN = 50  # tickets of one turn of the outbox
MOST_TRIES = 3
BREATH = 0.004  # seconds between two tickets, in which whoever waits for the one writer gets in
CAUSE = Cause("system", reason="moving tickets to another version")
BUSY = "Tickets of this process are being moved already; wait for the end or pause and take back."
AGAIN = "Some of these tickets have been moved again since; take that move back first."
NOBODY = "No ticket is on another version."


def start_migration(
    work: Work,
    version: ProcessVersion,
    mapping: Mapping[str, str] | None = None,
    *,
    numbers: Collection[int] = (),
    tickets: Collection[str] = (),
    note: str = "",
) -> Migration:
    """Begin to move the running tickets of other versions to this one; the worker does the rest.

    Of `numbers` (versions) and `tickets` (their numbers) an empty one means all. Raises `Conflict`
    while another move of the process is under way, `Invalid` where there is nobody to move.
    """
    may_publish(work)
    _alone(work, version.key)
    row = Migration(
        key=version.key, version_id=version.id, version=version,
        mapping={old: new for old, new in (mapping or {}).items() if old and new},
        note=note.strip()[:2000], status="running", started_by_id=work.actor.id,
        started_by=work.actor.name, started_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    count = _enter(work, row, numbers, tickets)
    if not count:
        raise Invalid(NOBODY)
    record_desk(
        work, "tickets moving", key=row.key, version=version.number, count=count, note=row.note,
        migration=row.id,
    )  # fmt: skip
    outbox.add(work, TOPIC, migration_id=row.id)
    return row


def move_ticket(
    work: Work, ticket: Ticket, version: ProcessVersion, mapping: Mapping[str, str] | None = None,
    note: str = "",
) -> MigrationTicket:  # fmt: skip
    """Move one ticket at once; what it says in `status` and `reasons` is what became of it."""
    row = start_migration(work, version, mapping, tickets=[ticket.number], note=note)
    entry = work.session.scalars(
        select(MigrationTicket).where(MigrationTicket.migration_id == row.id)
    ).one()
    migrate_one(work, row, entry)
    _end(work, row, "done")
    return entry


def migration_or_missing(work: Work, migration_id: int) -> Migration:
    """A move by its id, locked until the end of the transaction; raises `NotFound`."""
    may_publish(work)
    found = None
    if 0 < migration_id < 2**31:
        query = select(Migration).where(Migration.id == migration_id)
        found = work.session.scalar(query.with_for_update())
    if found is None:
        raise NotFound("There is no such move of tickets.")
    return found


def pause_migration(work: Work, migration_id: int) -> Migration:
    """Let no further ticket be moved for now."""
    row = migration_or_missing(work, migration_id)
    if row.status != "running":
        raise Conflict("This is not under way.")
    row.status = "paused"
    record_desk(work, "tickets moving", key=row.key, migration=row.id, paused=True)
    return row


def continue_migration(work: Work, migration_id: int) -> Migration:
    """Go on with what was paused, or what the desk had given up, also when it was taking back."""
    row = migration_or_missing(work, migration_id)
    if row.status not in ("paused", "failed"):
        raise Conflict("This is not paused.")
    _alone(work, row.key, row)
    back = counts_of(work.session, [row.id])[row.id].keys() & {"undone", "kept"}
    row.status, row.problem, row.ended_at = "undoing" if back else "running", "", None
    outbox.add(work, TOPIC, migration_id=row.id)
    return row


def undo_migration(work: Work, migration_id: int) -> Migration:
    """Put back what was moved; tickets that have moved on since stay, with the reason."""
    row = migration_or_missing(work, migration_id)
    if row.status not in ("running", "paused", "done", "failed"):
        raise Conflict("This has been taken back already.")
    _alone(work, row.key, row)
    if moved_again(work.session, [row.id]):
        raise Conflict(AGAIN)
    row.status, row.problem, row.ended_at = "undoing", "", None
    work.session.execute(
        update(MigrationTicket)
        .where(MigrationTicket.migration_id == row.id, MigrationTicket.status == "waiting")
        .values(status="passed")
    )
    record_desk(work, "tickets moving", key=row.key, migration=row.id, undone=True)
    outbox.add(work, TOPIC, migration_id=row.id)
    return row


def _alone(work: Work, key: str, row: Migration | None = None) -> None:
    """Raise `Conflict` where another move of the process is under way; two who ask wait in turn."""
    work.session.execute(
        select(ProcessInForce.key).where(ProcessInForce.key == key).with_for_update()
    )
    other = active_migration(work.session, key)
    if other is not None and other is not row:
        raise Conflict(BUSY)


def work_on(desk: Desk, migration_id: int, limit: int = TURN) -> int:
    """Move (or put back) up to `limit` tickets; how many were taken up. Several may do it at once.

    Whoever dies in the middle leaves the ticket at hand as it was, to be taken up again.
    """
    row = desk.read(lambda work: work.session.get(Migration, migration_id))
    wanted = {"running": "waiting", "undoing": "moved"}.get(row.status if row else "")
    if row is None or wanted is None:
        return 0
    actor = desk.read(lambda work: _actor(work, row))
    entries = desk.read(lambda work: next_entries(work, migration_id, wanted, limit))
    for entry_id in entries:
        if desk.settings.sqlite:
            time.sleep(BREATH)
        try:
            going_on = desk.run(lambda work, one=entry_id: _one(work, one, wanted), actor)  # type: ignore[misc]
        except Exception as error:
            said = error.message if isinstance(error, VorgangError) else type(error).__name__
            desk.run(lambda work, one=entry_id, why=said: _failed(work, one, why))  # type: ignore[misc]
        else:
            if not going_on:
                return 0
    if not entries:
        desk.run(lambda work: _over(work, migration_id))
    return len(entries)


def _act(desk: Desk, task: Task) -> After | None:
    migration_id = int(task.payload["migration_id"])
    if not work_on(desk, migration_id):
        return None

    def go_on(work: Work) -> None:
        outbox.add(work, TOPIC, migration_id=migration_id)

    return go_on


def _give_up(work: Work, task: Task, reason: str) -> None:
    row = work.session.get(Migration, int(task.payload["migration_id"]))
    if row is not None and row.status in ("running", "undoing"):
        row.status, row.problem, row.ended_at = "failed", reason[:2000], work.now


MOVER = Handler(_act, _give_up)


def _enter(work: Work, row: Migration, numbers: Collection[int], tickets: Collection[str]) -> int:
    """Note every ticket to be moved, so that what is to be done and what is done can be counted."""
    query = (
        select(
            literal(row.id), ProcessInstance.id, ProcessInstance.ticket_id,
            ProcessInstance.version_id, literal("waiting"), literal(0),
        )
        .join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(
            ProcessVersion.key == row.key, ProcessVersion.id != row.version_id,
            ProcessInstance.status == "running",
        )
        .order_by(ProcessInstance.id)
    )  # fmt: skip
    if numbers:
        query = query.where(ProcessVersion.number.in_(numbers))
    if tickets:
        query = query.join(Ticket, Ticket.id == ProcessInstance.ticket_id)
        query = query.where(Ticket.number.in_(tickets))
    names = ["migration_id", "instance_id", "ticket_id", "from_id", "status", "tries"]
    work.session.execute(insert(MigrationTicket).from_select(names, query, include_defaults=False))
    counted = select(func.count(MigrationTicket.id)).where(MigrationTicket.migration_id == row.id)
    return int(work.session.scalar(counted) or 0)


def _actor(work: Work, row: Migration) -> Actor:
    """History names whoever began it."""
    person = work.session.get(Person, row.started_by_id or 0)
    return actor_of(work.session, person) if person is not None else SYSTEM


def _one(work: Work, entry_id: int, wanted: str) -> bool:
    """Do one entry unless somebody else is at it; False where the move does not go on."""
    query = select(MigrationTicket).where(MigrationTicket.id == entry_id)
    entry = work.session.scalar(query.with_for_update(skip_locked=True))
    if entry is None or entry.status != wanted:
        return True
    row = work.session.get_one(Migration, entry.migration_id)
    if row.status != {"waiting": "running", "moved": "undoing"}[wanted]:
        return False
    (migrate_one if wanted == "waiting" else undo_one)(work, row, entry)
    return True


def _failed(work: Work, entry_id: int, why: str) -> None:
    """One that fails is tried again after the others, and then left where it is."""
    entry = work.session.get_one(MigrationTicket, entry_id)
    entry.tries += 1
    if entry.tries >= MOST_TRIES:
        entry.status = "refused" if entry.status == "waiting" else "kept"
        entry.reasons = [{"text": "it failed: %(error)s", "steps": {}, "error": why}]


def _over(work: Work, migration_id: int) -> None:
    row = work.session.get_one(Migration, migration_id)
    if row.status in ("running", "undoing"):
        _end(work, row, "done" if row.status == "running" else "undone")


def _end(work: Work, row: Migration, status: str) -> None:
    row.status, row.ended_at = status, work.now
