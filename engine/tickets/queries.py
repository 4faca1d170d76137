"""All lists of tickets and tasks, with the permission inside the query and keyset paging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, nulls_last, or_, select
from sqlalchemy.orm import Session, joinedload

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.catalogue.models import ENDED_TYPES, Queue, State
from engine.errors import NotFound
from engine.sla.models import TicketClock
from engine.tickets.access import takeable, visible, visible_articles
from engine.tickets.flow import Incident, ProcessInstance, StepLog, WorkItem
from engine.tickets.models import (
    Article,
    Attachment,
    Draft,
    InboundMessage,
    Ticket,
    TicketLink,
    TicketTag,
)
from engine.work import Actor

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """What a list shows; every field narrows it."""

    queue: str | None = None  # with everything below it
    state_type: str | None = None
    open_only: bool = False
    ended_only: bool = False
    owner_id: int | None = None
    unowned: bool = False
    customer_id: int | None = None
    organisation_id: int | None = None
    tag: str | None = None
    type: str | None = None
    priority: int | None = None
    text_ids: Select[Any] | None = None


@dataclass(frozen=True)
class QueueLoad:
    """How much waits in one queue."""

    queue: Queue
    open: int
    unclaimed: int
    oldest: datetime | None


def tickets(
    session: Session, actor: Actor, wanted: Filter, *, before: int | None = None, limit: int = PAGE
) -> list[Ticket]:
    """A page of tickets, newest first; `before` is the id of the last one of the page before."""
    query = _filtered(select(Ticket).where(visible(actor)), wanted)
    if before is not None:
        query = query.where(Ticket.id < before)
    query = query.options(
        joinedload(Ticket.queue),
        joinedload(Ticket.state),
        joinedload(Ticket.priority),
        joinedload(Ticket.owner),
        joinedload(Ticket.customer),
    )
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(limit)))


def count(session: Session, actor: Actor, wanted: Filter) -> int:
    """How many tickets the actor would see with this filter."""
    query = _filtered(select(func.count(Ticket.id)).where(visible(actor)), wanted)
    return int(session.scalar(query) or 0)


def _filtered(query: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.queue:
        like = wanted.queue.replace("%", "\\%").replace("_", "\\_") + "::%"
        inside = or_(Queue.name == wanted.queue, Queue.name.like(like, escape="\\"))
        query = query.where(Ticket.queue_id.in_(select(Queue.id).where(inside)))
    if wanted.open_only:
        ended = select(State.id).where(State.type.in_(ENDED_TYPES))
        query = query.where(Ticket.state_id.not_in(ended))
    if wanted.ended_only:
        ended = select(State.id).where(State.type.in_(ENDED_TYPES))
        query = query.where(Ticket.state_id.in_(ended))
    if wanted.state_type:
        states = select(State.id).where(State.type == wanted.state_type)
        query = query.where(Ticket.state_id.in_(states))
    for column, value in (
        (Ticket.owner_id, wanted.owner_id),
        (Ticket.customer_id, wanted.customer_id),
        (Ticket.organisation_id, wanted.organisation_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.unowned:
        query = query.where(Ticket.owner_id.is_(None))
    if wanted.type:
        query = query.where(Ticket.type.has(name=wanted.type))
    if wanted.priority:
        query = query.where(Ticket.priority.has(rank=wanted.priority))
    if wanted.tag:
        tagged = select(TicketTag.ticket_id).where(TicketTag.tag == wanted.tag)
        query = query.where(Ticket.id.in_(tagged))
    if wanted.text_ids is not None:
        query = query.where(Ticket.id.in_(wanted.text_ids))
    return query


def my_tasks(session: Session, actor: Actor, *, limit: int = 100) -> list[WorkItem]:
    """Open steps that wait for this person, the soonest due first."""
    query = _tasks().where(WorkItem.person_id == actor.id)
    return list(session.scalars(_by_clock(query).limit(limit)))


def unclaimed_tasks(
    session: Session, actor: Actor, *, queue: str | None = None, limit: int = PAGE
) -> list[WorkItem]:
    """Open steps that nobody has taken and the actor could take, the soonest due first."""
    query = _tasks().join(WorkItem.queue)
    query = query.where(WorkItem.person_id.is_(None), takeable(actor))
    if queue:
        query = query.where(or_(Queue.name == queue, Queue.name.startswith(queue + "::")))
    return list(session.scalars(_by_clock(query).limit(limit)))


def unclaimed_count(session: Session, actor: Actor) -> int:
    """How many open steps nobody has taken that the actor could take."""
    query = select(func.count(WorkItem.id)).join(WorkItem.queue)
    waiting = (WorkItem.status == "open", WorkItem.person_id.is_(None), takeable(actor))
    return int(session.scalar(query.where(*waiting)) or 0)


def warnings(session: Session, tickets: Iterable[Ticket]) -> dict[int, datetime]:
    """By ticket id the moment from which its nearest running clock counts as due soon."""
    query = (
        select(TicketClock.ticket_id, func.min(TicketClock.warn_at))
        .where(
            TicketClock.ticket_id.in_({ticket.id for ticket in tickets}),
            TicketClock.stopped_at.is_(None),
            TicketClock.warn_at.is_not(None),
        )
        .group_by(TicketClock.ticket_id)
    )
    return {ticket_id: moment for ticket_id, moment in session.execute(query) if moment}


def _tasks() -> Select[Any]:
    return (
        select(WorkItem)
        .join(WorkItem.ticket)
        .where(WorkItem.status == "open")
        .options(
            joinedload(WorkItem.ticket).joinedload(Ticket.customer),
            joinedload(WorkItem.ticket).joinedload(Ticket.state),
            joinedload(WorkItem.ticket).joinedload(Ticket.priority),
            joinedload(WorkItem.queue),
        )
    )


def _by_clock(query: Select[Any]) -> Select[Any]:
    soonest = func.coalesce(WorkItem.due_at, Ticket.due_at)
    return query.order_by(nulls_last(soonest), Ticket.priority_id.desc(), WorkItem.id)


def queue_loads(session: Session, actor: Actor) -> list[QueueLoad]:
    """The actor's queues with what waits in them."""
    groups = actor.groups_with("ro")
    open_tickets = (
        select(Ticket.queue_id, func.count(Ticket.id).label("open"))
        .join(State)
        .where(State.type.not_in(ENDED_TYPES))
        .group_by(Ticket.queue_id)
        .subquery()
    )
    waiting = (
        select(
            WorkItem.queue_id,
            func.count(WorkItem.id).label("unclaimed"),
            func.min(WorkItem.created_at).label("oldest"),
        )
        .where(
            WorkItem.status == "open",
            WorkItem.person_id.is_(None),
            WorkItem.for_customer.is_(False),
            WorkItem.kind == "queue",
        )
        .group_by(WorkItem.queue_id)
        .subquery()
    )
    query = (
        select(Queue, open_tickets.c.open, waiting.c.unclaimed, waiting.c.oldest)
        .outerjoin(open_tickets, open_tickets.c.queue_id == Queue.id)
        .outerjoin(waiting, waiting.c.queue_id == Queue.id)
        .where(Queue.active, Queue.group_id.in_(groups))
        .order_by(Queue.name)
    )
    return [QueueLoad(q, o or 0, u or 0, oldest) for q, o, u, oldest in session.execute(query)]


