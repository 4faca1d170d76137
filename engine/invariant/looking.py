"""Walking over the tables: slice by slice in short reading transactions, each finding seen twice.

A slice is one snapshot of the database, so that a desk where people work gives no false alarm by
being read half before and half after a change. What seems wrong is looked at once more a moment
later, by itself; only what is wrong both times is told. A row so damaged that a question breaks on
it is told as well, and keeps nobody from seeing the rest.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from engine.errors import Conflict
from engine.invariant.found import Found, Ground, Kind, Look, Numbers, Span
from engine.tickets.models import Ticket

if TYPE_CHECKING:
    from engine.desk import Desk

GRACE = 0.25  # seconds between the two looks
AT_ONCE = 500  # rows of a second look
MOST = 10_000  # findings of one slice that are told
END = "end"  # of a walk
ALIVE = ("definitions",)  # what stays known from slice to slice: versions do not change
MOST_BROKEN = 20  # rows of one slice on which a question breaks that are looked for

FAILED = Kind(
    "check.failed",
    "A check could not be made",
    "The check “%(check)s” breaks on %(row)s: %(problem)s",
    "A row that it reads is damaged, and is named here as well where that can be seen by itself; "
    "put it back from the last backup.",
)
BREAKS = (
    "The check “%(check)s” breaks on one of these tickets; asked about all tickets, it says on "
    "which row."
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """How far a walk has come: the question, and the row behind which it goes on."""

    look: str = ""
    after: int = 0


@dataclass
class Slice:
    """What one step of a walk has seen; `over` says that its question is answered for all rows."""

    look: Look
    after: int
    rows: int
    seconds: float
    over: bool
    found: list[Found] = field(default_factory=list)
    behind: str = END  # the question that comes after this one

    @property
    def place(self) -> Place:
        """From where to go on."""
        return Place(self.behind, 0) if self.over else Place(self.look.name, self.after)


def walk(
    desk: Desk,
    looks: Sequence[Look],
    *,
    since: Place | None = None,
    numbers: Numbers | None = None,
    grace: float = GRACE,
) -> Iterator[Slice]:
    """Ask all these questions about all rows, or about tickets of some numbers only.

    Goes on behind the place `since`, where a walk has been broken off.
    """
    names = [look.name for look in looks]
    begin = since.look if since is not None and since.look in names else ""
    kept: dict[str, Any] = {}
    if since is not None and since.look == END:
        return
    first = names.index(begin) if begin else 0
    for look, behind in zip(looks[first:], [*names[first + 1 :], END], strict=True):
        after = since.after if since is not None and look.name == begin else 0
        if numbers is not None and not look.by_ticket:
            continue
        for part in _over(desk, look, after, numbers, grace, kept):
            part.behind = behind
            yield part


def _over(
    desk: Desk, look: Look, after: int, numbers: Numbers | None, grace: float, kept: dict[str, Any]
) -> Iterator[Slice]:
    if look.holds is not None and after == 0 and numbers is None:
        begun = time.perf_counter()
        rows, last = _held(desk, look)
        if rows is not None:
            yield Slice(look, last, rows, time.perf_counter() - begun, True)
            return
    over = False
    while not over:
        begun = time.perf_counter()
        known = dict(kept)
        span, rows, over = _next(desk, look, after, numbers)
        found = _ask(desk, look, span, known) if rows else []
        if found:
            time.sleep(grace)
            found = again(desk, look, found, {key: known[key] for key in ALIVE if key in known})
        kept.update((key, known[key]) for key in ALIVE if key in known)
        after = span.to
        yield Slice(look, after, rows, time.perf_counter() - begun, over, found)


def again(
    desk: Desk, look: Look, found: Sequence[Found], known: dict[str, Any] | None = None
) -> list[Found]:
    """Those of some findings that are still there, as they are now."""
    before = {(one.code, one.key) for one in found}
    ids = sorted({one.at for one in found})
    still: dict[tuple[str, str], Found] = {}
    for start in range(0, len(ids), AT_ONCE):
        span = Span(ids=tuple(ids[start : start + AT_ONCE]))
        for one in _ask(desk, look, span, dict(known or {})):
            if (one.code, one.key) in before:
                still[one.code, one.key] = one
    return list(still.values())


def _ask(desk: Desk, look: Look, span: Span, known: dict[str, Any]) -> list[Found]:
    """One question about one span; the rows on which it breaks are told, and the others asked."""
    try:
        return _asked(desk, look, span, known)
    except DBAPIError:
        raise
    except Exception as error:
        if span.numbers is not None:  # which rows belong to these tickets only the question knows
            raise Conflict(BREAKS, values={"check": look.name}) from error
        log.warning("the check %s breaks", look.name, exc_info=True)
        ids = _ids(desk, look, span)
        if len(ids) < 2:
            return [broken(look, ids[0] if ids else 0, error)]
    return _apart(desk, look, ids)


def _apart(desk: Desk, look: Look, ids: Sequence[int]) -> list[Found]:
    """Ask about halves, and halves of these, until what breaks is by itself."""
    found: list[Found] = []
    left, breaks = [ids], 0
    while left and breaks < MOST_BROKEN:
        some = left.pop()
        try:
            found += _asked(desk, look, Span(ids=tuple(some)), {})
        except DBAPIError:
            raise
        except Exception as error:
            if len(some) == 1:
                breaks += 1
                found.append(broken(look, some[0], error))
            else:
                middle = len(some) // 2
                left += [some[middle:], some[:middle]]
    return found


def broken(look: Look, row: int, error: Exception) -> Found:
    """That a question breaks on a row, or where it is not about rows by itself."""
    problem = f"{type(error).__name__}: {error}"[:300]
    values = {"check": look.name, "row": row or "–", "problem": problem}
    return Found(FAILED.code, f"{look.name} {row}", row, None, values)


def _ids(desk: Desk, look: Look, span: Span) -> list[int]:
    """The rows that a span is about; none where a question is asked once."""
    if look.walks is None or span.ids:
        return list(span.ids)
    column, session = look.walks, desk.database.reading()
    try:
        rows = select(column).distinct().where(span.on(column, column)).order_by(column)
        return [int(one) for one in session.scalars(rows)]
    finally:
        session.close()


def _asked(desk: Desk, look: Look, span: Span, known: dict[str, Any]) -> list[Found]:
    """One question about one span, in one snapshot; the oldest row first."""
    session = desk.database.snapshot()
    found = []
    try:
        for one in look.ask(Ground(session, desk.clock(), desk, known), span):
            found.append(one)
            if len(found) >= MOST:
                break
    finally:
        session.close()
    return sorted(found, key=lambda one: one.at)  # a database gives rows in any order


def _held(desk: Desk, look: Look) -> tuple[int | None, int]:
    """How many rows a table has of which nothing is to be found, and the last one."""
    session = desk.database.snapshot()
    try:
        if look.holds is None or not look.holds(session):
            return None, 0
        if look.walks is None:
            return 1, 0
        rows, last = session.execute(select(func.count(), func.max(look.walks))).one()
        return int(rows), int(last or 0)
    finally:
        session.close()


def _next(desk: Desk, look: Look, after: int, numbers: Numbers | None) -> tuple[Span, int, bool]:
    """The next rows of a walk, how many they are at most, and whether they are the last ones."""
    column = look.walks if numbers is None else Ticket.id
    if column is None:
        return Span(), 1, True
    size = look.size if numbers is None else min(look.size, 500)
    walked = select(column)
    if numbers is not None:
        walked = walked.where(numbers.holds(Ticket.id))
    session = desk.database.reading()
    try:
        behind = walked.where(column > after).order_by(column)
        to = session.scalar(behind.offset(size - 1).limit(1))
        if to is not None:
            return Span(after, to, numbers=numbers), size, False
        rest = behind.subquery()
        rows, last = session.execute(select(func.count(), func.max(rest.c[column.key]))).one()
        return Span(after, last or after, numbers=numbers), int(rows), True
    finally:
        session.close()
