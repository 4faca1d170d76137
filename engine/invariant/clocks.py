"""Every promised time has its timer, and every clock stands as its history says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, and_, cast, func, or_, select

from engine.commands.clocks_recount import differing
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket
from engine.timers.models import Timer

FROM_HISTORY = "The clocks of the ticket are worked out anew from their history."
BESIDE = ("timer", "nearest")  # what is found without working anything out

TIMER = Kind(
    "clock.timer",
    "A promised time would pass unseen",
    "The clock “%(clock)s” is to be told of at %(due)s, and its timer stands at %(timer)s.",
    FROM_HISTORY,
    repairs=True,
)
NEAREST = Kind(
    "clock.nearest",
    "A ticket is sorted by a time that is not its nearest",
    "The ticket says %(due)s, and its clocks say %(nearest)s.",
    FROM_HISTORY,
    repairs=True,
)
DIFFERS = Kind(
    "clock.differs",
    "A clock is not as its history says",
    "The clock “%(clock)s”: %(field)s is %(stands)s and ought to be %(ought)s.",
    FROM_HISTORY,
    repairs=True,
)


def timers(ground: Ground, span: Span) -> Iterator[Found]:
    """Clocks whose timer is missing, stands at another moment, or is there without reason."""
    mine = and_(Timer.kind == "clock", Timer.subject == cast(TicketClock.id, String))
    query = (
        select(
            TicketClock.id, TicketClock.ticket_id, TicketClock.kind, TicketClock.next_at,
            Timer.due_at,
        )
        .outerjoin(Timer, mine)
        .where(
            span.on(TicketClock.id, TicketClock.ticket_id),
            TicketClock.next_at.is_distinct_from(Timer.due_at),
        )
    )  # fmt: skip
    for row in ground.session.execute(query):
        values = {
            "clock": row.kind,
            "due": row.next_at.isoformat() if row.next_at else "–",
            "timer": row.due_at.isoformat() if row.due_at else "–",
        }
        yield Found(TIMER.code, f"clock {row.id}", row.id, row.ticket_id, values)


def nearest(ground: Ground, span: Span) -> Iterator[Found]:
    """Tickets whose due time is not that of the clock that ends first."""
    soonest = (
        select(func.min(TicketClock.due_at))
        .where(TicketClock.ticket_id == Ticket.id)
        .scalar_subquery()
    )
    query = select(Ticket.id, Ticket.due_at, soonest.label("soonest")).where(
        span.on(Ticket.id, Ticket.id), Ticket.due_at.is_distinct_from(soonest)
    )
    for row in ground.session.execute(query):
        values = {
            "due": row.due_at.isoformat() if row.due_at else "–",
            "nearest": row.soonest.isoformat() if row.soonest else "–",
        }
        yield Found(NEAREST.code, f"ticket {row.id}", row.id, row.id, values)


def differences(ground: Ground, span: Span) -> Iterator[Found]:
    """Clocks that would be others if they were worked out again."""
    mine = select(TicketClock.id).where(TicketClock.ticket_id == Ticket.id)
    where = [span.on(Ticket.id, Ticket.id), or_(mine.exists(), Ticket.sla_id.is_not(None))]
    found = differing(ground.session, 0, SLICE, where=where)
    for one in found.differing:
        if one.what in BESIDE:
            continue
        values = {
            "clock": one.kind, "field": one.what, "stands": str(one.stands),
            "ought": str(one.ought),
        }  # fmt: skip
        key = f"ticket {one.ticket_id} {one.kind} {one.what}"
        yield Found(DIFFERS.code, key, one.ticket_id, one.ticket_id, values)


SLICE = 1000
TIMERS = Look("clock_timers", timers, (TIMER,), TicketClock.id)
NEAREST_LOOK = Look("nearest", nearest, (NEAREST,), Ticket.id)
DIFFERENCES = Look("clocks", differences, (DIFFERS,), Ticket.id, size=SLICE)
