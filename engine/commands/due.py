"""What happens when a timer is due, by its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from engine.commands.between import KIND as MESSAGE
from engine.commands.between import receive
from engine.commands.clock_rows import TIMER as CLOCK
from engine.commands.clock_rows import clock_rows
from engine.commands.clocks import tell_mark
from engine.commands.clocks_recount import TIMER as RECOUNT
from engine.commands.clocks_recount import recount_all
from engine.commands.customer_changes import TIMER as CUSTOMERS
from engine.commands.customer_changes import tell_tickets
from engine.commands.follow_up import follow_up
from engine.commands.hourly import TIMER as HOURLY
from engine.commands.hourly import pass_hour
from engine.commands.pending import end_pending
from engine.commands.processes import advance_timers
from engine.commands.promises import TIMER as PROMISES
from engine.commands.promises import renew_promises
from engine.commands.reminders import TIMER as REMINDER
from engine.commands.reminders import fire_reminder
from engine.commands.rules_approval import TIMER as RULES
from engine.commands.rules_approval import publish_due_rules
from engine.commands.unlocking import TIMER as UNLOCK
from engine.commands.unlocking import look_after
from engine.errors import Invalid
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.timers.write import know_beside, strike
from engine.work import Cause, Work


def fire_timer(work: Work, timer: Timer) -> None:
    """Do what the timer stands for; harmless when that has been dealt with meanwhile."""
    if timer.kind in OF_DESK:
        strike(work, timer)
        OF_DESK[timer.kind](work, timer)
        return
    if timer.kind not in OF_TICKETS:  # of another version: it stays, and is shown
        raise Invalid("Nobody here knows what is to happen then.")
    ticket = work.session.get(Ticket, timer.ticket_id)
    strike(work, timer)
    if ticket is not None:
        OF_TICKETS[timer.kind](work, ticket, timer)


def fire_step(work: Work, ticket: Ticket, timer: Timer) -> None:
    """A process has waited for this moment."""
    know_beside(work.session, ProcessInstance, timer.kind)
    row = work.session.get(ProcessInstance, int(timer.subject))
    if row is not None:
        advance_timers(work, row, timer.due_at)


def fire_message(work: Work, ticket: Ticket, timer: Timer) -> None:
    """Another ticket has sent something."""
    if timer.carries is not None:
        receive(work, ticket, timer.carries)


def fire_unlock(work: Work, ticket: Ticket, timer: Timer) -> None:
    """A step was taken so long ago that it is looked at."""
    cause = Cause("timer", reason="nobody touched the step")
    look_after(work.because(cause), int(timer.subject))


def fire_pending(work: Work, ticket: Ticket, timer: Timer) -> None:
    """A ticket was laid aside until now."""
    end_pending(work.because(Cause("timer", reason="laid aside until now")), ticket)


def fire_clock(work: Work, ticket: Ticket, timer: Timer) -> None:
    """Put a clock's next warning, breach or level to the rules."""
    mine = int(timer.subject)
    clock = next((one for one in clock_rows(work, ticket) if one.id == mine), None)
    if clock is None:
        return
    cause = Cause("clock", reason=f"the promised time for {clock.kind.replace('_', ' ')}")
    work = replace(work.because(cause), clock=clock.kind)
    told = tell_mark(work, ticket, clock.kind)
    if told is None:
        return
    course, mark = told
    left = (course.due_at - work.now) if course.due_at else timedelta(seconds=course.left)
    follow_up(
        work,
        ticket,
        mark.event,
        clock__kind=clock.kind,
        clock__left_minutes=int(left.total_seconds() / 60),  # a breach is told a second late
        clock__percent=mark.percent,
        clock__level=mark.level,
    )


OF_DESK: Mapping[str, Callable[[Work, Timer], None]] = {
    CUSTOMERS: tell_tickets,
    PROMISES: lambda work, timer: renew_promises(work, int(timer.subject)),
    RECOUNT: lambda work, timer: recount_all(work, int(timer.subject)),
    HOURLY: lambda work, timer: pass_hour(work, timer.carries or {}),
    RULES: lambda work, timer: publish_due_rules(work),
}
OF_TICKETS: Mapping[str, Callable[[Work, Ticket, Timer], None]] = {
    "step": fire_step,
    "pending": fire_pending,
    CLOCK: fire_clock,
    MESSAGE: fire_message,
    REMINDER: lambda work, ticket, timer: fire_reminder(work, ticket, int(timer.subject)),
    UNLOCK: fire_unlock,
}
