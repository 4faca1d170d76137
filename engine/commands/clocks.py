"""Starting, pausing and stopping a ticket's clocks, and saying so when one runs out.

A clock counts seconds of working time. Its timers (`clock` kind) fire at the warning and at the
breach; what happens then is decided by the rules that listen for `clock.warning` and
`clock.breached`.
"""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select

from engine.audit.trail import record
from engine.catalogue.models import CalendarRow, Sla
from engine.catalogue.queries import by_key
from engine.sla.calendars import Calendar, add_working, working_seconds
from engine.sla.models import TicketClock
from engine.sla.stored import calendar_of
from engine.tickets.models import Article, Ticket
from engine.timers.write import set_timer
from engine.work import Work


def sync_clocks(work: Work, ticket: Ticket, *, fresh: bool = False) -> None:
    """Make the clocks fit the ticket's SLA; time already used stays used when the SLA changes.

    `fresh` says that the ticket has only just been made, so that there is nothing to look for.
    """
    if fresh:
        vars(ticket)["_clocks"] = []
    sla = ticket.sla
    running: list[TicketClock] = []
    existing = {clock.kind: clock for clock in _clocks(work, ticket)}
    wanted = {"first_response": sla.first_response, "solution": sla.solution} if sla else {}
    for kind, target in wanted.items():
        if sla is None or target is None:
            continue
        clock = existing.pop(kind, None)
        if clock is None:
            if not fresh and _past(work, ticket, kind):
                continue
            clock = _start(work, ticket, kind, sla, target)
        elif clock.stopped_at is None:
            _promise(work, ticket, clock, sla, target)
        else:
            clock.idle = False
        _count_on(work, clock)
        _kept_again(work, clock)
        running.append(clock)
    work.session.flush()
    for clock in running:
        _set_timer(work, ticket, clock, fresh=fresh)
    for clock in existing.values():
        if clock.stopped_at is None and not clock.idle:
            _let_idle(work, ticket, clock)
    _remember_nearest(work, ticket)


def pause_clocks(work: Work, ticket: Ticket) -> None:
    """Let the solution clock rest while the ticket waits for somebody outside."""
    if not ticket.clocks_rest:
        ticket.clocks_rest = True
    for clock in _clocks(work, ticket):
        if (
            clock.stopped_at is None
            and clock.running_since is not None
            and clock.kind != "first_response"
        ):
            _settle(work, clock)
            clock.running_since = None
            record(work, ticket.id, "clock", f"{clock.kind} runs", f"{clock.kind} rests")
            _reckon(work, ticket, clock)
    _remember_nearest(work, ticket)


def resume_clocks(work: Work, ticket: Ticket) -> None:
    """Let resting clocks run on from where they stood."""
    if ticket.clocks_rest:
        ticket.clocks_rest = False
    for clock in _clocks(work, ticket):
        if clock.stopped_at is None and clock.running_since is None and not clock.idle:
            clock.running_since = work.now
            record(work, ticket.id, "clock", f"{clock.kind} rests", f"{clock.kind} runs")
            _reckon(work, ticket, clock)
    _remember_nearest(work, ticket)


def stop_clock(work: Work, ticket: Ticket, kind: str | None = None) -> None:
    """End one clock (the first response has been given) or all of them (the ticket is closed)."""
    for clock in _clocks(work, ticket):
        if clock.stopped_at is None and kind in (None, clock.kind):
            _settle(work, clock)
            _stop(work, ticket, clock)
    _remember_nearest(work, ticket)


def reopen_clocks(work: Work, ticket: Ticket) -> None:
    """Let the solution clock run on after the ticket had ended; the time in between is nobody's."""
    ticket.clocks_rest = False
    for clock in _clocks(work, ticket):
        if clock.kind == "solution" and clock.stopped_at is not None:
            clock.stopped_at, clock.running_since = None, None if clock.idle else work.now
    sync_clocks(work, ticket)


def note_clock(work: Work, ticket: Ticket, clock: TicketClock) -> str | None:
    """Mark what has become due on this clock: `clock.warning`, `clock.breached` or nothing."""
    event = None
    if clock.stopped_at is None and clock.due_at is not None:
        if work.now >= clock.due_at and clock.breached_at is None:
            clock.breached_at, event = clock.due_at, "clock.breached"
        elif clock.warn_at and work.now >= clock.warn_at and clock.warned_at is None:
            clock.warned_at, event = clock.warn_at, "clock.warning"
    if event:
        record(work, ticket.id, "clock", clock.kind, event.removeprefix("clock."))
    _set_timer(work, ticket, clock)
    _remember_nearest(work, ticket)
    return event


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
    """By which a ticket's working time is counted: its SLA's, its queue's, else the first one.

    `standard` comes first where there is such a calendar; a desk without any works all week round.
    """
    sla_id = ticket.sla_id or ticket.queue.sla_id
    if sla_id is not None:
        return calendar_for(work, sla_id)
    rows = work.session.scalars(select(CalendarRow).order_by(CalendarRow.name)).all()
    row = next((row for row in rows if row.name == "standard"), rows[0] if rows else None)
    if row is None:
        return Calendar("always", "UTC", {day: [(time(), time())] for day in range(7)})
    return calendar_of(row.name, row.document, row.free_days)


