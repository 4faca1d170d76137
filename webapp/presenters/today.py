"""The start page of an agent: what is mine by the clock, what nobody has taken, in what numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyramid.request import Request

from engine.tickets import queries, task_lists
from engine.tickets.flow import WorkItem
from engine.tickets.models import Reminder, Ticket
from engine.tickets.reminders import reminders_count, reminders_due
from engine.tickets.visits import news
from webapp.presenters.queues import QueueRow, queue_rows
from webapp.presenters.tasks import TaskRow, task_rows

MINE, FREE, REMINDED = 50, 20, 10  # rows; all of them are a click away


@dataclass(frozen=True)
class Today:
    """Everything that the start page shows."""

    mine: list[TaskRow]
    free: list[TaskRow]
    load: task_lists.Load
    free_count: int
    waiting: int
    queues: list[QueueRow]
    news: Sequence[Ticket]  # of mine, changed since I was there
    reminders: int  # all of one's own
    reminded: Sequence[Reminder]  # those whose moment has come
    tag: str  # changes with anything that the page shows
    now: datetime


def today_of(request: Request) -> Today:
    """Look at the desk with the eyes of who asks, now."""
    session, actor, now = request.db, request.actor, request.work.now
    mine = task_lists.my_tasks(session, actor, limit=MINE, now=now)
    free = task_lists.unclaimed_tasks(session, actor, limit=FREE)
    waiting = queries.count(
        session, actor, queries.Filter(owner_id=actor.id, state_type="pending reminder")
    )
    rows = queue_rows(task_lists.queue_loads(session, actor))
    rows = [row for row in rows if row.total or row.unclaimed]
    free_count = task_lists.unclaimed_count(session, actor)
    fresh = news(session, actor)
    reminders = reminders_count(session, actor)
    reminded = reminders_due(session, actor, now, REMINDED) if reminders else ()
    load = task_lists.my_load(session, actor, now, _end_of_day(request, now))
    return Today(
        mine=task_rows(request, mine),
        free=task_rows(request, free),
        load=load,
        free_count=free_count,
        waiting=waiting,
        queues=rows,
        news=fresh,
        reminders=reminders,
        reminded=reminded,
        tag=_tag(
            [*mine, *free],
            rows,
            (
                load,
                waiting,
                free_count,
                [(t.id, t.version) for t in fresh],
                reminders,
                [one.id for one in reminded],
            ),
        ),
        now=now,
    )


def _end_of_day(request: Request, now: datetime) -> datetime:
    local = request.reader.local(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _tag(items: Sequence[WorkItem], queues: Sequence[QueueRow], numbers: object) -> str:
    rows = [(i.id, i.person_id, i.due_at, i.ticket.version) for i in items]
    return hashlib.sha256(repr((rows, queues, numbers)).encode()).hexdigest()[:24]
