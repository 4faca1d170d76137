"""What moves a ticket's clocks: each verb writes down what happened, and the rows follow from it.

Their timers (kind `clock`) fire at the next moment that somebody has to be told of; what happens
then is decided by the rules that listen for `clock.warning`, `clock.breached`, `clock.escalated`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.audit.trail import record
from engine.catalogue.models import CalendarRow, Sla
from engine.catalogue.queries import by_key
from engine.catalogue.shelf import shelf
from engine.commands.clock_history import (
    add_happening,
    add_promise,
    begin_history,
    document_of_mark,
    forget_history,
    happened,
)
from engine.commands.clock_promises import document_of
from engine.commands.clock_rows import TIMER, clock_rows, derive, forget_rows
from engine.sla.calendars import ALWAYS, usual
from engine.sla.clockwork import courses
from engine.sla.happenings import Course, Mark
from engine.sla.models import TicketClock
from engine.sla.stored import calendar_of
from engine.sla.working import Calendar, working_seconds
from engine.tickets.models import Article, Ticket
from engine.timers.write import clear_timers
from engine.work import Work


def open_clocks(work: Work, ticket: Ticket, article: Article) -> None:
    """The ticket has come into being by its first article: its clocks begin."""
    begin_history(work, ticket)
    add_happening(work, ticket, "opened", article_id=article.id)
    add_promise(work, ticket, ticket.sla)
    derive(work, ticket, fresh=True)


def sync_clocks(work: Work, ticket: Ticket) -> None:
    """Make the clocks count by what the ticket is promised now, from its beginning on."""
    if not happened(work, ticket):
        return
    if not ticket.state.ended:
        add_promise(work, ticket, ticket.sla)
    _rest_or_run(work, ticket)
    derive(work, ticket)


def pause_clocks(work: Work, ticket: Ticket) -> None:
    """Let the clocks rest, but for the first response, while somebody outside is waited for."""
    if not ticket.clocks_rest:
        ticket.clocks_rest = True
        state_changed(work, ticket)


def resume_clocks(work: Work, ticket: Ticket) -> None:
    """Let resting clocks run on from where they stood."""
    if ticket.clocks_rest:
        ticket.clocks_rest = False
        state_changed(work, ticket)


def state_changed(work: Work, ticket: Ticket) -> None:
    """Let the clocks rest or run as the step and the state in which the ticket is say."""
    if _rest_or_run(work, ticket):
        derive(work, ticket)


def clocks_answered(work: Work, ticket: Ticket, article: Article) -> None:
    """An agent has answered: the first response is given, and no update is owed."""
    add_happening(work, ticket, "answered", article_id=article.id)
    derive(work, ticket)


def clocks_wrote(work: Work, ticket: Ticket, article: Article) -> None:
    """The customer has said something."""
    add_happening(work, ticket, "wrote", article_id=article.id)
    derive(work, ticket)


def stop_clocks(work: Work, ticket: Ticket) -> None:
    """The ticket has ended, and its clocks with it."""
    add_happening(work, ticket, "closed", state=ticket.state.name)
    derive(work, ticket)


def reopen_clocks(work: Work, ticket: Ticket) -> None:
    """Let the clocks run on after the ticket had ended; the time in between is nobody's."""
    ticket.clocks_rest = False
    add_happening(work, ticket, "reopened", state=ticket.state.name)
    sync_clocks(work, ticket)


def owes_answer(work: Work, ticket: Ticket) -> bool:
    """Whether the customer has said something that nobody has answered, and it has not ended."""
    moves = ("opened", "wrote", "answered", "closed")
    last = [one.what for one in happened(work, ticket) if one.what in moves]
    return bool(last) and last[-1] in ("opened", "wrote")


def recount_clocks(work: Work, ticket: Ticket) -> None:
    """Work the rows and timers out again from what is written down."""
    forget_history(work, ticket)
    forget_rows(work, ticket)
    clear_timers(work, ticket.id, TIMER)
    derive(work, ticket, timers=True)


def tell_mark(work: Work, ticket: Ticket, kind: str) -> tuple[Course, Mark] | None:
    """Take up the next moment of a clock that nobody was told of, if it has come.

    Only one at a time, so that of several that were missed each is told with its own moment.
    """
    waiting = [
        (course.next_mark.tell_at, course.next_mark.rank, number, course)
        for number, course in enumerate(courses(happened(work, ticket), work.now))
        if course.kind == kind and course.next_mark is not None
    ]
    told = None
    if waiting and min(waiting)[0] <= work.now:
        course = min(waiting)[3]
        mark = course.next_mark
        assert mark is not None
        _write_told(work, ticket, course, mark)
        told = course, mark
    derive(work, ticket, timers=True)
    return told


def _write_told(work: Work, ticket: Ticket, course: Course, mark: Mark) -> None:
    add_happening(
        work, ticket, "told", promise=document_of(course.promise),
        kind=course.kind, begun=course.begun.at, mark=document_of_mark(mark),
    )  # fmt: skip
    about = {"percent": mark.percent, "level": mark.level, "at": mark.at.isoformat()}
    marked = work.because(replace(work.cause, ref={**work.cause.ref, **about}))
    record(marked, ticket.id, "clock", course.kind, mark.event.removeprefix("clock."))


def _rest_or_run(work: Work, ticket: Ticket) -> bool:
    """Write down that the clocks rest or run from now on, where they did not before."""
    if ticket.state.ended:
        return False
    known = happened(work, ticket)
    rests, is_open = False, False
    for one in known:
        if one.what in ("rests", "runs"):
            rests = one.what == "rests"
        elif one.what in ("opened", "closed", "reopened"):
            rests, is_open = False, one.what != "closed"
    by_state = ticket.sla is not None and ticket.state.name in ticket.sla.rests_in
    wanted = ticket.clocks_rest or by_state
    if not is_open or wanted == rests:
        return False
    was, now = ("runs", "rests") if wanted else ("rests", "runs")
    by_state_alone: dict[str, Any] = {"step": ""} if wanted and not ticket.clocks_rest else {}
    add_happening(work, ticket, now, state=ticket.state.name, **by_state_alone)
    for clock in clock_rows(work, ticket):
        if clock.stopped_at is None and clock.kind != "first_response":
            record(work, ticket.id, "clock", f"{clock.kind} {was}", f"{clock.kind} {now}")
    return True


def seconds_left(work: Work, clock: TicketClock) -> int:
    """Working seconds left at this moment; negative once the promise is broken."""
    if clock.running_since is None or clock.stopped_at is not None:
        return clock.left
    calendar = calendar_for(work, clock.sla_id)
    return clock.left - working_seconds(calendar, clock.running_since, work.now)


def calendar_for(work: Work, sla_id: int) -> Calendar:
    """The calendar in which an SLA counts."""
    row = by_key(work.session, CalendarRow, by_key(work.session, Sla, sla_id).calendar)
    return calendar_of(row.name, row.document, row.free_days)


def calendar_of_ticket(work: Work, ticket: Ticket) -> Calendar:
    """By which a ticket's working time is counted: its SLA's, its queue's, else the usual one."""
    sla_id = ticket.sla_id or ticket.queue.sla_id
    if sla_id is not None:
        return calendar_for(work, sla_id)
    name = usual(list(shelf(work.session).keys(CalendarRow, lambda row: True)))
    if not name:
        return ALWAYS
    row = by_key(work.session, CalendarRow, name)
    return calendar_of(row.name, row.document, row.free_days)