def _clocks(work: Work, ticket: Ticket) -> list[TicketClock]:
    """The ticket's clocks, looked for once per transaction; only `sync_clocks` makes new ones."""
    known: list[TicketClock] | None = vars(ticket).get("_clocks")
    if known is None:
        query = select(TicketClock).where(TicketClock.ticket_id == ticket.id)
        known = list(work.session.scalars(query.order_by(TicketClock.kind)))
        vars(ticket)["_clocks"] = known
    return known


def _past(work: Work, ticket: Ticket, kind: str) -> bool:
    """Whether what a new clock would watch has happened already."""
    if ticket.state.ended:
        return True
    if kind != "first_response":
        return False
    answered = select(Article.id).where(
        Article.ticket_id == ticket.id,
        Article.direction == "out",
        Article.visible,
        Article.automatic.is_(False),
    )
    return work.session.scalar(answered.limit(1)) is not None


def _start(work: Work, ticket: Ticket, kind: str, sla: Sla, target: int) -> TicketClock:
    """A new clock; it counts from when the ticket was made, however late its SLA came."""
    clock = TicketClock(
        ticket_id=ticket.id,
        kind=kind,
        sla_id=sla.id,
        target=target,
        left=target,
        idle=False,
        started_at=ticket.created_at,
        running_since=ticket.created_at,
    )
    work.session.add(clock)
    _clocks(work, ticket).append(clock)
    if kind != "first_response" and ticket.clocks_rest:
        _settle(work, clock)
        clock.running_since = None
    return clock


def _promise(work: Work, ticket: Ticket, clock: TicketClock, sla: Sla, target: int) -> None:
    """Let a clock that has not ended count for this SLA, with the time used so far."""
    if clock.idle:
        clock.idle = False
        resting = clock.kind != "first_response" and ticket.clocks_rest
        clock.running_since = None if resting else work.now
    if clock.sla_id == sla.id and clock.target == target:
        return
    _settle(work, clock)
    clock.left += target - clock.target
    clock.target, clock.sla_id = target, sla.id
    clock.warned_at = None
    if clock.left > 0:
        # The old promise was broken and history says so; the new one can still be kept.
        clock.breached_at = None


def _kept_again(work: Work, clock: TicketClock) -> None:
    """A calendar that was changed can put the end of a broken promise into the future again."""
    if clock.breached_at is not None and clock.due_at is not None and clock.due_at > work.now:
        clock.breached_at = clock.warned_at = None


def _let_idle(work: Work, ticket: Ticket, clock: TicketClock) -> None:
    """No SLA promises this any more: the time used is kept for the case that one does again."""
    _settle(work, clock)
    clock.idle = True
    clock.due_at = clock.warn_at = clock.running_since = None
    set_timer(work, "clock", str(clock.id), ticket.id, None)


def _settle(work: Work, clock: TicketClock) -> None:
    """Book the working time since the clock last started."""
    if clock.running_since is not None:
        clock.left = seconds_left(work, clock)
        clock.running_since = work.now


def _reckon(work: Work, ticket: Ticket, clock: TicketClock) -> None:
    """Work out anew when the warning and the breach come, and set the timer for the next one."""
    _count_on(work, clock)
    work.session.flush()
    _set_timer(work, ticket, clock)


def _count_on(work: Work, clock: TicketClock) -> None:
    if clock.running_since is None or clock.stopped_at is not None:
        clock.due_at = clock.warn_at = None
    else:
        calendar = calendar_for(work, clock.sla_id)
        sla = by_key(work.session, Sla, clock.sla_id)
        clock.due_at = _after(calendar, clock.running_since, clock.left)
        spare = clock.target - clock.target * sla.warn_percents[0] // 100
        clock.warn_at = _after(calendar, clock.running_since, clock.left - spare)


def _after(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    return add_working(calendar, start, seconds) if seconds > 0 else start


def _set_timer(work: Work, ticket: Ticket, clock: TicketClock, *, fresh: bool = False) -> None:
    due = None
    if clock.stopped_at is None and clock.due_at is not None and clock.breached_at is None:
        due = clock.due_at if clock.warned_at or clock.warn_at is None else clock.warn_at
    set_timer(work, "clock", str(clock.id), ticket.id, due, fresh=fresh)


def _stop(work: Work, ticket: Ticket, clock: TicketClock) -> None:
    clock.stopped_at = work.now
    clock.due_at = clock.warn_at = clock.running_since = None
    set_timer(work, "clock", str(clock.id), ticket.id, None)


def _remember_nearest(work: Work, ticket: Ticket) -> None:
    """Keep the nearest deadline on the ticket, so that lists can sort by it."""
    due = [clock.due_at for clock in _clocks(work, ticket) if clock.due_at is not None]
    nearest = min(due, default=None)
    if ticket.due_at != nearest:
        ticket.due_at = nearest
