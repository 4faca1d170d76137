"""A promise that was changed reaches the tickets that are open, a few in each transaction.

An SLA of a queue or service, its times or its calendar may change while tickets count by it. What
was used stays used; what is left, and when it ends, is reckoned by what is promised now. A timer
goes from ticket to ticket, so that nobody waits for all of them and nothing stops half-way.
"""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.trail import record
from engine.catalogue.models import ENDED_TYPES, State
from engine.commands.carry_out import after_change
from engine.commands.clocks import sync_clocks
from engine.commands.processes import recount_timers
from engine.commands.unlocking import watch_ticket
from engine.errors import VorgangError
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket
from engine.timers.write import set_timer
from engine.work import Cause, Work

TIMER = "promises"
AT_ONCE = 25  # tickets of one transaction


def promises_changed(work: Work) -> None:
    """Let all open tickets be looked at, beginning with the oldest, as soon as this is in force."""
    set_timer(work, TIMER, "0", 0, work.now)


def renew_promises(work: Work, after_id: int) -> None:
    """Bring the next open tickets to what is promised now, and go on behind them."""
    query = (
        select(Ticket)
        .join(State, Ticket.state_id == State.id)
        .where(State.type.not_in(ENDED_TYPES), Ticket.id > after_id)
        .order_by(Ticket.id)
        .limit(AT_ONCE)
    )
    tickets = list(work.session.scalars(query))
    by_clock = work.because(Cause("clock", reason="the promise was changed"))
    for ticket in tickets:
        try:
            with work.session.begin_nested():
                renew_promise(by_clock, ticket)
        except VorgangError as error:  # a damaged ticket keeps the promise of no other
            record(by_clock, ticket.id, "promise problem", after=error.message)
    if len(tickets) == AT_ONCE:
        set_timer(work, TIMER, str(tickets[-1].id), 0, work.now)


def renew_promise(work: Work, ticket: Ticket) -> None:
    """Give the ticket the SLA of its service or queue, and its clocks the times of that."""
    before = _promised(work, ticket)
    after_change(work, ticket, {"queue": (ticket.queue.name, ticket.queue.name)})
    sync_clocks(work, ticket)
    recount_timers(work, ticket)
    watch_ticket(work, ticket)
    after = _promised(work, ticket)
    for kind in sorted(before.keys() | after.keys()):
        if before.get(kind) != after.get(kind):
            record(work, ticket.id, "clock", kind, "anew")


def _promised(work: Work, ticket: Ticket) -> dict[str, object]:
    """Until when the running clocks of a ticket promise something, and how much."""
    query = select(TicketClock).where(
        TicketClock.ticket_id == ticket.id, TicketClock.stopped_at.is_(None)
    )
    return {clock.kind: (clock.target, clock.due_at) for clock in work.session.scalars(query)}
