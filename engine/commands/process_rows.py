"""The rows beside a process instance: its path, its incidents, and the messages it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import select

from engine.audit.trail import record
from engine.commands.beside import AWAITED, INCIDENTS, beside
from engine.commands.between import forget_kept
from engine.db.later import write_later
from engine.tickets.flow import Incident, ProcessInstance, StepLog, Subscription
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Work
from engine.workflow import Instance, Progress


@dataclass(frozen=True)
class Standing:
    """What an instance waited for before it moved; a new one for nothing."""

    new: bool = True
    failed: bool = False
    timed: bool = False
    awaits: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, instance: Instance) -> Standing:
        """How an instance stands now."""
        awaits = frozenset((w.task_id, w.message) for w in instance.waiting)
        return cls(False, bool(instance.failures), bool(instance.next_due), awaits)


def log_steps(work: Work, row: ProcessInstance, progress: Progress) -> None:
    """Append what happened at each step to the path."""
    _log(work, row, ((one.step_id, one.outcome) for one in progress.passed))


def _log(work: Work, row: ProcessInstance, what: Iterable[tuple[str, str]]) -> None:
    by = work.actor.name
    told = {"instance_id": row.id, "ticket_id": row.ticket_id, "at": work.now, "actor": by}
    rows = [told | {"step_id": step_id, "outcome": outcome} for step_id, outcome in what]
    write_later(work.session, StepLog, rows)


def keep_incidents(
    work: Work,
    ticket: Ticket,
    row: ProcessInstance,
    instance: Instance,
    progress: Progress,
    before: Standing,
) -> None:
    """Make the open incidents those that the machine reports; mended ones are resolved.

    A step was tried again where it has failed just now, not where another branch moved.
    """
    if not before.failed and not instance.failures:
        return
    known = {incident.task_id: incident for incident in beside(work, row, INCIDENTS)}
    tried = {passed.task_id for passed in progress.passed if passed.outcome == "failed"}
    for failure in instance.failures:
        incident = known.pop(failure.task_id, None)
        if incident is not None:
            incident.tries += failure.task_id in tried
            incident.message = failure.message
            continue
        work.session.add(
            Incident(
                ticket_id=ticket.id,
                instance_id=row.id,
                task_id=failure.task_id,
                step_id=failure.step_id,
                message=failure.message,
                at=work.now,
            )
        )
        record(work, ticket.id, "incident", failure.step_id, failure.message)
    for incident in known.values():
        incident.resolved_at = work.now
        record(work, ticket.id, "incident", incident.step_id, "resolved")


def log_moved_steps(work: Work, row: ProcessInstance, moved: Iterable[tuple[str, str]]) -> None:
    """Tokens that stand at another step without having gone there: pairs of step and new step."""
    pairs = (((step, "cancelled"), (target, "entered")) for step, target in moved)
    _log(work, row, chain.from_iterable(pairs))


def move_incidents(work: Work, row: ProcessInstance, instance: Instance) -> None:
    """Open incidents follow their failed task to the step that it is now; it was not tried."""
    failed = {failure.task_id: failure for failure in instance.failures}
    for incident in beside(work, row, INCIDENTS):
        if incident.task_id in failed:
            incident.step_id = failed[incident.task_id].step_id
        else:
            incident.resolved_at = work.now


def no_process(work: Work, ticket: Ticket, key: str, problem: str) -> None:
    """Say on the ticket, and in health, that it has no process; to be tried again when it has."""
    work.session.add(
        Incident(ticket_id=ticket.id, task_id="", step_id=key, message=problem, at=work.now)
    )
    record(work, ticket.id, "incident", key, problem)


def never_begun(work: Work, ticket: Ticket) -> None:
    """What could not begin is no longer waited for."""
    none = Incident.ticket_id == ticket.id, Incident.instance_id.is_(None)
    for incident in work.session.scalars(
        select(Incident).where(*none, Incident.resolved_at.is_(None))
    ):
        incident.resolved_at = work.now


def keep_subscriptions(
    work: Work, row: ProcessInstance, instance: Instance, before: Standing
) -> set[str]:
    """Make the subscriptions those that the machine reports; what it newly waits for."""
    wanted = set() if instance.done else {(w.task_id, w.message) for w in instance.waiting}
    if wanted == before.awaits:
        return set()
    known = set()
    for awaited in beside(work, row, AWAITED) if before.awaits and not instance.done else ():
        known.add((awaited.task_id, awaited.message))
        if (awaited.task_id, awaited.message) not in wanted:
            work.session.delete(awaited)
    for task_id, message in sorted(wanted - known):
        work.session.add(Subscription(instance_id=row.id, task_id=task_id, message=message))
    return {message for _, message in wanted - before.awaits}


def keep_timer(
    work: Work, ticket: Ticket, row: ProcessInstance, instance: Instance, before: Standing
) -> None:
    """Make the timer the soonest that the machine reports."""
    due = None if instance.done else instance.next_due
    if due is not None or before.timed:
        set_timer(work, "step", str(row.id), ticket.id, due, fresh=before.new)


def heed_timer(
    work: Work, row: ProcessInstance, instance: Instance, due_at: datetime | None
) -> None:
    """The timer row is the authority: where it has been moved, the instance follows."""
    if due_at is None:
        wanted = select(Timer.due_at).where(Timer.kind == "step", Timer.subject == str(row.id))
        due_at = work.session.scalar(wanted)
    soonest = next(iter(instance.timers), None)
    if due_at is not None and soonest is not None and soonest.due_at != due_at:
        instance.set_due(soonest.task_id, due_at)


def forget(work: Work, row: ProcessInstance) -> None:
    """An ended instance waits for nothing: no message, no timer, no incident."""
    for awaited in beside(work, row, AWAITED):
        work.session.delete(awaited)
    set_timer(work, "step", str(row.id), row.ticket_id, None)
    forget_kept(work, row.ticket_id)
    for incident in beside(work, row, INCIDENTS):
        incident.resolved_at = work.now
