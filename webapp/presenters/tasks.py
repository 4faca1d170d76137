"""Steps that wait for a person, as rows of a list: what to do, on what, until when, why mine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request

from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.task_lists import Nearest, nearest
from webapp.presenters.clock_words import LABELS


@dataclass(frozen=True)
class TaskRow:
    """One step in a task list."""

    id: int
    do: str
    href: str
    number: str
    title: str
    who: str
    due: datetime | None
    soon: datetime | None
    state: str  # of the clock chip: ok, soon, overdue, paused
    why: str
    clock: str = ""  # what is due then, where it is one of the ticket's promises


def task_rows(request: Request, items: Iterable[WorkItem]) -> list[TaskRow]:
    """The rows of these steps, in their order."""
    items = list(items)
    clocks = nearest(request.db, [item.ticket for item in items])
    return [_row(request, item, clocks.get(item.ticket.id)) for item in items]


@dataclass(frozen=True)
class Chip:
    """The nearest clock of a ticket as a list shows it."""

    due: datetime
    soon: datetime | None
    state: str
    label: str


def chips(request: Request, tickets: Iterable[Ticket]) -> dict[int, Chip]:
    """By ticket id the clock that is due first, with its name."""
    now = request.work.now
    return {
        ticket_id: Chip(
            clock.due,
            clock.soon,
            clock_word(clock.due, clock.soon, now),
            request.translate(LABELS.get(clock.kind, clock.kind)),
        )
        for ticket_id, clock in nearest(request.db, tickets).items()
    }


def clock_word(due: datetime | None, soon: datetime | None, now: datetime) -> str:
    """What a clock chip says about a deadline: ok, soon or overdue."""
    if due is None:
        return "ok"
    if due <= now:
        return "overdue"
    return "soon" if soon is not None and soon <= now else "ok"


def _row(request: Request, item: WorkItem, clock: Nearest | None) -> TaskRow:
    ticket = item.ticket
    due = item.soonest
    soon = clock.soon if clock else None
    place = "requests.one" if item.for_customer else "tickets.one"
    more = {} if item.for_customer else {"_anchor": "now"}  # on a phone: what is to be done
    return TaskRow(
        id=item.id,
        do=request.reader.pick(item.title) or item.step_id,
        href=request.route_path(place, number=ticket.number, **more),
        number=ticket.number,
        title=ticket.title,
        who=ticket.customer.name if ticket.customer else "",
        due=due,
        soon=soon,
        state=clock_word(due, soon, request.work.now),
        why=_why(request, item),
        clock=_clock(request, due, clock),
    )


def _clock(request: Request, due: datetime | None, clock: Nearest | None) -> str:
    """The name of the promise that is due then; a step's own time has none."""
    if clock is None or clock.due != due:
        return ""
    return str(request.translate(LABELS.get(clock.kind, clock.kind)))


def _why(request: Request, item: WorkItem) -> str:
    """Why this step stands in this list, in a few words."""
    _ = request.translate
    if item.person_id is None:
        return item.group.name if item.kind == "group" and item.group else item.queue.name
    if item.kind == "person":
        return _("for you personally")
    if item.ticket.owner_id == item.person_id:
        return _("your ticket · %(queue)s") % {"queue": item.queue.name}
    return _("you took it · %(queue)s") % {"queue": item.queue.name}
