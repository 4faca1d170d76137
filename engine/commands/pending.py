"""Laying a ticket aside: an overlay with a date on the state that its process gives it.

The overlay lasts as long as the ticket has a `pending_until`. The process neither moves it nor is
moved by it; whatever else changes the state ends it (`changes.py`), date and timer with it.
"""

from __future__ import annotations

from datetime import datetime

from engine.audit.trail import record
from engine.catalogue.models import State
from engine.catalogue.queries import by_name
from engine.commands import changes
from engine.commands.follow_up import follow_up
from engine.commands.processes import state_of_process
from engine.errors import Invalid
from engine.tickets.access import require
from engine.tickets.models import Ticket
from engine.timers.write import set_timer
from engine.work import Work


def set_pending(
    work: Work, ticket: Ticket, until: datetime, state: str = "pending reminder"
) -> None:
    """Lay the ticket aside until a moment; its process stays where it is."""
    require(work, ticket, "change")
    wanted = by_name(work.session, State, state)
    if not wanted.type.startswith("pending"):
        raise Invalid("“%(state)s” is not a pending state.", values={"state": state})
    if ticket.state.ended:
        raise Invalid("This ticket has ended; open it again first.")
    if until <= work.now:
        raise Invalid("Choose a moment in the future.", fields={"until": "future"})
    changes.apply_changes(work, ticket, {"state": wanted})
    ticket.pending_until = until
    set_timer(work, "pending", str(ticket.id), ticket.id, until)
    record(work, ticket.id, "pending", after=until.isoformat())


def take_up(work: Work, ticket: Ticket) -> None:
    """Work goes on: a ticket that was laid aside has the state of its process again."""
    if ticket.pending_until is not None:
        changes.apply_changes(work, ticket, {"state": state_of_process(work, ticket)})


def end_pending(work: Work, ticket: Ticket) -> None:
    """The moment a laid-aside ticket waited for has come: close by itself, or remind."""
    if ticket.pending_until is None:
        return
    if ticket.state.type == "pending auto close":
        from engine.commands.tickets import close_ticket

        close_ticket(work, ticket, closing_state(ticket.state), "the time to object is over")
        return
    changes.apply_changes(work, ticket, {"state": state_of_process(work, ticket)})
    follow_up(work, ticket, "time.passed")


def needs_date(state: State) -> bool:
    """Whether a ticket is laid aside in this state, so that somebody has to say until when.

    The other pending states are those in which a process waits; it moves the ticket on.
    """
    return state.type.startswith("pending ") and state.name.startswith("pending ")


def closing_state(state: State) -> str:
    """How a ticket that closes by itself ends; a minus at the end of the name: without success."""
    return "closed unsuccessful" if state.name.endswith("-") else "closed successful"
