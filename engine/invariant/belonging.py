"""What belongs to a process names its ticket, and its steps are on the lists of the right queue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import String, cast, select
from sqlalchemy.orm import aliased

from engine.catalogue.models import Queue
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, WorkItem
from engine.tickets.models import Ticket
from engine.timers.models import Timer

HOME = "It is put back to the ticket of its process."

STEP = Kind(
    "step.elsewhere",
    "A step is shown on another ticket",
    "“%(step)s” belongs to the process of this ticket, and is shown on %(other)s.",
    HOME,
    repairs=True,
)
FAILURE = Kind(
    "failure.elsewhere",
    "A failed step is shown on another ticket",
    "“%(step)s” belongs to the process of this ticket, and is shown on %(other)s.",
    HOME,
    repairs=True,
)
STAY = Kind(
    "stay.elsewhere",
    "A stay at a step is written down for another ticket",
    "“%(step)s” belongs to the process of this ticket, and is written down for %(other)s.",
    HOME,
    repairs=True,
)
QUEUE = Kind(
    "step.queue",
    "A step is on the list of another queue",
    "“%(step)s” is on the list of %(queue)s, and the ticket lies in %(home)s.",
    "Whichever of the two the history of the ticket does not know follows the other one.",
    repairs=True,
)
UNLOCK = Kind(
    "unlock.lost",
    "A step that nobody touches would stay with who took it",
    "%(queue)s takes back what nobody touches, and no timer is set for that on “%(step)s”.",
    "The timer is set.",
    repairs=True,
)


def elsewhere(model: Any, kind: Kind, ground: Ground, span: Span) -> Iterator[Found]:
    """Rows of a process that name another ticket than it does."""
    other = aliased(Ticket)
    query = (
        select(model.id, model.step_id, ProcessInstance.ticket_id, model.ticket_id, other.number)
        .join(ProcessInstance, ProcessInstance.id == model.instance_id)
        .outerjoin(other, other.id == model.ticket_id)
        .where(span.on(model.id, model.ticket_id), model.ticket_id != ProcessInstance.ticket_id)
    )
    for number, step, home, named, shown in ground.session.execute(query):
        values = {"step": step, "other": shown or str(named)}
        yield Found(kind.code, f"{model.__tablename__} {number}", number, home, values)


def in_queue(ground: Ground, span: Span) -> Iterator[Found]:
    """Open steps that follow the queue of their ticket and are on the list of another one."""
    home = aliased(Queue)
    query = (
        select(WorkItem.id, WorkItem.ticket_id, WorkItem.step_id, Queue.name, home.name)
        .join(Ticket, Ticket.id == WorkItem.ticket_id)
        .join(Queue, Queue.id == WorkItem.queue_id)
        .join(home, home.id == Ticket.queue_id)
        .where(
            span.on(WorkItem.id, WorkItem.ticket_id),
            WorkItem.status == "open",
            WorkItem.kind == "queue",
            WorkItem.explicit.is_(False),
            WorkItem.queue_id != Ticket.queue_id,
        )
    )
    for number, ticket, step, queue, lies in ground.session.execute(query):
        values = {"step": step, "queue": queue, "home": lies}
        yield Found(QUEUE.code, f"item {number}", number, ticket, values)


def unwatched(ground: Ground, span: Span) -> Iterator[Found]:
    """Steps that somebody has taken in a queue that takes back, and that no timer watches.

    What the queue says has just been changed where its open tickets are yet to be gone through.
    """
    under_way = select(Timer.id).where(Timer.kind == "promises")
    if ground.session.scalar(under_way.limit(1)) is not None:
        return
    timer = select(Timer.id).where(
        Timer.kind == "unlock", Timer.subject == cast(WorkItem.id, String)
    )
    query = (
        select(WorkItem.id, WorkItem.ticket_id, WorkItem.step_id, Queue.name)
        .join(Queue, Queue.id == WorkItem.queue_id)
        .where(
            span.on(WorkItem.id, WorkItem.ticket_id),
            WorkItem.status == "open",
            WorkItem.person_id.is_not(None),
            WorkItem.kind != "person",
            WorkItem.for_customer.is_(False),
            Queue.unlock_minutes > 0,
            ~timer.exists(),
        )
    )
    for number, ticket, step, queue in ground.session.execute(query):
        values = {"step": step, "queue": queue}
        yield Found(UNLOCK.code, f"item {number}", number, ticket, values)


ELSEWHERE = tuple(
    Look(f"home.{model.__tablename__}", partial(elsewhere, model, kind), (kind,), model.id)
    for model, kind in ((WorkItem, STEP), (Incident, FAILURE), (StepVisit, STAY))
)
QUEUES = Look("queues", in_queue, (QUEUE,), WorkItem.id)
UNLOCKS = Look("unlock", unwatched, (UNLOCK,), WorkItem.id)
