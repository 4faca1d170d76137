"""All lists of tickets, with the permission inside the query and keyset paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.catalogue.models import ENDED_TYPES, Queue, State
from engine.catalogue.published import ProcessVersion
from engine.catalogue.shelf import shelve, shelve_version
from engine.errors import NotFound
from engine.sla.models import TicketClock
from engine.tickets.access import visible, visible_articles
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
from engine.tickets.moves import MigrationTicket
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


def tickets(
    session: Session,
    actor: Actor,
    wanted: Filter,
    *,
    before: int | None = None,
    limit: int = PAGE,
    whole: bool = False,
) -> list[Ticket]:
    """A page of tickets, newest first; `before` is the id of the last one of the page before.

    `whole` brings everything along that a ticket refers to.
    """
    query = _filtered(select(Ticket).where(visible(actor)), wanted)
    if before is not None:
        query = query.where(Ticket.id < before)
    query = query.options(joinedload(Ticket.owner), joinedload(Ticket.customer))
    if whole:
        query = query.options(joinedload(Ticket.responsible), selectinload(Ticket.tag_rows))
    found = session.scalars(query.order_by(Ticket.id.desc()).limit(limit))
    return [shelve(session, row) for row in found]


def count(session: Session, actor: Actor, wanted: Filter, *, most: int | None = None) -> int:
    """How many tickets the actor would see with this filter; `most` is enough where it is given."""
    found = _filtered(select(Ticket.id).where(visible(actor)), wanted).limit(most).subquery()
    return int(session.scalar(select(func.count()).select_from(found)) or 0)


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


def articles(
    session: Session,
    actor: Actor,
    ticket: Ticket,
    *,
    after: int | None = None,
    limit: int | None = None,
    last: int | None = None,
    before: int | None = None,
    since: int | None = None,
) -> Sequence[Article]:
    """The conversation as the actor may read it, oldest first.

    `limit` bounds it to so many, `last` to the latest ones; the others are ids of articles.
    """
    query = (
        select(Article)
        .where(Article.ticket_id == ticket.id, visible_articles(actor))
        .options(joinedload(Article.attachments))
    )
    if after is not None:
        query = query.where(Article.id > after)
    if before is not None:
        query = query.where(Article.id < before)
    if since is not None:
        query = query.where(Article.id >= since)
    if last is None:
        return session.scalars(query.order_by(Article.id).limit(limit)).unique().all()
    return session.scalars(query.order_by(Article.id.desc()).limit(last)).unique().all()[::-1]


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
    """Tickets linked with this one that the actor may read, each with what it is to this one."""
    source, target = TicketLink.source_id, TicketLink.target_id
    others = union_all(
        select(TicketLink.kind, target.label("other")).where(source == ticket.id),
        select(
            case((TicketLink.kind == "child", "parent"), else_=TicketLink.kind).label("kind"),
            source.label("other"),
        ).where(target == ticket.id),
    ).subquery()
    query = select(others.c.kind, Ticket).join(others, Ticket.id == others.c.other)
    query = query.where(visible(actor)).order_by(Ticket.id)
    return [(kind, shelve(session, row)) for kind, row in session.execute(query)]


def draft(session: Session, actor: Actor, key: str) -> dict[str, Any]:
    """What the actor has typed under this key and not sent yet; empty when there is nothing."""
    row = draft_row(session, actor, key)
    return dict(row.content) if row else {}


def draft_row(session: Session, actor: Actor, key: str) -> Draft | None:
    """The actor's draft under this key, with its time."""
    return session.scalar(select(Draft).where(Draft.person_id == actor.id, Draft.key == key))


def open_items(session: Session, ticket: Ticket) -> list[WorkItem]:
    """The steps that wait on this ticket."""
    query = select(WorkItem).where(WorkItem.ticket_id == ticket.id, WorkItem.status == "open")
    query = query.options(joinedload(WorkItem.person))
    return list(session.scalars(query.order_by(WorkItem.id)))


def instance_of(session: Session, ticket: Ticket) -> ProcessInstance | None:
    """The process instance that the ticket is in now, else its last one."""
    query = select(ProcessInstance).where(ProcessInstance.ticket_id == ticket.id)
    found = session.scalars(query.order_by(ProcessInstance.id.desc()).limit(1)).first()
    return shelve_version(session, found) if found is not None else None


def versions_of(session: Session, ticket_id: int) -> list[ProcessVersion]:
    """The versions of processes that a ticket is or has been on, the latest last."""
    on = select(ProcessInstance.version_id).where(ProcessInstance.ticket_id == ticket_id)
    left = select(MigrationTicket.from_id).where(MigrationTicket.ticket_id == ticket_id)
    query = select(ProcessVersion).where(ProcessVersion.id.in_(on.union(left)))
    return list(session.scalars(query.order_by(ProcessVersion.id)))


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
    query = select(TicketClock).where(TicketClock.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(TicketClock.kind)))


def history(
    session: Session, ticket: Ticket, *, before: int | None = None, limit: int = 500
) -> list[HistoryEntry]:
    """What happened to a ticket, newest first; `before` is an entry's id."""
    query = select(HistoryEntry).where(HistoryEntry.ticket_id == ticket.id)
    if before is not None:
        query = query.where(HistoryEntry.id < before)
    return list(session.scalars(query.order_by(HistoryEntry.id.desc()).limit(limit)))


def traces(session: Session, ticket: Ticket) -> list[DecisionTrace]:
    """What the rules decided about a ticket, newest first."""
    query = select(DecisionTrace).where(DecisionTrace.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(DecisionTrace.id.desc()).limit(200)))


def inbound(
    session: Session, *, outcome: str | None = None, sender: str = "", limit: int = 100
) -> list[InboundMessage]:
    """What reached us lately and what became of it."""
    query = select(InboundMessage).order_by(InboundMessage.id.desc()).limit(limit)
    if outcome:
        query = query.where(InboundMessage.outcome == outcome)
    if sender:
        query = query.where(InboundMessage.sender == sender.strip().lower())
    return list(session.scalars(query))
