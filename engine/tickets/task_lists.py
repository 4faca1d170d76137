"""Lists of steps that wait for agents, and how many: each number counts what its list shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from engine.catalogue.models import ENDED_TYPES, Priority, Queue, State
from engine.db.keyset import Key, beyond, ordered, place_of, read_place
from engine.sla.models import TicketClock
from engine.tickets.access import takeable
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.reminders import put_off
from engine.work import Actor

PAGE = 50

_SOONEST = case(
    (Ticket.due_at < WorkItem.due_at, Ticket.due_at),
    else_=func.coalesce(WorkItem.due_at, Ticket.due_at, type_=WorkItem.due_at.type),
)
BY_CLOCK = (
    Key(_SOONEST, lambda item: item.soonest, datetime, optional=True),
    Key(Priority.rank, lambda item: item.ticket.priority.rank, descending=True),
    Key(WorkItem.id, lambda item: item.id),
)


@dataclass(frozen=True)
class QueueLoad:
    """How much waits in one queue: open tickets that one reads, tasks that one could take."""

    queue: Queue
    open: int
    unclaimed: int
    oldest: datetime | None


@dataclass(frozen=True)
class Load:
    """How much waits for one person."""

    all: int = 0
    overdue: int = 0
    soon: int = 0  # due before a moment that is asked for


def my_tasks(
    session: Session,
    actor: Actor,
    *,
    queue: str = "",
    after: str = "",
    limit: int = 100,
    now: datetime | None = None,
) -> list[WorkItem]:
    """Open steps that wait for this person, the soonest due first.

    Those that they have put off are left out where it is said what time it is.
    """
    return _page(session, _in_queue(_mine(_rows(), actor, now), queue), after, limit)


def unclaimed_tasks(
    session: Session,
    actor: Actor,
    *,
    queue: str | None = None,
    after: str = "",
    limit: int = PAGE,
    now: datetime | None = None,
) -> list[WorkItem]:
    """Open steps that nobody has taken and the actor could take, the soonest due first.

    `now` is as for `my_tasks`: nobody has put off what nobody has taken.
    """
    query = _in_queue(_unclaimed(_rows(), actor), queue)
    return _page(session, query, after, limit)


def my_load(session: Session, actor: Actor, now: datetime, until: datetime) -> Load:
    """How many open steps wait for this person, how many are late, how many are due by `until`."""
    late = case((now >= _SOONEST, 1), else_=0)
    soon = case(((now < _SOONEST) & (until >= _SOONEST), 1), else_=0)
    sums = (func.count(WorkItem.id), func.sum(late), func.sum(soon))
    query: Any = select(*sums).join(WorkItem.ticket)
    found = session.execute(_mine(query, actor, now)).one()
    return Load(*(int(value or 0) for value in found))


def my_count(session: Session, actor: Actor, queue: str = "", now: datetime | None = None) -> int:
    """How many open steps wait for this person; see `my_tasks`."""
    query: Any = select(func.count(WorkItem.id)).join(WorkItem.queue).join(WorkItem.ticket)
    return int(session.scalar(_in_queue(_mine(query, actor, now), queue)) or 0)


def unclaimed_count(session: Session, actor: Actor, queue: str = "") -> int:
    """How many open steps nobody has taken that the actor could take."""
    query = _unclaimed(select(func.count(WorkItem.id)).join(WorkItem.queue), actor)
    return int(session.scalar(_in_queue(query, queue)) or 0)


def is_place(text: str) -> bool:
    """Whether a text is a place in these lists."""
    return read_place(BY_CLOCK, text) is not None


def place(item: WorkItem) -> str:
    """Where a step stands in these lists; the next page begins behind it."""
    return place_of(BY_CLOCK, item)


@dataclass(frozen=True)
class Nearest:
    """The running clock of a ticket that is due first: its kind, and from when that is soon."""

    kind: str
    due: datetime
    soon: datetime | None


def nearest(session: Session, tickets: Iterable[Ticket]) -> dict[int, Nearest]:
    """By ticket id its clock that is due first; tickets without a running one are left out."""
    query = select(
        TicketClock.ticket_id, TicketClock.kind, TicketClock.due_at, TicketClock.warn_at
    ).where(
        TicketClock.ticket_id.in_({ticket.id for ticket in tickets}),
        TicketClock.stopped_at.is_(None),
        TicketClock.due_at.is_not(None),
    )
    found: dict[int, Nearest] = {}
    for ticket_id, kind, due, soon in session.execute(query):
        if due is not None and (ticket_id not in found or due < found[ticket_id].due):
            found[ticket_id] = Nearest(kind, due, soon)
    return found


def queue_loads(session: Session, actor: Actor) -> list[QueueLoad]:
    """The queues that the actor reads or could take something from, with what waits in them."""
    readable = Queue.group_id.in_(actor.groups_with("ro"))
    open_tickets = (
        select(Ticket.queue_id, func.count(Ticket.id).label("open"))
        .join(State)
        .where(
            State.type.not_in(ENDED_TYPES), Ticket.queue_id.in_(select(Queue.id).where(readable))
        )
        .group_by(Ticket.queue_id)
        .subquery()
    )
    columns = (
        WorkItem.queue_id,
        func.count(WorkItem.id).label("unclaimed"),
        func.min(WorkItem.created_at).label("oldest"),
    )
    rows: Any = select(*columns).join(WorkItem.queue)
    waiting_in = _unclaimed(rows, actor).group_by(WorkItem.queue_id).subquery()
    query = (
        select(Queue, open_tickets.c.open, waiting_in.c.unclaimed, waiting_in.c.oldest)
        .outerjoin(open_tickets, open_tickets.c.queue_id == Queue.id)
        .outerjoin(waiting_in, waiting_in.c.queue_id == Queue.id)
        .where(or_(Queue.active & readable, waiting_in.c.unclaimed > 0))
        .order_by(Queue.name)
    )
    return [QueueLoad(q, o or 0, u or 0, oldest) for q, o, u, oldest in session.execute(query)]


def _rows() -> Select[Any]:
    return (
        select(WorkItem)
        .join(WorkItem.ticket)
        .join(Ticket.priority)
        .join(WorkItem.queue)
        .options(
            contains_eager(WorkItem.queue),
            contains_eager(WorkItem.ticket).options(
                contains_eager(Ticket.priority),
                joinedload(Ticket.customer),
                joinedload(Ticket.state),
            ),
            joinedload(WorkItem.group),
            joinedload(WorkItem.person),
        )
    )


def _open(query: Select[Any]) -> Select[Any]:
    return query.where(WorkItem.status == "open")


def _mine(query: Select[Any], actor: Actor, now: datetime | None) -> Select[Any]:
    query = _open(query).where(WorkItem.person_id == actor.id)
    return query if now is None else query.where(~put_off(actor, now))


def _unclaimed(query: Select[Any], actor: Actor) -> Select[Any]:
    return _open(query).where(WorkItem.person_id.is_(None), takeable(actor))


def _in_queue(query: Select[Any], queue: str | None) -> Select[Any]:
    return query.where(below(queue)) if queue else query


def below(queue: str) -> Any:
    """The condition on `Queue` for this one and everything below it."""
    return or_(Queue.name == queue, Queue.name.startswith(queue + "::", autoescape=True))


def _page(session: Session, query: Select[Any], after: str, limit: int) -> list[WorkItem]:
    place = read_place(BY_CLOCK, after)
    if place is not None:
        query = query.where(beyond(BY_CLOCK, place))
    return list(session.scalars(ordered(query, BY_CLOCK).limit(limit)))
