"""Helping along a ticket whose step has failed, or that stands at the wrong step.

Who looks after a process may try again, skip and move without reading the ticket: of it they are
told no more than its number, the step and the reason. Variables are what somebody said about the
ticket, so changing them takes the right to change it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from engine.audit.trail import record
from engine.catalogue.published import ProcessInForce
from engine.catalogue.shelf import shelve
from engine.commands.facts import variables_of
from engine.commands.hooks import DeskHooks
from engine.commands.processes import opened, process_for, settle, start_process
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.tickets.access import may, reads, require
from engine.tickets.flow import Incident, ProcessInstance
from engine.tickets.models import Ticket
from engine.work import Actor, Work
from engine.workflow import Definition, Instance, Progress, Step

OWNERS = frozenset({"owner", "admin"})
LONGEST_REASON = 2_000
LONGEST_VALUE = 10_000
DEALT_WITH = "This has been dealt with already."
NEVER_BEGUN = "The process never began, so there is nothing to do but to try again."
NO_REASON = "Say why: it is written in the history of the ticket."
FACT = "“ticket” is what the ticket itself says. Change the ticket instead."


def incident_for(work: Work, incident_id: int) -> Incident:
    """The incident with this id, for who may do something about it; else `NotFound`."""
    incident = work.session.get(Incident, incident_id)
    if incident is None or not may_help(work, incident.ticket):
        raise NotFound("There is no such incident.")
    return incident


def may_help(work: Work, ticket: Ticket) -> bool:
    """Whether the actor may try again: who works on the ticket, and who looks after processes."""
    shelve(work.session, ticket)
    return owns(work.actor) or may(work.session, work.actor, ticket, "work")


def may_redirect(work: Work, ticket: Ticket) -> bool:
    """Whether the actor may skip a failed step or move the ticket to another one."""
    shelve(work.session, ticket)
    return owns(work.actor) or may(work.session, work.actor, ticket, "change")


def owns(actor: Actor) -> bool:
    """Whether the actor looks after processes."""
    return actor.is_system or bool(actor.roles & OWNERS)


def retry(work: Work, incident: Incident, reason: str = "") -> None:
    """Try a failed step again from the last good state."""
    ticket = _may(work, incident.ticket, may_help)
    row = _row(work, incident)
    record(work, ticket.id, "incident", incident.step_id, "tried again", reason=_bounded(reason))
    if row is None:
        incident.resolved_at = work.now
        start_process(work, ticket, _wanted(work, incident), again=True)
        return
    definition, instance, hooks = opened(work, ticket, row)
    progress = instance.retry(work.now, incident.task_id)
    settle(work, ticket, row, definition, instance, progress, hooks)


def skip(work: Work, incident: Incident, reason: str) -> None:
    """Leave a failed step as if it had ended without a result."""
    step = incident.step_id
    _help(work, incident, reason, "skipped", lambda i: i.skip(incident.task_id, work.now), step)


def move(work: Work, incident: Incident, step_id: str, reason: str) -> None:
    """Let the ticket go on at another step than the one that failed."""
    _help(
        work, incident, reason, "moved",
        lambda instance: instance.move(incident.task_id, step_id, work.now), step_id,
    )  # fmt: skip


def mend(work: Work, incident: Incident, values: Mapping[str, Any], reason: str) -> None:
    """Change variables that the failed step reads, and try it again."""
    require(work, incident.ticket, "change")
    if "ticket" in values:
        raise Invalid(FACT)
    if not values:
        raise Invalid("Name a variable and its new value.")
    told = ", ".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()
    )
    row = _row(work, incident)
    if row is None:
        raise Invalid(NEVER_BEGUN)
    definition, instance, hooks = opened(work, incident.ticket, row)
    progress = instance.mend(incident.task_id, values, work.now)
    record(
        work, incident.ticket_id, "variable", incident.step_id, told[:LONGEST_REASON],
        reason=_said(reason),
    )  # fmt: skip
    settle(work, incident.ticket, row, definition, instance, progress, hooks)


def move_token(work: Work, ticket: Ticket, task_id: str, step_id: str, reason: str) -> None:
    """Let a ticket that has not failed go on at another step; for those who own processes."""
    row, (definition, instance, hooks) = _owned(work, ticket)
    left = instance.places.get(task_id, "")
    _end_incident(work, row, task_id)
    progress = instance.move(task_id, step_id, work.now)
    record(work, ticket.id, "step moved", left, step_id, reason=_said(reason))
    settle(work, ticket, row, definition, instance, progress, hooks)


def skip_token(work: Work, ticket: Ticket, task_id: str, reason: str) -> None:
    """Leave a step that has not failed without a result; for those who own processes."""
    row, (definition, instance, hooks) = _owned(work, ticket)
    left = instance.places.get(task_id, "")
    _end_incident(work, row, task_id)
    progress = instance.skip(task_id, work.now)
    record(work, ticket.id, "incident", left, "skipped", reason=_said(reason))
    settle(work, ticket, row, definition, instance, progress, hooks)


def _owned(
    work: Work, ticket: Ticket
) -> tuple[ProcessInstance, tuple[Definition, Instance, DeskHooks]]:
    require(work, ticket, "read")
    if not owns(work.actor):
        raise NotAllowed("Only who looks after processes moves a ticket to another step.")
    row = running(work, ticket)
    if row is None:
        raise Conflict("No process runs on this ticket.")
    return row, opened(work, ticket, row)


def ways_on(work: Work, ticket: Ticket) -> dict[str, tuple[Step, list[Step]]]:
    """By token of the running process the step where it rests, and those it may be moved to."""
    row = running(work, ticket)
    if row is None:
        return {}
    definition, instance, _ = opened(work, ticket, row)
    failed = {failure.task_id: failure.step_id for failure in instance.failures}
    found = {}
    for task_id, step_id in (failed | instance.places).items():
        fit = [definition.steps[key] for key in instance.targets(task_id)]
        found[task_id] = (definition.steps[step_id], fit)
    return found


def variables_at(work: Work, incident: Incident) -> dict[str, Any]:
    """The variables as a failed step reads them, without the ticket's own facts."""
    row = work.session.get(ProcessInstance, incident.instance_id or 0)
    if row is None or row.status != "running" or incident.resolved_at is not None:
        return {}
    _, instance, _ = opened(work, incident.ticket, row)
    facts = variables_of(work, incident.ticket)
    found = instance.variables(incident.task_id)
    return {name: value for name, value in sorted(found.items()) if name not in facts}


