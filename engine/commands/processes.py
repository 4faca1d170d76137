"""Moving a ticket through its process: start, message, timer, cancel; and keeping the rows true.

The machine holds the state; this module turns what it reports into work items, subscriptions,
timers, log entries, incidents and the ticket's state, all in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, select

from engine.audit.trail import record
from engine.catalogue.models import Queue, State, TicketType
from engine.catalogue.published import ProcessVersion
from engine.catalogue.queries import by_name, maybe
from engine.catalogue.shelf import shelve_version
from engine.commands.between import DEEPEST, broadcast, ended, handed_down, now_awaited
from engine.commands.changes import apply_changes
from engine.commands.clocks import pause_clocks, resume_clocks, stop_clocks
from engine.commands.facts import variables_of
from engine.commands.follow_up import deliver, follow_up
from engine.commands.form_answers import handed_over
from engine.commands.hooks import DeskHooks, step_cause
from engine.commands.process_rows import (
    Standing,
    forget,
    heed_timer,
    keep_incidents,
    keep_subscriptions,
    keep_timer,
    log_steps,
    never_begun,
    no_process,
)
from engine.commands.step_visits import end_visits, keep_visits
from engine.commands.work_items import cancel_items, sync_items
from engine.db.together import writing_only
from engine.errors import VorgangError
from engine.tickets.flow import ProcessInstance, Subscription, WorkItem
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.work import Cause, Work
from engine.workflow import Definition, Instance, Progress, Step
from engine.workflow.events import SIGNAL


def start_process(
    work: Work,
    ticket: Ticket,
    key: str,
    data: Mapping[str, Any] | None = None,
    *,
    answers: Mapping[str, Any] | None = None,
    again: bool = False,
) -> None:
    """Begin the process with this key on the ticket, at the version now in force.

    Of the `answers` of an earlier process it is given those that it asks for itself. Where one is
    begun `again`, a subtask also knows what its parent had handed over.
    """
    found = _in_force(work, ticket, key)
    if found is None:
        return
    version, definition = found
    key = version.key
    given = {one.name: one.value for one in handed_over(answers or {}, definition)}
    label = f"{key} v{version.number}"
    hooks = DeskHooks(work, ticket, label)
    record(work, ticket.id, "process", "", label)
    said = dict(data or {})
    handed = handed_down(work, ticket) if again else said if "parent" in said else {}
    given = variables_of(work, ticket) | handed | given | said
    instance, progress = Instance.start(definition, given, hooks, work.now)
    row = ProcessInstance(
        ticket_id=ticket.id,
        version_id=version.id,
        version=version,
        document=instance.dump(),
        status="running",
        given=handed or None,
        started_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    settle(work, ticket, row, definition, instance, progress, hooks)


def in_family(definition: Definition, instance: Instance) -> bool:
    """Whether the ticket may have a parent or children, who may have told it something before."""
    return definition.tells or "parent" in instance.data


def _in_force(work: Work, ticket: Ticket, key: str) -> tuple[ProcessVersion, Definition] | None:
    """The process with this key, else the default one; without either the ticket waits, visibly.

    Whoever wrote to us must not lose the message by a process that somebody forgot to publish.
    """
    default = work.desk.settings.default_process
    problem = ""
    for name in dict.fromkeys((key, default)):
        try:
            version = work.desk.library.in_force(work.session, name)
            definition = work.desk.library.definition(version)
        except VorgangError as error:
            problem = problem or error.message
        else:
            if name != key:
                record(work, ticket.id, "process problem", key, name, reason=problem)
            return version, definition
    no_process(work, ticket, key, problem)
    return None


def process_for(work: Work, ticket: Ticket, offer_process: str = "") -> str:
    """Which process a ticket takes: the offer's, its type's, its queue's, else the default one."""
    return offer_process or process_of(work, ticket.queue, ticket.type)


def process_of(work: Work, queue: Queue, kind: TicketType | None) -> str:
    """Which process tickets of a type take in a queue."""
    named = (kind.process_key if kind else "") or queue.process_key
    return named or work.desk.settings.default_process


def send_message(
    work: Work,
    ticket: Ticket,
    message: str,
    payload: Mapping[str, Any] | None = None,
    *,
    but: ProcessInstance | None = None,
) -> bool:
    """Send a message into the ticket's running processes; False when none of them waits for it.

    A process that told it itself is left out by `but`.
    """
    query = (
        select(ProcessInstance)
        .join(Subscription, Subscription.instance_id == ProcessInstance.id)
        .where(
            ProcessInstance.ticket_id == ticket.id,
            ProcessInstance.status == "running",
            Subscription.message == message,
            ProcessInstance.id != (but.id if but is not None else 0),
        )
        .distinct()
    )
    with writing_only(work.session, ProcessInstance, Subscription):
        rows = list(work.session.scalars(query))
    for row in rows:
        definition, instance, hooks = opened(work, ticket, row)
        progress = instance.message(message, dict(payload or {}), work.now)
        settle(work, ticket, row, definition, instance, progress, hooks)
    if rows:
        what = "signal heard" if message.startswith(SIGNAL) else "message"
        record(work, ticket.id, what, after=message.removeprefix(SIGNAL))
    return bool(rows)


