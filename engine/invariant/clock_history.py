"""What happened to the clocks of a ticket is told without a gap, and of the promise that it has.

The rows of clocks follow from their history, and so does what a repair makes of them: where a line
of it is gone, they would follow a life that never was. What the ticket itself says is asked first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import String, cast, select

from engine.catalogue.models import ENDED_TYPES, Sla, State
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.sla.models import ClockEvent
from engine.tickets.models import Ticket
from engine.timers.models import Timer

GAP = Kind(
    "clock.history",
    "The history of clocks has a gap",
    "It does not say that the ticket was %(what)s.",
    "What is missing is added with the time that the ticket itself says.",
    repairs=True,
)
PROMISE = Kind(
    "clock.promise",
    "Clocks count by another SLA than the ticket has",
    "The ticket has the SLA %(sla)s, and its clocks count by %(counts)s.",
    "Whichever of the two the history of the ticket does not know follows the other one.",
    repairs=True,
)
UNDER_WAY = ("promises", "recount")  # timers that bring tickets to what is promised now


def untold(ground: Ground, span: Span) -> Iterator[Found]:
    """Tickets whose clocks do not know that they began or ended, or by what they count."""
    under_way = select(Timer.id).where(Timer.kind.in_(UNDER_WAY))
    settled = ground.session.scalar(under_way.limit(1)) is None
    slas = dict(ground.session.execute(select(Sla.id, Sla.name)).all())
    for row in ground.session.execute(_lives(span)):
        key, told = f"ticket {row.id}", row.opened is not None or row.moved is not None
        ended = row.type in ENDED_TYPES
        if not told and row.promise is None:
            continue  # no clock has ever been begun
        at_an_end = ended if row.closed_at is not None else None if ended else False
        what = _missing(row.opened, at_an_end, row.moved)
        if what:
            yield Found(GAP.code, key, row.id, row.id, {"what": what})
        counts = _sla_of(row.promise)
        if settled and not ended and counts != row.sla_id:
            values = {
                name: slas.get(one or 0, "–")
                for name, one in (("sla", row.sla_id), ("counts", counts))
            }
            yield Found(PROMISE.code, key, row.id, row.id, values)


def _lives(span: Span) -> Any:
    """Tickets with what the latest lines of their clocks say."""
    own = ClockEvent.ticket_id == Ticket.id
    latest = ClockEvent.at.desc(), ClockEvent.id.desc()
    moves = ClockEvent.what.in_(("closed", "reopened"))
    opened = select(ClockEvent.id).where(own, ClockEvent.what == "opened").limit(1)
    moved = select(ClockEvent.what).where(own, moves).order_by(*latest).limit(1)
    text = cast(ClockEvent.promise, String)
    promise = select(text).where(own, ClockEvent.what == "promised").order_by(*latest).limit(1)
    return (
        select(
            Ticket.id, Ticket.sla_id, Ticket.closed_at, State.type,
            opened.scalar_subquery().label("opened"), moved.scalar_subquery().label("moved"),
            promise.scalar_subquery().label("promise"),
        )
        .join(State, State.id == Ticket.state_id)
        .where(span.on(Ticket.id, Ticket.id))
    )  # fmt: skip


def _missing(opened: int | None, ended: bool | None, moved: str | None) -> str:
    """What is not told; of a ticket that has ended at no time nothing is said."""
    if opened is None:
        return "opened"
    if ended and moved != "closed":
        return "closed"
    return "reopened" if ended is False and moved == "closed" else ""


def _sla_of(promise: str | None) -> int | None:
    with suppress(ValueError, TypeError, KeyError):
        return int(json.loads(promise or "")["sla_id"])
    return None


LOOK = Look("clock_history", untold, (GAP, PROMISE), Ticket.id)
