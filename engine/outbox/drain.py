"""Delivering the outbox: claim with a lease and commit, act outside any transaction, mark.

At least once: when a process dies between acting and marking, the row is done again, which every
handler must stand (a mail keeps its Message-ID). While somebody acts the lease is renewed, so that
a slow server never has two of us at it. What does not work is tried again for days. What kills the
process is counted when a row is claimed, so that it is given up after a few times, and its next due
moment is set then, so that others pass it by.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, cast, or_, select, update
from sqlalchemy.orm import Session

from engine.errors import Unavailable, VorgangError
from engine.outbox.models import OutboxRow
from engine.work import SYSTEM, Cause, Work, attempt, transaction

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
RENEWED_EVERY = 30.0  # seconds, while a handler acts
MOST_RENEWALS = 60  # after that it is taken for stuck, and others may have the row
MOST_BREAKS = 12  # times in a row that nothing was heard of who had claimed it
FIRST_PAUSE, LONGEST_PAUSE = 5, 3600  # seconds
SPREAD = 0.85, 1.0  # of a pause, so that what failed together is not tried again together
CAUSE = Cause("system", reason="delivery")


@dataclass(frozen=True)
class Task:
    """A claimed row as the handler sees it."""

    id: int
    topic: str
    payload: Mapping[str, Any]
    ticket_id: int | None
    tries: int
    since: datetime
    breaks: int = 0


class Later(Unavailable):
    """Not before `at`, as the other side asks; `tried` is whether it was asked at all."""

    def __init__(self, message: str, at: datetime, *, tried: bool = True) -> None:
        super().__init__(message)
        self.at, self.tried = at, tried


After = Callable[[Work], None]
Act = Callable[["Desk", Task], After | None]
GiveUp = Callable[[Work, Task, str], None]


@dataclass(frozen=True)
class Handler:
    """`act` does it outside any transaction; what it returns runs with the marking. `give_up`
    runs when it will not be tried again."""

    act: Act
    give_up: GiveUp | None = None


def drain(
    desk: Desk, handlers: Mapping[str, Handler], *, limit: int = 500, only: str = "", but: str = ""
) -> int:
    """Deliver what is due, one after the other; returns how many rows were taken up.

    `only` and `but` are a topic that alone is delivered, or left to somebody else.
    """
    for count in range(limit):
        task = claim(desk, only=only, but=but)
        if task is None:
            return count
        _deliver(desk, task, handlers.get(task.topic))
    return limit


def claim(desk: Desk, *, only: str = "", but: str = "") -> Task | None:
    """Take the row that is due first, for `LEASE`; None when nothing is due."""
    now = desk.clock()
    due = _due(now, only, but)
    first = (
        select(OutboxRow.id)
        .where(*due)
        .order_by(OutboxRow.due_at, OutboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )

    def take() -> Task | bool:
        with transaction(desk.database.writing()) as session:
            number = session.scalar(first)
            if number is None:
                return False
            try:
                row = session.get_one(OutboxRow, number)
                payload = dict(row.payload)
            except (TypeError, ValueError):  # damaged; it would stand before all others for ever
                _bury(session, number, now)
                return True
            row.tries += 1
            row.breaks += 1
            row.claimed_until = now + LEASE
            row.due_at = now + pause(row.tries) * random.uniform(*SPREAD)
            return Task(
                row.id, row.topic, payload, row.ticket_id, row.tries, row.created_at, row.breaks
            )

    while _any(desk, due):  # asked without the write lock, which others need more
        taken = attempt(take)
        if not isinstance(taken, bool):
            return taken
        if not taken:
            break
    return None


def _bury(session: Session, number: int, now: datetime) -> None:
    """Give up a row that cannot be read, with what stood in it."""
    one = OutboxRow.id == number
    log.error("outbox row %s cannot be read and is given up", number)
    text = session.scalar(select(cast(OutboxRow.payload, String)).where(one))
    said = {"last_error": f"what it holds cannot be read: {text}"[:400], "payload": {}}
    buried = (
        update(OutboxRow).where(one).values(status="dead", claimed_until=None, due_at=now, **said)
    )
    session.execute(buried.execution_options(synchronize_session=False))


def pause(tries: int) -> timedelta:
    """How long to wait after this many tries: 5 s, doubled each time, at most an hour."""
    return timedelta(seconds=min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE))


def release_claims(desk: Desk) -> int:
    """Free what a worker that is no more had claimed; only for a desk with one worker."""

    def free() -> int:
        with transaction(desk.database.writing()) as session:
            held = OutboxRow.status == "waiting", OutboxRow.claimed_until.is_not(None)
            found = session.scalars(
                update(OutboxRow).where(*held).values(claimed_until=None).returning(OutboxRow.id)
            )
            return len(found.all())

    return attempt(free)


def _due(now: datetime, only: str, but: str) -> list[ColumnElement[bool]]:
    """What is to be delivered now and nobody is at."""
    free = or_(OutboxRow.claimed_until.is_(None), OutboxRow.claimed_until <= now)
    due = [OutboxRow.status == "waiting", OutboxRow.due_at <= now, free]
    if only or but:
        due.append(OutboxRow.topic == only if only else OutboxRow.topic != but)
    return due


def _any(desk: Desk, due: Sequence[ColumnElement[bool]]) -> bool:
    query = select(OutboxRow.id).where(*due).limit(1)
    return desk.read(lambda work: work.session.scalar(query)) is not None


def _deliver(desk: Desk, task: Task, handler: Handler | None) -> None:
    if handler is None or task.breaks > MOST_BREAKS:
        reason = "nobody handles this" if handler is None else "delivery broke off at every try"
        _mark_failed(desk, task, handler, reason, dead=True)
        return
    try:
        with _lease_renewed(desk, task):
            after = handler.act(desk, task)
        _mark_done(desk, task, after)
    except Unavailable as error:
        if isinstance(error, Later) and not _too_old(desk, task):
            _mark_later(desk, task, error)
        else:
            _mark_failed(desk, task, handler, error.message, dead=_too_old(desk, task))
    except VorgangError as error:
        _mark_failed(desk, task, handler, error.message, dead=True)
    except Exception as error:
        log.exception("outbox row %s (%s) failed", task.id, task.topic)
        reason = f"{type(error).__name__}: {error}"
        _mark_failed(desk, task, handler, reason, dead=_too_old(desk, task))


def _too_old(desk: Desk, task: Task) -> bool:
    """Whether it has been tried for as many days as the desk means to."""
    return desk.clock() - task.since >= timedelta(days=desk.settings.delivery_days)


@contextmanager
def _lease_renewed(desk: Desk, task: Task) -> Iterator[None]:
    """Keep the claim alive as long as the work goes on, so that nobody else begins it meanwhile."""
    done = threading.Event()

    def renew() -> None:
        with transaction(desk.database.writing()) as session:
            row = session.get(OutboxRow, task.id)
            if row is not None and row.status == "waiting":
                row.claimed_until = desk.clock() + LEASE

    def keep() -> None:
        for _ in range(MOST_RENEWALS):
            if done.wait(RENEWED_EVERY):
                return
            try:
                attempt(renew)
            except Exception:
                log.warning("the lease of outbox row %s was not renewed", task.id, exc_info=True)

    keeper = threading.Thread(target=keep, name=f"lease of outbox row {task.id}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _mark_done(desk: Desk, task: Task, after: After | None) -> None:
    def mark(work: Work, row: OutboxRow) -> None:
        row.status, row.done_at, row.last_error = "done", work.now, ""
        if after is not None:
            after(work)

    _mark(desk, task, mark)


def _mark_failed(
    desk: Desk, task: Task, handler: Handler | None, reason: str, *, dead: bool
) -> None:
    def mark(work: Work, row: OutboxRow) -> None:
        row.last_error, row.breaks = reason[:2000], 0
        if dead:
            row.status = "dead"
            if handler is not None and handler.give_up is not None:
                handler.give_up(work, task, reason)

    log.warning("outbox row %s (%s), try %s: %s", task.id, task.topic, task.tries, reason)
    _mark(desk, task, mark)


def _mark_later(desk: Desk, task: Task, error: Later) -> None:
    def mark(work: Work, row: OutboxRow) -> None:
        row.last_error, row.breaks = error.message[:2000], 0
        row.due_at = max(row.due_at, error.at) if error.tried else error.at
        row.tries -= 0 if error.tried else 1

    log.info("outbox row %s (%s) waits: %s", task.id, task.topic, error.message)
    _mark(desk, task, mark)


def _mark(desk: Desk, task: Task, mark: Callable[[Work, OutboxRow], None]) -> None:
    def once() -> None:
        with transaction(desk.database.writing()) as session:
            row = session.get(OutboxRow, task.id)
            if row is not None:
                row.claimed_until = None
                mark(desk.work(session, SYSTEM, CAUSE), row)

    attempt(once)
