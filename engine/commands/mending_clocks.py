"""Mending the clocks of a ticket: rows follow their history, and a gap in that what the ticket
itself says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from engine.audit.models import HistoryEntry
from engine.audit.trail import record
from engine.catalogue.models import Sla
from engine.commands.clock_history import forget_history, happened
from engine.commands.clock_rows import TIMER
from engine.commands.clocks import recount_clocks, sync_clocks
from engine.commands.clocks_recount import mend_clocks
from engine.errors import Conflict
from engine.sla.models import ClockEvent, TicketClock
from engine.tickets.models import Article, Ticket
from engine.timers.write import set_timer
from engine.work import Work


def clocks_of_ticket(work: Work, row: int) -> None:
    """Work the clocks of a ticket out anew."""
    mend_clocks(work, row)


def clock_of_timer(work: Work, row: int) -> None:
    """The same for the ticket of a clock, whose timer is set even where nothing else differs."""
    clock = work.session.get_one(TicketClock, row)
    stands, timer = clock.next_at, (TIMER, str(clock.id))
    mend_clocks(work, clock.ticket_id)
    if clock in work.session and clock.next_at == stands:
        set_timer(work, *timer, clock.ticket_id, clock.next_at)


def gap_filled(work: Work, row: int) -> None:
    """Add that clocks began, ended or went on, as the ticket says."""
    ticket = work.session.get_one(Ticket, row)
    told = {one.what for one in happened(work, ticket)}
    if "opened" not in told:
        first = select(func.min(Article.id)).where(Article.ticket_id == ticket.id)
        _add(work, ticket, "opened", ticket.created_at, work.session.scalar(first))
    elif ticket.state.ended:
        _add(work, ticket, "closed", ticket.closed_at or work.now)
    else:
        _add(work, ticket, "reopened", _given_state(work, ticket) or work.now)
    forget_history(work, ticket)
    recount_clocks(work, ticket)


def _add(
    work: Work, ticket: Ticket, what: str, at: datetime, article_id: int | None = None
) -> None:
    state = "" if what == "opened" else ticket.state.name
    row = ClockEvent(
        ticket_id=ticket.id, what=what, at=at, article_id=article_id, state=state,
        step="", kind="", reason=work.cause.reason[:400],
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    record(work, ticket.id, "clock", "", what)


def _given_state(work: Work, ticket: Ticket) -> datetime | None:
    """When the ticket was given the state that it has."""
    query = select(func.max(HistoryEntry.at)).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.what == "state",
        HistoryEntry.after == ticket.state.name,
    )  # fmt: skip
    return work.session.scalar(query)


def promise_again(work: Work, row: int) -> None:
    """Let the clocks count by the SLA that the ticket has; it has that by which they count where
    its history knows nothing of any other."""
    ticket = work.session.get_one(Ticket, row)
    promises = [one.promise for one in happened(work, ticket) if one.what == "promised"]
    counts = promises[-1] if promises else None
    said = select(HistoryEntry.after).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.what == "sla"
    )
    given = work.session.scalar(said.order_by(HistoryEntry.id.desc()).limit(1))
    name = ticket.sla.name if ticket.sla is not None else ""
    if not promises or given == name:
        sync_clocks(work, ticket)
        record(work, ticket.id, "clock", "", "anew")
        return
    before = work.session.get(Sla, counts.sla_id) if counts is not None else None
    if counts is not None and before is None:
        raise Conflict("The SLA by which its clocks count is gone.")
    record(work, ticket.id, "sla", name, before.name if before is not None else "")
    ticket.sla, ticket.sla_id = before, before.id if before is not None else None
