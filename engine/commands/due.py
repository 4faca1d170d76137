"""What happens when a timer is due, by its kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.commands.between import KIND as MESSAGE
from engine.commands.between import receive
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
from engine.commands.promises import TIMER, renew_promises
from engine.commands.reminders import TIMER as REMINDER
from engine.commands.reminders import fire_reminder
from engine.commands.rules_approval import TIMER as RULES
from engine.commands.rules_approval import publish_due_rules
from engine.commands.unlocking import TIMER as UNLOCK
from engine.commands.unlocking import look_after
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.timers.write import know_beside, strike
from engine.work import Cause, Work


def fire_timer(work: Work, timer: Timer) -> None:
    """Do what the timer stands for; harmless when that has been dealt with meanwhile."""
    kind, carries = timer.kind, timer.carries
    if kind == CUSTOMERS:
        strike(work, timer)
        tell_tickets(work, timer)
        return
    subject = 0 if kind == MESSAGE else int(timer.subject)
    if kind == TIMER:
        strike(work, timer)
        renew_promises(work, subject)
        return
    if kind == RECOUNT:
        work.session.delete(timer)
        work.session.flush()
        recount_all(work, subject)
        return
    if kind == HOURLY:
        strike(work, timer)
        pass_hour(work, carries or {})
        return
    ticket = work.session.get(Ticket, timer.ticket_id)
    strike(work, timer)
    if kind == RULES:
        publish_due_rules(work)
    if ticket is None:
        return
    if kind == "step":
        know_beside(work.session, ProcessInstance, kind)
        row = work.session.get(ProcessInstance, subject)
        if row is not None:
            advance_timers(work, row, timer.due_at)
    elif kind == MESSAGE and carries is not None:
        receive(work, ticket, carries)
    elif kind == "clock":
        fire_clock(work, ticket, subject)
    elif kind == REMINDER:
        fire_reminder(work, ticket, subject)
    elif kind == UNLOCK:
        look_after(work.because(Cause("timer", reason="nobody touched the step")), subject)
    elif kind == "pending":
        end_pending(work.because(Cause("timer", reason="laid aside until now")), ticket)


def fire_clock(work: Work, ticket: Ticket, clock_id: int) -> None:
    """Put a clock's next warning, breach or level to the rules."""
    clock = next((one for one in clock_rows(work, ticket) if one.id == clock_id), None)
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
