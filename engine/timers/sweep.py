"""Firing what is due, in the order of due times: claimed with a lease, fired, gone.

Firing deletes or moves the timer in the same transaction as what it causes, so each fires once,
whoever else has claimed it meanwhile. A few of them share a transaction, since most of the time
would go into beginning and ending it; where one of these fails none has happened, and each gets a
transaction of its own. What fails is tried again after growing pauses and holds nobody up. What was
claimed before and never heard of again may kill its worker, and is claimed alone from then on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.catalogue.shelf import shelve
from engine.db.together import do_together
from engine.errors import Conflict, VorgangError
from engine.tickets.models import Ticket
from engine.timers.claims import ANY_DUE, BROKE_OFF, LEASE, UNHEARD, due, held_until, pause
from engine.timers.models import Timer
from engine.timers.write import know_timers
from engine.work import SYSTEM, Cause, Work, attempt, transaction

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)

BATCH = 100  # claimed at once
# Fired in one transaction, by whether it is SQLite, where all others who write wait meanwhile.
GROUP = {True: 20, False: 50}
MOST = 1000  # of one sweep
_SLOTS = {True: threading.Semaphore(1), False: threading.Semaphore(2)}  # by whether it is SQLite
ONE_AT_A_TIME = 7_153_001  # the advisory lock of PostgreSQL that claiming goes by
CAUSE = Cause("timer", reason="its time has come")

WITH = (
    joinedload(Ticket.customer), joinedload(Ticket.owner), joinedload(Ticket.organisation),
    selectinload(Ticket.tag_rows),
)  # fmt: skip

Fire = Callable[[Work, Timer], None]


class Claim(NamedTuple):
    """A timer that was taken, and the number of this try; without a ticket it is the desk's."""

    timer_id: int
    tries: int
    ticket_id: int


def sweep_in_turn(desk: Desk, fire: Fire) -> int:
    """`sweep`, unless as many are under way in this process as are of use; then nothing.

    The others of its threads are left to the outbox, and to whoever waits for the one lock that
    SQLite has for all who write.
    """
    slots = _SLOTS[desk.database.sqlite]
    if not slots.acquire(blocking=False):
        return 0
    try:
        return sweep(desk, fire)
    finally:
        slots.release()


def sweep(desk: Desk, fire: Fire, *, limit: int = MOST) -> int:
    """Fire what is due now; returns how many timers were taken up."""
    taken = 0
    while taken < limit:
        claims = claim(desk)
        if not claims:
            break
        taken += len(claims)
        for group in _renewed(desk, claims):
            _fire(desk, group, fire)
        desk.poke()
    return taken


def claim(desk: Desk, most: int = BATCH) -> list[Claim]:
    """Take those that have been due longest, for `LEASE`.

    Of one ticket nothing is taken while what was due before it is still to fire: workers claim one
    after the other, so each knows what the others have.
    """
    now = desk.clock()
    if not desk.read(lambda work: _anything(work.session, now)):
        return []  # asked without the write lock, which others need more

    def take() -> list[Claim]:
        with transaction(desk.database.writing()) as session:
            if not desk.database.sqlite:
                session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
            query = due(now).add_columns(Timer.tries, Timer.ticket_id).limit(most)
            rows = session.execute(query.with_for_update(skip_locked=True, of=Timer)).all()
            fresh = list(takewhile(lambda row: row.tries == 0, rows)) or rows[:1]
            taken = [Claim(row.id, row.tries + 1, row.ticket_id) for row in fresh]
            if taken:
                _mark(session, [one.timer_id for one in taken], now, taken[0].tries)
            return taken

    return attempt(take)


def _anything(session: Session, now: datetime) -> bool:
    """Whether something is due that may be taken."""
    if session.scalar(ANY_DUE, {"now": now}) is None:
        return False
    return session.scalar(due(now).limit(1)) is not None


def _mark(session: Session, ids: list[int], now: datetime, tries: int) -> None:
    values: dict[str, Any] = {"tries": tries, "claimed_until": held_until(now, tries)}
    if tries >= BROKE_OFF:
        values["last_error"] = case((Timer.last_error == "", UNHEARD), else_=Timer.last_error)
    query = update(Timer).where(Timer.id.in_(ids)).values(values)
    session.execute(query.execution_options(synchronize_session=False))