def advance_timers(work: Work, row: ProcessInstance, due_at: datetime) -> None:
    """Let everything due in an instance happen, in due order; its timer row was for `due_at`."""
    if row.status != "running":
        return
    ticket = row.ticket
    cause = Cause("timer", reason="a time set in the diagram has come")
    definition, instance, hooks = opened(work.because(cause), ticket, row, due_at)
    progress = instance.tick(work.now)
    settle(work.because(cause), ticket, row, definition, instance, progress, hooks)


def recount_timers(work: Work, ticket: Ticket) -> None:
    """Count the times of steps that count working time anew, after a calendar was changed."""
    query = (
        select(ProcessInstance)
        .join(Timer, (Timer.kind == "step") & (Timer.subject == cast(ProcessInstance.id, String)))
        .where(ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running")
    )
    for row in work.session.scalars(query):
        definition, instance, hooks = opened(work, ticket, row)
        if instance.recount(work.now):
            settle(work, ticket, row, definition, instance, Progress(), hooks)


def complete_task(work: Work, item: WorkItem, answers: Mapping[str, Any]) -> None:
    """Move the process on from a step that a person has finished."""
    row, ticket = item.instance, item.ticket
    definition, instance, hooks = opened(work, ticket, row)
    progress = instance.complete(item.task_id, dict(answers), work.now)
    settle(work, ticket, row, definition, instance, progress, hooks, completed=item)


def cancel_processes(work: Work, ticket: Ticket, reason: str) -> None:
    """End whatever runs on the ticket, with the cause; open steps disappear from the lists."""
    query = select(ProcessInstance).where(
        ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running"
    )
    never_begun(work, ticket)
    for row in work.session.scalars(query):
        row.status, row.ended_at = "cancelled", work.now
        cancel_items(work, row)
        end_visits(work, row)
        forget(work, row)
        record(work, ticket.id, "process", row.version.key, "cancelled", reason=reason)


def opened(
    work: Work, ticket: Ticket, row: ProcessInstance, due_at: datetime | None = None
) -> tuple[Definition, Instance, DeskHooks]:
    """The instance of a row, with the ticket's facts as they are now.

    Its soonest time is what its timer row says, which is `due_at` where that row is firing.
    """
    definition = work.desk.library.definition(shelve_version(work.session, row).version)
    hooks = DeskHooks(work, ticket, f"{row.version.key} v{row.version.number}")
    instance = Instance.load(definition, row.document, hooks)
    hooks.before = Standing.of(instance)
    if hooks.before.timed:
        heed_timer(work, row, instance, due_at)
    instance.refresh(variables_of(work, ticket))
    return definition, instance, hooks


def settle(
    work: Work,
    ticket: Ticket,
    row: ProcessInstance,
    definition: Definition,
    instance: Instance,
    progress: Progress,
    hooks: DeskHooks,
    completed: WorkItem | None = None,
) -> None:
    """Write down where the instance stands now, then let follow what follows from it."""
    if hooks.fault is not None:
        raise hooks.fault
    if not hooks.before.new:
        row.document = instance.dump()
    log_steps(work, row, progress)
    keep_visits(work, row, instance, progress, new=hooks.before.new)
    keep_incidents(work, ticket, row, instance, progress, hooks.before)
    label = f"{row.version.key} v{row.version.number}"
    by_step = work.as_desk().because(Cause("step", label, {"version": label}))
    fresh = sync_items(work, by_step, ticket, row, instance, completed, new=hooks.before.new)
    fresh_awaits = keep_subscriptions(work, row, instance, hooks.before)
    if fresh_awaits and in_family(definition, instance):
        now_awaited(work, ticket, fresh_awaits)
    keep_timer(work, ticket, row, instance, hooks.before)
    if instance.done:
        _end(work, ticket, row, definition, instance, progress)
    else:
        _wait(work, ticket, row, definition, instance)
    _report(work, ticket, row, definition, fresh, ended=instance.done)
    deliver(work, ticket, hooks.messages)
    for name, cause in hooks.signals:
        _throw(work.as_desk().because(cause), ticket, row, name)


def _throw(work: Work, ticket: Ticket, row: ProcessInstance, name: str) -> None:
    """Tell a signal to the ticket's other processes now, and to other tickets soon."""
    if work.cause.depth < DEEPEST:
        send_message(work, ticket, f"{SIGNAL}{name}", but=row)
    broadcast(work, ticket, name)


def _wait(
    work: Work, ticket: Ticket, row: ProcessInstance, definition: Definition, instance: Instance
) -> None:
    """Give the ticket the state of the step it waits at; clocks rest where the step says so."""
    live = _live(definition, instance)
    stated = [step for step in live if step.state]
    laid_aside = ticket.pending_until is not None
    if stated and not laid_aside and not ticket.state.ended:
        step = stated[-1]
        state = maybe(work.session, State, step.state)
        if state is not None and state.id != ticket.state_id and not state.ended:
            cause = step_cause(work, f"{row.version.key} v{row.version.number}", step)
            apply_changes(work.as_desk().because(cause), ticket, {"state": state})
    people = [step for step in live if step.form or step.pause]
    label = f"{row.version.key} v{row.version.number}"
    here = people[-1] if people else live[-1] if live else None
    cause = step_cause(work, label, here) if here else Cause("step", label, {"version": label})
    if people and all(step.pause for step in people):
        pause_clocks(work.as_desk().because(cause), ticket)
    else:
        resume_clocks(work.as_desk().because(cause), ticket)


def wait_at(work: Work, ticket: Ticket, row: ProcessInstance) -> None:
    """Give the ticket what the steps say at which a running instance waits."""
    definition, instance, _ = opened(work, ticket, row)
    _wait(work, ticket, row, definition, instance)


def state_of_process(work: Work, ticket: Ticket) -> State:
    """The state that the step gives at which the ticket's process waits; without one it is open."""
    query = select(ProcessInstance).where(
        ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running"
    )
    for row in work.session.scalars(query.order_by(ProcessInstance.id.desc())):
        definition, instance, _ = opened(work, ticket, row)
        stated = [step.state for step in _live(definition, instance) if step.state]
        state = maybe(work.session, State, stated[-1]) if stated else None
        if state is not None and not state.ended:
            return state
    return by_name(work.session, State, "open")


def _live(definition: Definition, instance: Instance) -> list[Step]:
    return [definition.steps[name] for name in instance.live_steps if name in definition.steps]


def _end(
    work: Work,
    ticket: Ticket,
    row: ProcessInstance,
    definition: Definition,
    instance: Instance,
    progress: Progress,
) -> None:
    """The last end event closes the ticket, or hands it on to the process of another type."""
    row.status, row.ended_at = "done", work.now
    forget(work, row)
    ends = [definition.steps[e] for e in progress.end_steps if e in definition.steps]
    named = next((step for step in reversed(ends) if step.state), None)
    label = f"{row.version.key} v{row.version.number}"
    record(work, ticket.id, "process", label, "done")
    if ticket.state.ended or _handed_on(work, ticket, row, instance):
        return
    state = maybe(work.session, State, named.state if named else None)
    if state is None or not state.ended or state.type == "merged":
        state = by_name(work.session, State, "closed successful")
    cause = step_cause(work, label, named) if named else Cause("step", label, {"version": label})
    apply_changes(work.as_desk().because(cause), ticket, {"state": state})
    stop_clocks(work, ticket)
    ended(work.as_desk().because(cause), ticket, instance.data.get("result"))


def _handed_on(work: Work, ticket: Ticket, row: ProcessInstance, instance: Instance) -> bool:
    """Start the process of the type that the variable `reclassify_to` names, with the answers."""
    kind = maybe(work.session, TicketType, str(instance.data.get("reclassify_to") or ""))
    if kind is None or not kind.process_key or kind.process_key == row.version.key:
        return False
    label = f"{row.version.key} v{row.version.number}"
    by_process = work.as_desk().because(Cause("step", label, {"version": label}))
    apply_changes(by_process, ticket, {"type": kind.name})
    start_process(by_process, ticket, kind.process_key, answers=instance.data, again=True)
    return True


def _report(
    work: Work,
    ticket: Ticket,
    row: ProcessInstance,
    definition: Definition,
    fresh: list[WorkItem],
    *,
    ended: bool,
) -> None:
    """Tell the rules which steps have begun to wait, and that the process has ended."""
    label = f"{row.version.key} v{row.version.number}"
    for item in fresh:
        if item.status != "open":  # what a rule did about another one of them has ended it
            continue
        step = definition.steps.get(item.step_id)
        cause = step_cause(work, label, step) if step else work.cause
        follow_up(
            work.because(cause),
            ticket,
            "step.entered",
            step__id=item.step_id,
            step__lane=item.lane,
            step__for="customer" if item.for_customer else item.kind,
        )
    if ended:
        follow_up(work, ticket, "process.ended")
