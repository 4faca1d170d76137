"""The start page of an agent: what is mine by the clock, what nobody has taken, in what numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyramid.request import Request

from engine.tickets import queries
from engine.tickets.flow import WorkItem
from webapp.presenters.tasks import TaskRow, task_rows


@dataclass(frozen=True)
class Today:
    """Everything that the start page shows."""

    mine: list[TaskRow]
    free: list[TaskRow]
    free_count: int
    overdue: int
    due_today: int
    waiting: int
    loads: list[queries.QueueLoad]
    tag: str  # changes with anything that the page shows
    now: datetime


def today_of(request: Request) -> Today:
    """Look at the desk with the eyes of who asks, now."""
    session, actor, now = request.db, request.actor, request.work.now
    mine = queries.my_tasks(session, actor)
    free = queries.unclaimed_tasks(session, actor, limit=20)
    waiting = queries.count(
        session, actor, queries.Filter(owner_id=actor.id, state_type="pending reminder")
    )
    loads = [load for load in queries.queue_loads(session, actor) if load.open or load.unclaimed]
    free_count = queries.unclaimed_count(session, actor)
    midnight = _end_of_day(request, now)
    due = [moment for item in mine if (moment := item.due_at or item.ticket.due_at)]
    return Today(
        mine=task_rows(request, mine),
        free=task_rows(request, free),
        free_count=free_count,
        overdue=sum(moment <= now for moment in due),
        due_today=sum(now < moment <= midnight for moment in due),
        waiting=waiting,
        loads=loads,
        tag=_tag(mine, free, loads, waiting, free_count),
        now=now,
    )


def _end_of_day(request: Request, now: datetime) -> datetime:
    local = request.reader.local(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _tag(
    mine: list[WorkItem],
    free: list[WorkItem],
    loads: list[queries.QueueLoad],
    waiting: int,
    free_count: int,
) -> str:
    rows = [(i.id, i.person_id, i.due_at, i.ticket.version) for i in [*mine, *free]]
    counts = [(load.queue.id, load.open, load.unclaimed, load.oldest) for load in loads]
    seen = repr((rows, counts, waiting, free_count))
    return hashlib.sha256(seen.encode()).hexdigest()[:24]
