"""Whether the clocks of tickets stand as their history says, for many tickets at little cost.

What differs is named, and mended on demand: the history is right, rows and timers follow from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.commands.clock_history import happenings_of
from engine.commands.clock_rows import TIMER as CLOCK
from engine.commands.clock_rows import Row, rows_of
from engine.commands.clocks import recount_clocks, sync_clocks
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Cause, Work

TIMER = "recount"
AT_ONCE = 50  # tickets of one transaction
FIELDS = tuple(
    column.name
    for column in TicketClock.__table__.columns
    if column.name not in ("id", "ticket_id", "kind")
)
COLUMNS = [TicketClock.__table__.columns[name] for name in ("id", "ticket_id", "kind", *FIELDS)]


@dataclass(frozen=True)
class Difference:
    """What of a ticket's clocks is not as its history says.

    `what` is the field of the row, `missing` or `extra` for a whole row, `timer` for its timer and
    `nearest` for the due time that the ticket is sorted by.
    """

    ticket_id: int
    number: str
    kind: str
    what: str
    stands: Any
    ought: Any


@dataclass
class Recount:
    """How many tickets were looked at, up to which one, and what differs."""

    seen: int = 0
    last_id: int = 0
    differing: list[Difference] = field(default_factory=list)


def differing(
    session: Session,
    after_id: int = 0,
    limit: int = 1000,
    *,
    only: int | None = None,
    where: Sequence[ColumnElement[bool]] = (),
) -> Recount:
    """Look at the next tickets behind `after_id`, or `only` at one; four reads for all of them.

    With `where` at those of them for which that holds.
    """
    query = select(Ticket.id, Ticket.number, Ticket.due_at).order_by(Ticket.id).limit(limit)
    query = query.where(Ticket.id > after_id if only is None else Ticket.id == only, *where)
    tickets = [(int(one), number, due) for one, number, due in session.execute(query)]
    if not tickets:
        return Recount()
    ids = [ticket_id for ticket_id, _, _ in tickets]
    happenings = happenings_of(session, ids)
    clocks = _clocks_of(session, ids)
    timers = select(Timer.subject, Timer.due_at).where(
        Timer.ticket_id.in_(ids), Timer.kind == CLOCK
    )
    due = {int(subject): moment for subject, moment in session.execute(timers)}
    found = Recount(len(tickets), ids[-1])
    for ticket_id, number, nearest in tickets:
        wanted = rows_of(happenings.get(ticket_id, ()))
        said = _compared(wanted, clocks.get(ticket_id, ()), due, nearest)
        found.differing += [Difference(ticket_id, number, *one) for one in said]
    return found


def mend_clocks(work: Work, ticket_id: int) -> None:
    """Let the rows and timers of a ticket say what its history says."""
    ticket = work.session.get(Ticket, ticket_id)
    if ticket is not None:
        recount_clocks(work, ticket)


def recount_all(work: Work, after_id: int) -> None:
    """Work out the clocks of the next tickets anew, and go on behind them: after an upgrade."""
    query = select(Ticket).where(Ticket.id > after_id).order_by(Ticket.id).limit(AT_ONCE)
    tickets = list(work.session.scalars(query))
    by_clock = work.because(Cause("clock", reason="the promise was changed"))
    for ticket in tickets:
        sync_clocks(by_clock, ticket)
        recount_clocks(by_clock, ticket)
    if len(tickets) == AT_ONCE:
        set_timer(work, TIMER, str(tickets[-1].id), 0, work.now)


Said = tuple[str, str, Any, Any]


def _compared(
    wanted: dict[str, Row],
    clocks: Sequence[Any],
    due: dict[int, datetime],
    nearest: datetime | None,
) -> Iterator[Said]:
    missing = dict(wanted)
    for clock in clocks:
        row = missing.pop(clock.kind, None)
        if row is None:
            yield clock.kind, "extra", clock.id, None
            continue
        stands, ought = _says(clock), tuple(map(row.__getitem__, FIELDS))
        if stands != ought:  # all at once, since it is hardly ever so
            for name, one, other in zip(FIELDS, stands, ought, strict=True):
                if one != other:
                    yield clock.kind, name, one, other
        if due.get(clock.id) != row["next_at"]:
            yield clock.kind, "timer", due.get(clock.id), row["next_at"]
    for kind in missing:
        yield kind, "missing", None, None
    soonest = min((row["due_at"] for row in wanted.values() if row["due_at"]), default=None)
    if soonest != nearest:
        yield "", "nearest", nearest, soonest


def _clocks_of(session: Session, ids: list[int]) -> dict[int, list[Any]]:
    """The clocks of some tickets as bare rows, by ticket."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(select(*COLUMNS).where(TicketClock.ticket_id.in_(ids))):
        found[row[1]].append(row)
    return found


def _says(clock: Any) -> tuple[Any, ...]:
    """What the row of a clock holds, in the order of `FIELDS`."""
    return tuple(clock[3:])