def value_of(text: str) -> Any:
    """What somebody typed as a value: a number, yes or no, a list …, else the text as it stands."""
    if len(text) > LONGEST_VALUE:
        raise Invalid("This value is too long.")
    try:
        return json.loads(text, parse_constant=lambda _: text)
    except (ValueError, RecursionError):
        return text


def running(work: Work, ticket: Ticket) -> ProcessInstance | None:
    """The process that runs on a ticket now."""
    query = select(ProcessInstance).where(
        ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running"
    )
    return work.session.scalars(query.order_by(ProcessInstance.id.desc())).first()


def _help(
    work: Work,
    incident: Incident,
    reason: str,
    what: str,
    act: Callable[[Instance], Progress],
    step_id: str,
) -> None:
    ticket = _may(work, incident.ticket, may_redirect)
    row = _row(work, incident)
    if row is None:
        raise Invalid(NEVER_BEGUN)
    said = _said(reason)
    definition, instance, hooks = opened(work, ticket, row)
    progress = act(instance)
    incident.resolved_at = work.now
    if what == "skipped":
        record(work, ticket.id, "incident", incident.step_id, what, reason=said)
    else:
        record(work, ticket.id, "step moved", incident.step_id, step_id, reason=said)
    settle(work, ticket, row, definition, instance, progress, hooks)


def _wanted(work: Work, incident: Incident) -> str:
    """The process that could not begin, which an offer may have named; else the ticket's own."""
    if work.session.get(ProcessInForce, incident.step_id) is not None:
        return incident.step_id
    return process_for(work, incident.ticket)


def _may(work: Work, ticket: Ticket, allowed: Callable[[Work, Ticket], bool]) -> Ticket:
    if allowed(work, ticket):
        return ticket
    if reads(work.session, work.actor, ticket):
        raise NotAllowed("You do not have the right to do this with this ticket.")
    raise NotFound("There is no such ticket.")


def _row(work: Work, incident: Incident) -> ProcessInstance | None:
    """The process of an open incident, None where it could not begin; raises `Conflict`."""
    row = work.session.get(ProcessInstance, incident.instance_id or 0)
    over = incident.ticket.state.ended if row is None else row.status != "running"
    if over or incident.resolved_at is not None:
        raise Conflict(DEALT_WITH)
    return row


def _end_incident(work: Work, row: ProcessInstance, task_id: str) -> None:
    query = select(Incident).where(
        Incident.instance_id == row.id, Incident.task_id == task_id, Incident.resolved_at.is_(None)
    )
    for incident in work.session.scalars(query):
        incident.resolved_at = work.now


def _said(reason: str) -> str:
    found = _bounded(reason)
    if not found:
        raise Invalid(NO_REASON, fields={"reason": NO_REASON})
    return found


def _bounded(reason: str) -> str:
    return reason.strip()[:LONGEST_REASON]
