"""The rows beside a process instance: its path, its incidents, and the messages it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import cast

from sqlalchemy import Table, delete, insert, select

from engine.audit.trail import record
from engine.commands.between import forget_kept
from engine.db.together import writing_only
from engine.tickets.flow import Incident, ProcessInstance, StepLog, Subscription
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Work
from engine.workflow import Instance, Progress

_LOG = cast(Table, StepLog.__table__)


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
    """Written in one go, past the session: nobody needs these rows back."""
    by = work.actor.name
    told = {"instance_id": row.id, "ticket_id": row.ticket_id, "at": work.now, "actor": by}
    rows = [told | {"step_id": step_id, "outcome": outcome} for step_id, outcome in what]
    if rows:
        work.session.connection().execute(insert(_LOG), rows)


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
    query = select(Incident).where(Incident.instance_id == row.id, Incident.resolved_at.is_(None))
    known = {incident.task_id: incident for incident in work.session.scalars(query)}
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
    query = select(Incident).where(Incident.instance_id == row.id, Incident.resolved_at.is_(None))
    for incident in work.session.scalars(query):
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
    if before.awaits and not instance.done:  # else all are forgotten
        with writing_only(work.session, Subscription, instance_id=row.id):
            work.session.execute(delete(Subscription).where(Subscription.instance_id == row.id))
    for task_id, message in sorted(wanted):
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
    wanted = select(Timer.due_at).where(Timer.kind == "step", Timer.subject == str(row.id))
    due_at = due_at or work.session.scalar(wanted)
    soonest = next(iter(instance.timers), None)
    if due_at is not None and soonest is not None and soonest.due_at != due_at:
        instance.set_due(soonest.task_id, due_at)


def forget(work: Work, row: ProcessInstance) -> None:
    """An ended instance waits for nothing: no message, no timer, no incident."""
    with writing_only(work.session, Subscription, instance_id=row.id):
        work.session.execute(delete(Subscription).where(Subscription.instance_id == row.id))
    set_timer(work, "step", str(row.id), row.ticket_id, None)
    forget_kept(work, row.ticket_id)
    query = select(Incident).where(Incident.instance_id == row.id, Incident.resolved_at.is_(None))
    with writing_only(work.session, Incident, instance_id=row.id):
        found = work.session.scalars(query).all()
    for incident in found:
        incident.resolved_at = work.now
