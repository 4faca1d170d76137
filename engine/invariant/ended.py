"""What has ended waits for nothing: neither a ticket nor a process."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, cast, literal, or_, select

from engine.catalogue.models import ENDED_TYPES, State
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, Subscription, WorkItem
from engine.tickets.models import Ticket
from engine.timers.models import Timer

RUNS_ON = Kind(
    "process.runs_on",
    "A process runs on a ticket that has ended",
    "The ticket is “%(state)s”, and its process still waits for somebody or something.",
    "The process is cancelled; the ticket stays as it is.",
    repairs=True,
)
AGAIN = Kind(
    "process.again",
    "A process that ended long ago counts as running",
    "It ended on %(at)s, and is written down as running once more.",
    "It has ended again; nothing follows from that a second time.",
    repairs=True,
)
LEFT = Kind(
    "process.left_rows",
    "A process that has ended still waits",
    "It has ended, and left behind: %(what)s.",
    "What it left behind is ended, too.",
    repairs=True,
)
NO_END = Kind(
    "ticket.no_end",
    "A ticket has ended at no time",
    "The ticket is “%(state)s”, and the time of its end does not fit that.",
    "The time is taken from its history.",
    repairs=True,
)


def running(ground: Ground, span: Span) -> Iterator[Found]:
    """Running processes of tickets that have ended, and those that have ended themselves."""
    ended = ProcessInstance.ended_at
    query = (
        select(ProcessInstance.id, Ticket.id, State.name, ended)
        .join(Ticket, Ticket.id == ProcessInstance.ticket_id)
        .join(State, State.id == Ticket.state_id)
        .where(
            span.on(ProcessInstance.id, ProcessInstance.ticket_id),
            ProcessInstance.status == "running",
            or_(State.type.in_(ENDED_TYPES), ended.is_not(None)),
        )
    )
    for number, ticket, state, at in ground.session.execute(query):
        kind, values = (AGAIN, {"at": at.isoformat()}) if at else (RUNS_ON, {"state": state})
        yield Found(kind.code, f"process {number}", number, ticket, values)


def left_behind(ground: Ground, span: Span) -> Iterator[Found]:
    """Open rows of processes that do not run."""
    item = select(WorkItem.id).where(
        WorkItem.instance_id == ProcessInstance.id, WorkItem.status == "open"
    )
    await_ = select(Subscription.instance_id).where(Subscription.instance_id == ProcessInstance.id)
    stay = select(StepVisit.id).where(
        StepVisit.instance_id == ProcessInstance.id, StepVisit.left_at.is_(None)
    )
    failure = select(Incident.id).where(
        Incident.instance_id == ProcessInstance.id, Incident.resolved_at.is_(None)
    )
    timer = select(Timer.id).where(
        Timer.kind == literal("step"), Timer.subject == cast(ProcessInstance.id, String)
    )
    left = {
        "steps": item.exists(), "messages": await_.exists(), "stays": stay.exists(),
        "failures": failure.exists(), "timer": timer.exists(),
    }  # fmt: skip
    query = select(ProcessInstance.id, ProcessInstance.ticket_id, *left.values()).where(
        span.on(ProcessInstance.id, ProcessInstance.ticket_id),
        ProcessInstance.status != "running",
        or_(*left.values()),
    )
    for number, ticket, *there in ground.session.execute(query):
        what = ", ".join(name for name, one in zip(left, there, strict=True) if one)
        yield Found(LEFT.code, f"process {number}", number, ticket, {"what": what})


def at_no_time(ground: Ground, span: Span) -> Iterator[Found]:
    """Tickets that have ended without a time of their end, and open ones that have one."""
    ended = State.type.in_(ENDED_TYPES)
    query = (
        select(Ticket.id, State.name)
        .join(State, State.id == Ticket.state_id)
        .where(
            span.on(Ticket.id, Ticket.id),
            or_(ended & Ticket.closed_at.is_(None), ~ended & Ticket.closed_at.is_not(None)),
        )
    )
    for ticket, state in ground.session.execute(query):
        yield Found(NO_END.code, f"ticket {ticket}", ticket, ticket, {"state": state})


RUNNING = Look("running", running, (RUNS_ON, AGAIN), ProcessInstance.id)
LEFT_BEHIND = Look("left", left_behind, (LEFT,), ProcessInstance.id)
AT_NO_TIME = Look("ends", at_no_time, (NO_END,), Ticket.id)
