"""The rows that say how a ticket's clocks stand: nothing but what follows from what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from engine.commands.clock_history import happened
from engine.db.together import kept, writing_only
from engine.sla.clockwork import courses
from engine.sla.happenings import BREACH, KINDS, Course, Happening
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket
from engine.timers.write import set_timer, tickets_beside
from engine.work import Work

TIMER = "clock"
_KNOWN = "clock rows"  # by ticket
Row = dict[str, Any]


def rows_of(happenings: Sequence[Happening]) -> dict[str, Row]:
    """By kind what the row of a clock holds; the same whenever it is asked."""
    if not happenings:
        return {}
    found: dict[str, Row] = {}
    all_courses = courses(happenings, happenings[-1].at)
    for kind in KINDS:
        ours = [course for course in all_courses if course.kind == kind]
        if ours:
            found[kind] = _row(ours[-1]) | {"next_at": _next(ours)}
    return found


def _row(course: Course) -> Row:
    running = course.running_since is not None
    come = [mark for mark in course.marks if mark.told_at is not None or not running]
    warnings = [mark.at for mark in course.marks if mark.level == 0]
    warned = [mark.at for mark in come if mark.level == 0]
    return {
        "sla_id": course.promise.sla_id,
        "target": course.target,
        "left": course.target - course.settled,
        "started_at": course.begun.at,
        "running_since": course.running_since,
        "due_at": course.due_at,
        "warn_at": warnings[0] if running and warnings else None,
        "warned_at": warned[0] if warned else None,
        "breached_at": next((mark.at for mark in come if mark.level == BREACH), None),
        "level": max((mark.level for mark in come), default=0),
        "stopped_at": course.ended.at if course.ended else None,
    }


def _next(ours: Sequence[Course]) -> Any:
    """What is to be told next, of the latest cycle or of one before that nobody heard of."""
    return min((c.next_mark.tell_at for c in ours if c.next_mark is not None), default=None)


def clock_rows(work: Work, ticket: Ticket, *, fresh: bool = False) -> list[TicketClock]:
    """The ticket's clocks, looked for once per transaction; `fresh`: there are none yet."""
    known: dict[int, list[TicketClock]] = kept(work.session, _KNOWN)
    if fresh:
        known[ticket.id] = []
    elif ticket.id not in known:
        known |= _asked(work, tickets_beside(work.session, ticket.id) - known.keys())
    return known[ticket.id]


def _asked(work: Work, ids: set[int]) -> dict[int, list[TicketClock]]:
    """Asked for at once for all tickets that fire beside one another."""
    found: dict[int, list[TicketClock]] = {one: [] for one in ids}
    query = select(TicketClock).where(TicketClock.ticket_id.in_(ids))
    with writing_only(work.session, TicketClock):
        for clock in work.session.scalars(query):
            found[clock.ticket_id].append(clock)
    return found


def forget_rows(work: Work, ticket: Ticket) -> None:
    """Look for the ticket's clocks again."""
    kept(work.session, _KNOWN).pop(ticket.id, None)


def derive(work: Work, ticket: Ticket, *, fresh: bool = False, timers: bool = False) -> None:
    """Let the rows and their timers say what follows from what happened.

    With `timers` also those are set again whose moment is the same, since one of them has fired
    or was put back.
    """
    wanted = rows_of(happened(work, ticket))
    known = clock_rows(work, ticket, fresh=fresh)
    new: list[TicketClock] = []
    for clock in list(known):
        row = wanted.pop(clock.kind, None)
        if row is None:
            set_timer(work, TIMER, str(clock.id), ticket.id, None)
            work.session.delete(clock)
            known.remove(clock)
            continue
        moved = clock.next_at != row["next_at"]
        for name, value in row.items():
            if getattr(clock, name) != value:
                setattr(clock, name, value)
        if moved or timers:
            set_timer(work, TIMER, str(clock.id), ticket.id, clock.next_at)
    for kind, row in wanted.items():
        clock = TicketClock(ticket_id=ticket.id, kind=kind, **row)
        work.session.add(clock)
        known.append(clock)
        new.append(clock)
    if new:
        work.session.flush()
    for clock in new:
        if clock.next_at is not None:
            set_timer(work, TIMER, str(clock.id), ticket.id, clock.next_at, fresh=True)
    nearest = min((clock.due_at for clock in known if clock.due_at is not None), default=None)
    if ticket.due_at != nearest:
        ticket.due_at = nearest
