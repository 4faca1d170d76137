"""Which timers may be taken up at a moment, as one condition of the database.

A lease and a pause end after a known time. One that ends later than it could was given by a clock
that has been set back since, and does not count: nothing waits because the clock was wrong.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from engine.db.base import Utc
from engine.timers.models import Timer

LEASE = timedelta(seconds=30)
SKEW = timedelta(seconds=5)  # by which the clocks of several machines may differ
FIRST_PAUSE, LONGEST_PAUSE = 10, 3600  # seconds
TRIES_TO_LONGEST = 10  # after which the pauses grow no more
BROKE_OFF = 3  # tries of which nothing was heard: it may be the timer that ends its worker
PASSED_BY = 6  # such tries after which it keeps its place before the others of its ticket no more
UNHEARD = "the worker has ended each time that this was begun"
EARLIER = aliased(Timer, name="earlier")
# Whether anything is due at all, which most sweeps ask in vain: one look into an index, put
# together once, since that takes longer than to answer it.
ANY_DUE = select(Timer.id).where(Timer.due_at <= bindparam("now", type_=Utc())).limit(1)


def pause(tries: int) -> timedelta:
    """How long a timer that failed rests: 10 s, doubled each time, at most an hour."""
    return timedelta(seconds=min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE))


def held_until(now: datetime, tries: int) -> datetime:
    """Until when a claim holds, where nothing is heard of who has it."""
    return now + max(LEASE, pause(tries))


def too_far(now: datetime) -> ColumnElement[bool]:
    """That a claim ends later than any that was given before `now`."""
    now += SKEW
    sooner = (tries for tries in range(1, TRIES_TO_LONGEST) if pause(tries + 1) > LEASE)
    return or_(
        Timer.claimed_until > held_until(now, TRIES_TO_LONGEST),
        *(and_(Timer.tries <= n, Timer.claimed_until > held_until(now, n)) for n in sooner),
    )


def due(now: datetime) -> Select[int]:
    """The ids of the timers that are due and nobody is at, those due longest first.

    Of each ticket only the first: what follows from it may be due before the next one. What fails
    is passed by; what only broke off keeps its place for some minutes longer, since whoever kills
    workers should not turn the order round.
    """
    free = or_(Timer.claimed_until.is_(None), Timer.claimed_until <= now, too_far(now))
    before = or_(
        EARLIER.due_at < Timer.due_at, and_(EARLIER.due_at == Timer.due_at, EARLIER.id < Timer.id)
    )
    blocked = select(EARLIER.id).where(
        EARLIER.ticket_id == Timer.ticket_id,
        before,
        EARLIER.tries < PASSED_BY,
        EARLIER.last_error.in_(("", UNHEARD)),
    )
    return (
        select(Timer.id)
        .where(Timer.due_at <= now, free, or_(Timer.ticket_id == 0, ~blocked.exists()))
        .order_by(Timer.due_at, Timer.id)
    )
