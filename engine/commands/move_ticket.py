"""Moving one ticket to another version of its process, in one transaction, and putting it back.

The state goes to the new diagram with its due times; work items keep their claims and drafts, and
are assigned anew only where another lane says who does the step. The ticket's clocks go on. What
the rows held before is kept, so that the move can be taken back as long as nobody has moved it on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.audit.trail import record
from engine.catalogue.published import ProcessVersion
from engine.catalogue.shelf import shelve
from engine.commands.between import now_awaited
from engine.commands.clocks import recount_clocks
from engine.commands.facts import variables_of
from engine.commands.hooks import DeskHooks
from engine.commands.process_rows import (
    Standing,
    heed_timer,
    keep_subscriptions,
    keep_timer,
    log_moved_steps,
    move_incidents,
)
from engine.commands.processes import in_family, wait_at
from engine.commands.standing import difference, put_back, standing_of, stands_as_left
from engine.commands.step_visits import keep_visits
from engine.commands.work_items import adopt_items
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.tickets.moves import Migration, MigrationTicket
from engine.work import Cause, Work
from engine.workflow import Instance, Progress
from engine.workflow.migrate import Plan, planned_move

MOVED_ON = "This has moved on since; it stays as it is."
TOO_LATE = "How it stood before is no longer kept."


def migrate_one(work: Work, migration: Migration, entry: MigrationTicket) -> None:
    """Move the ticket of an entry, or note in it why that cannot be; never half of it."""
    entry.at = work.now
    row = work.session.get_one(ProcessInstance, entry.instance_id)
    if row.status != "running" or row.version_id != entry.from_id:
        entry.status = "passed"
        return
    work = work.because(_cause(migration))
    ticket = shelve(work.session, row.ticket)
    old, hooks = _loaded(work, ticket, row, row.version, row.document)
    if old.next_due is not None:
        heed_timer(work, row, old, None)
    found, state = _planned(work, migration, ticket, old, hooks)
    if hooks.fault is not None:
        raise hooks.fault
    if state is None:
        entry.status, entry.reasons = "refused", [reason.stored for reason in found.reasons]
        return
    now, _ = _loaded(work, ticket, row, migration.version, state)
    settled = found.changed("state") or found.changed("pause")
    kinds = None if settled else _touched(found, old, now)
    before = standing_of(work.session, ticket.id, kinds=kinds)
    _rebind(work, migration, row, old, now, found, state)
    if settled:
        wait_at(work, ticket, row)
    after = standing_of(work.session, ticket.id, before, kinds=kinds)
    entry.status, entry.reasons = "moved", []
    entry.before = difference(before, after, narrow=True)


def _loaded(
    work: Work, ticket: Ticket, row: ProcessInstance, version: ProcessVersion, state: dict[str, Any]
) -> tuple[Instance, DeskHooks]:
    """A state on the diagram of a version; its facts are as they were when it moved last."""
    hooks = DeskHooks(work, ticket, f"{version.key} v{version.number}")
    return Instance.load(work.desk.library.definition(version), state, hooks), hooks


def _planned(
    work: Work, migration: Migration, ticket: Ticket, old: Instance, hooks: DeskHooks
) -> tuple[Plan, dict[str, Any] | None]:
    """Plan and state; with the ticket's facts as they are now where something asks for them."""
    target = work.desk.library.definition(migration.version)
    given = old.definition, target

    def once() -> tuple[Plan, dict[str, Any] | None]:
        return planned_move(*given, old.dump(), migration.mapping, work.now, hooks)

    found, state = once()
    if found.changed("timer_new") or found.changed("lane") or not found.ok:
        old.refresh(variables_of(work, ticket))
        found, state = once()
    return found, state


def _touched(found: Plan, old: Instance, now: Instance) -> list[str]:
    """The kinds of rows that will change: of most tickets only two."""
    kinds = ["instance", "item"]
    if _elsewhere(found):
        kinds.append("visit")
    if old.failures:
        kinds.append("incident")
    if Standing.of(old).awaits != Standing.of(now).awaits:
        kinds.append("subscription")
    if old.next_due != now.next_due:
        kinds.append("timer")
    return kinds


def _elsewhere(found: Plan) -> list[tuple[str, str]]:
    return [(p.step, p.target) for p in found.places if p.target and p.step != p.target]


def _rebind(
    work: Work, migration: Migration, row: ProcessInstance, old: Instance, now: Instance,
    found: Plan, state: dict[str, Any],
) -> None:  # fmt: skip
    """Put the rows of an instance where its state on the new diagram says."""
    ticket, was, standing = row.ticket, row.version, Standing.of(old)
    row.document, row.version_id, row.version = state, migration.version_id, migration.version
    adopt_items(work, ticket, row, old, now)
    if moved := _elsewhere(found):
        log_moved_steps(work, row, moved)
        keep_visits(work, row, now, Progress())
    if standing.failed:
        move_incidents(work, row, now)
    awaited = keep_subscriptions(work, row, now, standing)
    if awaited and in_family(now.definition, now):
        now_awaited(work, ticket, awaited)
    if old.next_due != now.next_due:
        keep_timer(work, ticket, row, now, standing)
    record(
        work, ticket.id, "migrated", f"{was.key} v{was.number}",
        f"{migration.key} v{migration.version.number}", reason=migration.note,
    )  # fmt: skip
    work.session.flush()


def undo_one(work: Work, migration: Migration, entry: MigrationTicket) -> None:
    """Put the ticket of an entry back, or note in it why it stays where it is now."""
    entry.at = work.now
    if entry.before is None:
        entry.status, entry.reasons = "kept", [_said(TOO_LATE)]
        return
    if not stands_as_left(work.session, entry.before):
        entry.status, entry.reasons = "kept", [_said(MOVED_ON)]
        return
    row = work.session.get_one(ProcessInstance, entry.instance_id)
    now, changes = row.version, entry.before
    put_back(work, changes)
    work.session.refresh(row)
    work.session.refresh(row.ticket)
    recount_clocks(work, row.ticket)
    log_moved_steps(work, row, _steps_back(changes))
    record(
        work.because(Cause("person", "")), entry.ticket_id, "migrated",
        f"{now.key} v{now.number}", f"{row.version.key} v{row.version.number}",
        reason="the move to another version was taken back",
    )  # fmt: skip
    entry.status, entry.reasons, entry.before = "undone", [], None


def _steps_back(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The steps at which a ticket stood after its move, each with that where it stands again."""
    renamed = [one for one in changes if one["kind"] == "visit" and one["before"] and one["after"]]
    pairs = [(one["after"].get("step_id"), one["before"].get("step_id")) for one in renamed]
    return list(dict.fromkeys((left, again) for left, again in pairs if left and again))


def next_entries(work: Work, migration_id: int, status: str, limit: int) -> list[int]:
    """The entries to be done next; what was moved last is put back first."""
    order = MigrationTicket.id if status == "waiting" else MigrationTicket.id.desc()
    query = select(MigrationTicket.id).where(
        MigrationTicket.migration_id == migration_id, MigrationTicket.status == status
    )
    return list(work.session.scalars(query.order_by(MigrationTicket.tries, order).limit(limit)))


def _cause(migration: Migration) -> Cause:
    label = f"{migration.key} v{migration.version.number}"
    return Cause("person", migration.note, {"version": label, "migration": migration.id})


def _said(text: str) -> dict[str, Any]:
    return {"text": text, "steps": {}, "error": ""}
