"""Mending where a ticket stands: rows that follow its process, and a ticket that nothing moves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from engine.audit.models import HistoryEntry
from engine.audit.trail import record
from engine.catalogue.models import State
from engine.catalogue.queries import maybe
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
from engine.errors import Conflict
from engine.people.absence import absence_of
from engine.tickets.flow import Incident, ProcessInstance, Subscription, WorkItem
from engine.tickets.models import Ticket
from engine.timers.write import set_timer
from engine.work import Work
from engine.workflow import Progress
from engine.workflow.glance import glance

NOT_ENDED = "Nothing but its state says that the ticket has ended, and its process runs."
NOTHING = "Nothing moves this ticket next."
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
    """Cancel what runs on a ticket that has ended; where only its state says that it has, and no
    change of the state led there, the state is what is wrong."""
    process = work.session.get_one(ProcessInstance, row)
    ticket = process.ticket
    if ticket.closed_at is not None:
        cancel_processes(work, ticket, "the ticket has ended")
        return
    said = maybe(work.session, State, last_state(work, ticket))
    if said is None or said.ended:
        raise Conflict(NOT_ENDED)
    record(work, ticket.id, "state", ticket.state.name, said.name)
    ticket.state, ticket.state_id = said, said.id


def over_again(work: Work, row: int) -> None:
    """A process that has ended before has ended, by itself or cancelled, as its state says."""
    process = work.session.get_one(ProcessInstance, row)
    definition = work.desk.library.definition(process.version)
    process.status = "done" if glance(definition, process.document).done else "cancelled"
    record(work, process.ticket_id, "process", "running", process.status)


def last_state(work: Work, ticket: Ticket) -> str:
    """The state that a ticket was given last, as its history says; it began as a new one."""
    query = select(HistoryEntry.after).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.what == "state"
    )
    return work.session.scalar(query.order_by(HistoryEntry.id.desc()).limit(1)) or "new"


def timed(work: Work, row: int) -> None:
    """Set the timer of a process to what its state waits for."""
    process = work.session.get_one(ProcessInstance, row)
    definition = work.desk.library.definition(process.version)
    due_at = glance(definition, process.document).due_at
    set_timer(work, "step", str(process.id), process.ticket_id, due_at)
    record(work, process.ticket_id, "timer", "", "step")


def ended_rows(work: Work, row: int) -> None:
    """End what a process has left behind that does not run any more.

    One that never ended, and whose state still waits for something, runs on.
    """
    process = work.session.get_one(ProcessInstance, row)
    if process.ended_at is None and _could_run(work, process):
        record(work, process.ticket_id, "process", process.status, "running")
        process.status = "running"
        return
    cancel_items(work, process)
    end_visits(work, process)
    forget(work, process)
    record(work, process.ticket_id, "process", process.version.key, "rows ended")


def _could_run(work: Work, process: ProcessInstance) -> bool:
    """Whether a process has somewhere to go on, on an open ticket on which no other runs."""
    if process.ticket.state.ended or running(work, process.ticket) is not None:
        return False
    definition = work.desk.library.definition(process.version)
    return not glance(definition, process.document).done


def put_home(work: Work, model: Any, row: int) -> None:
    """Let a row of a process name the ticket of its process."""
    found = work.session.get_one(model, row)
    home = work.session.get_one(ProcessInstance, found.instance_id).ticket_id
    record(work, home, "process", found.step_id, "put back")
    found.ticket_id = home


def queued(work: Work, row: int) -> None:
    """Let a step be on the list of its ticket's queue; the ticket goes back where its history
    knows nothing of the queue it lies in."""
    item = work.session.get_one(WorkItem, row)
    ticket = item.ticket
    moved = select(HistoryEntry.after).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.what == "queue"
    )
    said = work.session.scalar(moved.order_by(HistoryEntry.id.desc()).limit(1))
    if said is not None and said == item.queue.name:
        record(work, ticket.id, "queue", ticket.queue.name, said)
        ticket.queue, ticket.queue_id = item.queue, item.queue_id
        return
    record(work, ticket.id, "step", item.queue.name, ticket.queue.name)
    item.queue, item.queue_id = ticket.queue, ticket.queue_id


def freed(work: Work, row: int) -> None:
    """Give back the steps that wait for people who are gone; where that helps nobody, show it."""
    ticket = work.session.get_one(Ticket, row)
    query = select(WorkItem).where(WorkItem.ticket_id == ticket.id, WorkItem.status == "open")
    for item in work.session.scalars(query.order_by(WorkItem.id)).all():
        person = item.person
        if person is None or item.for_customer:
            continue
        absence = absence_of(work.session, person)
        if not person.active or not person.is_agent:
            free_step(work, item, person, f"{person.name} is no longer active")
        elif absence is not None and absence.first_day <= work.now.date() <= absence.last_day:
            free_step(work, item, person, f"{person.name} is away until {absence.last_day}")
    work.session.flush()


def no_longer_shown(work: Work, row: int) -> None:
    """Take a ticket off the failed steps that something moves again."""
    incident = work.session.get_one(Incident, row)
    incident.resolved_at = work.now
    record(work, incident.ticket_id, "incident", incident.step_id, "resolved")


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
    incident = Incident(
        ticket_id=ticket.id, instance_id=process.id, task_id=task_id, step_id=step_id,
        message=NOTHING, at=work.now,
    )  # fmt: skip
    work.session.add(incident)
    record(work, ticket.id, "incident", step_id, NOTHING)
