"""Mending where a ticket stands: rows that follow its process, and a ticket that nothing moves."""

from __future__ import annotations

from sqlalchemy import delete, select

from engine.audit.trail import record
from engine.commands.incidents import running
from engine.commands.leaving import free_step
from engine.commands.process_rows import (
    Standing,
    forget,
    keep_incidents,
    keep_timer,
    no_process,
)
from engine.commands.processes import cancel_processes, opened, process_for, settle
from engine.commands.step_visits import end_visits, keep_visits
from engine.commands.work_items import cancel_items, sync_items
from engine.tickets.flow import Incident, ProcessInstance, Subscription, WorkItem
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Progress

ALL = Standing(new=False, failed=True, timed=True)  # whatever stood beside it, it is looked at


def rows_anew(work: Work, row: int) -> None:
    """Make the rows beside a running process what its state says; nothing is moved."""
    process = work.session.get_one(ProcessInstance, row)
    ticket = process.ticket
    _, instance, _ = opened(work, ticket, process)
    _once_each(work, process)
    sync_items(work, work, ticket, process, instance)
    work.session.execute(delete(Subscription).where(Subscription.instance_id == process.id))
    for one in {(w.task_id, w.message) for w in instance.waiting}:
        task_id, message = one
        awaited = Subscription(instance_id=process.id, task_id=task_id, message=message)
        work.session.add(awaited)
    keep_visits(work, process, instance, Progress())
    keep_incidents(work, ticket, process, instance, Progress(), ALL)
    keep_timer(work, ticket, process, instance, ALL)
    record(work, ticket.id, "process", process.version.key, "rows made anew")


def _once_each(work: Work, process: ProcessInstance) -> None:
    """A step that is on the lists twice stays there once, where somebody has taken it."""
    query = select(WorkItem).where(WorkItem.instance_id == process.id, WorkItem.status == "open")
    seen: set[str] = set()
    order = (WorkItem.claimed_at.is_(None), WorkItem.id)
    for item in work.session.scalars(query.order_by(*order)).all():
        if item.task_id in seen:
            item.status, item.ended_at, item.ended_by = "cancelled", work.now, work.actor.name
        seen.add(item.task_id)
    work.session.flush()


def is_over(work: Work, row: int) -> None:
    """End a process whose steps are all over, with what follows from its end."""
    process = work.session.get_one(ProcessInstance, row)
    definition, instance, hooks = opened(work, process.ticket, process)
    progress = Progress(done=True)
    settle(work, process.ticket, process, definition, instance, progress, hooks)


def cancelled(work: Work, row: int) -> None:
    """Cancel what runs on a ticket that has ended."""
    process = work.session.get_one(ProcessInstance, row)
    cancel_processes(work, process.ticket, "the ticket has ended")


def ended_rows(work: Work, row: int) -> None:
    """End what a process has left behind that does not run any more."""
    process = work.session.get_one(ProcessInstance, row)
    cancel_items(work, process)
    end_visits(work, process)
    forget(work, process)
    record(work, process.ticket_id, "process", process.version.key, "rows ended")


def freed(work: Work, row: int) -> None:
    """Give back the steps that wait for people who are gone; where that helps nobody, show it."""
    ticket = work.session.get_one(Ticket, row)
    query = select(WorkItem).where(WorkItem.ticket_id == ticket.id, WorkItem.status == "open")
    for item in work.session.scalars(query.order_by(WorkItem.id)).all():
        if item.person is not None and not item.person.active:
            free_step(work, item, item.person, f"{item.person.name} is no longer active")
    work.session.flush()


def shown(work: Work, row: int) -> None:
    """Show a ticket that nothing moves among the failed steps, where people help it along."""
    ticket = work.session.get_one(Ticket, row)
    known = select(Incident.id).where(
        Incident.ticket_id == ticket.id, Incident.resolved_at.is_(None)
    )
    if work.session.scalar(known.limit(1)) is not None:
        return
    process = running(work, ticket)
    if process is None:
        no_process(work, ticket, process_for(work, ticket), "The open ticket has no process.")
        return
    _, instance, _ = opened(work, ticket, process)
    task_id, step_id = next(iter(instance.places.items()), ("", ""))
    message = "Nothing moves this ticket next."
    incident = Incident(
        ticket_id=ticket.id, instance_id=process.id, task_id=task_id, step_id=step_id,
        message=message, at=work.now,
    )  # fmt: skip
    work.session.add(incident)
    record(work, ticket.id, "incident", step_id, message)