def articles(session: Session, actor: Actor, ticket: Ticket) -> Sequence[Article]:
    """The conversation as the actor may read it, oldest first."""
    query = (
        select(Article)
        .where(Article.ticket_id == ticket.id, visible_articles(actor))
        .options(joinedload(Article.attachments))
        .order_by(Article.id)
    )
    return session.scalars(query).unique().all()


def article(session: Session, actor: Actor, article_id: int) -> Article:
    """One article that the actor may read; foreign and absent ones are the same `NotFound`."""
    query = (
        select(Article)
        .join(Article.ticket)
        .where(Article.id == article_id, visible(actor), visible_articles(actor))
        .options(joinedload(Article.attachments), joinedload(Article.ticket))
    )
    found = session.scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound("There is no such message.")
    return found


def attachment(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """One file whose article the actor may read, else `NotFound`."""
    query = (
        select(Attachment)
        .join(Attachment.article)
        .join(Article.ticket)
        .where(Attachment.id == attachment_id, visible(actor), visible_articles(actor))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("There is no such file.")
    return found


def linked(session: Session, actor: Actor, ticket: Ticket) -> list[tuple[str, Ticket]]:
    """Tickets linked with this one that the actor may read, each with the kind of link."""
    found = []
    for mine, other in (
        (TicketLink.source_id, TicketLink.target_id),
        (TicketLink.target_id, TicketLink.source_id),
    ):
        query = (
            select(TicketLink.kind, Ticket)
            .join(Ticket, Ticket.id == other)
            .where(mine == ticket.id, visible(actor))
            .options(joinedload(Ticket.state))
        )
        found += [(kind, row) for kind, row in session.execute(query)]
    return found


def draft(session: Session, actor: Actor, key: str) -> dict[str, Any]:
    """What the actor has typed under this key and not sent yet; empty when there is nothing."""
    query = select(Draft.content).where(Draft.person_id == actor.id, Draft.key == key)
    return dict(session.scalar(query) or {})


def open_items(session: Session, ticket: Ticket) -> list[WorkItem]:
    """The steps that wait on this ticket."""
    query = select(WorkItem).where(WorkItem.ticket_id == ticket.id, WorkItem.status == "open")
    return list(session.scalars(query.order_by(WorkItem.id)))


def instance_of(session: Session, ticket: Ticket) -> ProcessInstance | None:
    """The process instance that the ticket is in now, else its last one."""
    query = select(ProcessInstance).where(ProcessInstance.ticket_id == ticket.id)
    return session.scalars(query.order_by(ProcessInstance.id.desc())).first()


def step_log(session: Session, instance: ProcessInstance) -> list[StepLog]:
    """The path of an instance, oldest first."""
    query = select(StepLog).where(StepLog.instance_id == instance.id).order_by(StepLog.id)
    return list(session.scalars(query))


def incidents(session: Session, ticket: Ticket | None = None) -> list[Incident]:
    """Unresolved incidents of one ticket or of all, newest first."""
    query = select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id.desc())
    if ticket is not None:
        query = query.where(Incident.ticket_id == ticket.id)
    return list(session.scalars(query))


def clocks(session: Session, ticket: Ticket) -> list[TicketClock]:
    """The clocks of a ticket that an SLA promises, first response before solution."""
    query = select(TicketClock).where(
        TicketClock.ticket_id == ticket.id, TicketClock.idle.is_(False)
    )
    return list(session.scalars(query.order_by(TicketClock.kind)))


def history(session: Session, ticket: Ticket, *, limit: int = 500) -> list[HistoryEntry]:
    """What happened to a ticket, newest first."""
    query = select(HistoryEntry).where(HistoryEntry.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(HistoryEntry.id.desc()).limit(limit)))


def traces(session: Session, ticket: Ticket) -> list[DecisionTrace]:
    """What the rules decided about a ticket, newest first."""
    query = select(DecisionTrace).where(DecisionTrace.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(DecisionTrace.id.desc()).limit(200)))


def inbound(
    session: Session, *, outcome: str | None = None, limit: int = 100
) -> list[InboundMessage]:
    """What reached us lately and what became of it."""
    query = select(InboundMessage).order_by(InboundMessage.id.desc()).limit(limit)
    if outcome:
        query = query.where(InboundMessage.outcome == outcome)
    return list(session.scalars(query))