def release_claims(desk: Desk) -> None:
    """Free what a worker that is no more had claimed, except what had been failing."""

    def free() -> None:
        with transaction(desk.database.writing()) as session:
            held = (
                Timer.claimed_until.is_not(None), Timer.last_error == "", Timer.tries < BROKE_OFF
            )  # fmt: skip
            session.execute(update(Timer).where(*held).values(claimed_until=None))

    attempt(free)


def _renewed(desk: Desk, claims: list[Claim]) -> Iterator[list[Claim]]:
    """What was claimed in groups; the lease of what is still to come is renewed in time.

    What is the desk's own goes through many tickets, and is a group of its own.
    """
    since, left = desk.clock(), list(claims)
    while left:
        first = left[: GROUP[desk.database.sqlite]]
        group = list(takewhile(lambda one: one.ticket_id, first)) or left[:1]
        left = left[len(group) :]
        yield group
        now = desk.clock()
        if left and not timedelta() <= now - since < LEASE / 2:
            since, ids = now, [one.timer_id for one in left]
            desk.run(lambda work, ids=ids: _hold(work, ids))  # type: ignore[misc]


def _hold(work: Work, ids: list[int]) -> None:
    query = update(Timer).where(Timer.id.in_(ids)).values(claimed_until=work.now + LEASE)
    work.session.execute(query.execution_options(synchronize_session=False))


def _fire(desk: Desk, claims: list[Claim], fire: Fire) -> None:
    if len(claims) > 1:
        try:
            _in_one(desk, [one.timer_id for one in claims], fire)
        except Exception as error:
            log.info("of %s timers one has failed (%r); each alone then", len(claims), error)
        else:
            return
    for timer_id, tries, _ in claims:
        try:
            attempt(lambda one=timer_id: _in_one(desk, [one], fire))  # type: ignore[misc]
        except Conflict:
            reason = "somebody else changed the ticket at the same time"
            _note_failure(desk, timer_id, tries, reason)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            log.exception("timer %s failed", timer_id)
            said = error.message if isinstance(error, VorgangError) else reason
            _note_failure(desk, timer_id, tries, said)


def _in_one(desk: Desk, ids: list[int], fire: Fire) -> None:
    """Fire these in one transaction; what another transaction is at is left to it."""
    with transaction(desk.database.writing()) as session:
        query = select(Timer).where(Timer.id.in_(ids)).order_by(Timer.due_at, Timer.id)
        rows = list(session.scalars(query.with_for_update(skip_locked=True)))
        do_together(session)
        _kept = _tickets(session, rows)
        for timer in rows:
            # What came before may have ended or moved it.
            gone = timer not in session or timer in session.deleted
            if not gone and timer.due_at <= desk.clock():
                work = replace(desk.work(session, SYSTEM, CAUSE), due=timer.due_at)
                fire(work, timer)


def _tickets(session: Session, rows: list[Timer]) -> list[Ticket]:
    """The tickets that will be looked at, asked for together; the session knows them from now.

    Of what nothing happens to, nothing is asked for beside the ticket itself.
    """
    found: list[Ticket] = []
    moved = know_timers(session, rows)
    others = {row.ticket_id for row in rows if row.ticket_id} - moved
    for ids, more in ((moved, WITH), (others, ())):
        if ids:
            query = select(Ticket).where(Ticket.id.in_(ids)).options(*more)
            found += [shelve(session, ticket) for ticket in session.scalars(query)]
    return found


def _note_failure(desk: Desk, timer_id: int, tries: int, reason: str) -> None:
    def once() -> None:
        with transaction(desk.database.writing()) as session:
            again = desk.clock() + pause(tries)
            failed = update(Timer).where(Timer.id == timer_id)  # not read: it may be that it cannot
            said = failed.values(last_error=reason[:400], claimed_until=again)
            session.execute(said.execution_options(synchronize_session=False))

    attempt(once)
