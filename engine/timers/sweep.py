"""Firing what is due: claimed with a lease, in the order of due times, each in its own transaction.

Firing deletes or moves the timer in the same transaction as what it causes, so each fires once.
One that fails is tried again after growing pauses and holds nobody up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from engine.errors import Conflict, VorgangError
from engine.timers.models import Timer
from engine.work import SYSTEM, Cause, Work, attempt, transaction

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = 10, 3600  # seconds
CAUSE = Cause("timer", reason="its time has come")

Fire = Callable[[Work, Timer], None]


def sweep(desk: Desk, fire: Fire, *, limit: int = 1000) -> int:
    """Fire what is due now; returns how many timers were taken up."""
    for count in range(limit):
        claimed = claim(desk)
        if claimed is None:
            if count:
                desk.poke()
            return count
        _fire(desk, *claimed, fire)
    desk.poke()
    return limit


def claim(desk: Desk) -> tuple[int, int] | None:
    """Take the timer that has been due longest; its id and the number of this try."""
    now = desk.clock()
    free = or_(Timer.claimed_until.is_(None), Timer.claimed_until <= now)
    due = select(Timer.id).where(Timer.due_at <= now, free).order_by(Timer.due_at, Timer.id)
    if desk.read(lambda work: work.session.scalar(due.limit(1))) is None:
        return None

    def take() -> tuple[int, int] | None:
        with transaction(desk.database.writing()) as session:
            found = session.scalar(due.limit(1).with_for_update(skip_locked=True))
            timer = session.get(Timer, found or 0)
            if timer is None:
                return None
            timer.tries += 1
            timer.claimed_until = now + max(LEASE, pause(timer.tries))
            return timer.id, timer.tries

    return attempt(take)


def pause(tries: int) -> timedelta:
    """How long a timer that failed rests: 10 s, doubled each time, at most an hour."""
    return timedelta(seconds=min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE))


def release_claims(desk: Desk) -> None:
    """Free what a worker that is no more had claimed, except what had been failing."""

    def free() -> None:
        with transaction(desk.database.writing()) as session:
            held = Timer.claimed_until.is_not(None), Timer.last_error == "", Timer.tries <= 1
            for timer in session.scalars(select(Timer).where(*held)):
                timer.claimed_until = None

    attempt(free)


def _fire(desk: Desk, timer_id: int, tries: int, fire: Fire) -> None:
    def once() -> None:
        with transaction(desk.database.writing()) as session:
            timer = session.get(Timer, timer_id)
            if timer is not None and timer.due_at <= desk.clock():
                fire(desk.work(session, SYSTEM, CAUSE), timer)

    try:
        attempt(once)
    except Conflict:
        _note_failure(desk, timer_id, tries, "somebody else changed the ticket at the same time")
    except Exception as error:
        reason = (
            error.message if isinstance(error, VorgangError) else f"{type(error).__name__}: {error}"
        )
        log.exception("timer %s failed", timer_id)
        _note_failure(desk, timer_id, tries, reason)


def _note_failure(desk: Desk, timer_id: int, tries: int, reason: str) -> None:
    def once() -> None:
        with transaction(desk.database.writing()) as session:
            timer = session.get(Timer, timer_id)
            if timer is not None:
                timer.last_error = reason[:400]
                timer.claimed_until = desk.clock() + pause(tries)

    attempt(once)
