"""Stays at steps follow the machine: where a token rests there is an open visit here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.commands.beside import STAYS, beside
from engine.commands.clocks import calendar_of_ticket
from engine.db.later import write_later
from engine.sla.working import working_seconds
from engine.tickets.flow import ProcessInstance, StepLog, StepVisit
from engine.work import Work
from engine.workflow import Instance, Progress


def keep_visits(
    work: Work, row: ProcessInstance, instance: Instance, progress: Progress, *, new: bool = False
) -> None:
    """Begin and end visits as the instance moved; what passed at once stayed for no time.

    What rests no more and is not said to have been completed was cancelled, by whatever means.
    """
    known = [] if new else beside(work, row, STAYS)
    gone_through = []
    for passed in progress.passed:
        if passed.outcome not in ("completed", "cancelled"):
            continue
        visit = _taken(known, passed.task_id, passed.step_id)
        if visit is not None:
            _leave(work, row, visit, passed.outcome)
        elif passed.outcome == "completed":
            begun = _begun(work, row, passed.task_id, passed.step_id)
            gone_through.append(begun | _left(work, row, work.now, "completed"))
    write_later(work.session, StepVisit, gone_through)
    places = {} if instance.done else instance.places
    waiting = {t: s for t, s in places.items() if _taken(known, t, s, mark=True) is None}
    for visit in known:
        _leave(work, row, visit, "cancelled")
    for task_id, step_id in waiting.items():
        work.session.add(StepVisit(**_begun(work, row, task_id, step_id)))


def end_visits(work: Work, row: ProcessInstance) -> None:
    """An instance that was cancelled stays nowhere."""
    for visit in beside(work, row, STAYS):
        _leave(work, row, visit, "cancelled")


def log_put_back(work: Work, changes: list[dict[str, Any]]) -> None:
    """Write down in the path that an action was taken back; called before its rows are put back.

    What it began has ended, and what it ended is entered again.
    """
    again = []
    for change in changes:
        if change["kind"] != "visit" or change["after"] is None:
            continue
        visit = work.session.get(StepVisit, change["key"][0])
        before = change["before"]
        if visit is not None and before is None:
            _log(work, visit, "cancelled")
        elif visit is not None and "left_at" in before and before["left_at"] is None:
            again.append(visit)
    for visit in again:
        _log(work, visit, "entered")


def _log(work: Work, visit: StepVisit, outcome: str) -> None:
    entry = {
        "instance_id": visit.instance_id,
        "ticket_id": visit.ticket_id,
        "step_id": visit.step_id,
        "outcome": outcome,
        "at": work.now,
        "actor": work.actor.name,
    }
    write_later(work.session, StepLog, [entry])


def _taken(
    known: list[StepVisit], task_id: str, step_id: str, *, mark: bool = False
) -> StepVisit | None:
    """Take the visit of a task out of the list; one from before tasks were noted goes by step."""
    for exact in (True, False):
        for visit in known:
            if (
                visit.task_id == task_id
                if exact
                else (not visit.task_id and visit.step_id == step_id)
            ):
                known.remove(visit)
                if mark:
                    visit.task_id, visit.step_id = task_id, step_id
                return visit
    return None


def _begun(work: Work, row: ProcessInstance, task_id: str, step_id: str) -> dict[str, Any]:
    return {
        "instance_id": row.id,
        "ticket_id": row.ticket_id,
        "version_id": row.version_id,
        "queue_id": row.ticket.queue_id,
        "task_id": task_id,
        "step_id": step_id,
        "entered_at": work.now,
    }


def _leave(work: Work, row: ProcessInstance, visit: StepVisit, outcome: str) -> None:
    for name, value in _left(work, row, visit.entered_at, outcome).items():
        setattr(visit, name, value)


def _left(work: Work, row: ProcessInstance, entered_at: datetime, outcome: str) -> dict[str, Any]:
    """What the end of a stay says; the version is that of the drawing by which it was left."""
    seconds = worked = max(0, round((work.now - entered_at).total_seconds()))
    if seconds:
        worked = working_seconds(calendar_of_ticket(work, row.ticket), entered_at, work.now)
    return {
        "version_id": row.version_id,
        "left_at": work.now,
        "seconds": seconds,
        "worked": worked,
        "outcome": outcome,
        "actor": work.actor.name,
    }
