"""A ticket's clocks as bands on a line of time: pieces, flags and ticks as shares of its width.

Nothing here knows a page or a database. However long a ticket has lived and however often its
clocks rested, the drawing stays small: pieces too narrow to be seen are drawn with their
neighbours, and no flag stands upon another of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from engine.sla.happenings import RESTING, RUNNING, Course, Mark, Span
from engine.sla.working import open_spans

NIGHTS = timedelta(days=45)  # up to here the hours without work are drawn
NARROW = 0.12  # percent of the width: what is smaller is drawn with its neighbours
APART = 1.0  # percent between two flags of a kind
MOST_TURNS = 60  # beginnings of cycles that are marked

WORKED, OVER, RESTS, OUTSIDE, AHEAD = "worked", "over", "rests", "outside", "ahead"


@dataclass(frozen=True)
class Window:
    """The stretch of time that is drawn."""

    begin: datetime
    end: datetime

    @property
    def nights(self) -> bool:
        """Whether it is short enough for hours without work to be seen."""
        return self.end - self.begin <= NIGHTS

    def x(self, at: datetime) -> float:
        """Where a moment stands, in percent of the width."""
        return round(100 * ((at - self.begin) / (self.end - self.begin)), 3)

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.begin <= at <= self.end


@dataclass(frozen=True)
class Piece:
    """A stretch of a band that looks the same from begin to end."""

    kind: str
    begin: datetime
    end: datetime
    x: float = 0
    width: float = 0


@dataclass(frozen=True)
class Flag:
    """A moment on a band: a mark that has come, or with `ahead` one to come; or a turn."""

    x: float
    kind: str  # warning, breached, escalated, turn
    at: datetime
    ahead: bool = False
    mark: Mark | None = None


@dataclass(frozen=True)
class Tick:
    """A line of the scale; a middling or minor one may go unnamed where there is little room."""

    x: float
    at: datetime
    by: str  # start, hour, day, month, year: how it is named
    rank: str = ""


@dataclass(frozen=True)
class Band:
    """One clock, drawn; several courses of one kind stand one behind the other."""

    pieces: tuple[Piece, ...]
    flags: tuple[Flag, ...]


def band_of(courses: Iterable[Course], window: Window, now: datetime) -> Band:
    """The courses of one kind within the window."""
    pieces: list[Piece] = []
    flags: list[Flag] = []
    turns: list[Flag] = []
    for course in courses:
        pieces += _pieces(course, window, now)
        flags += _flags(course, window, now)
        if window.holds(course.begun.at):
            turns.append(Flag(window.x(course.begun.at), "turn", course.begun.at))
    turns = turns[1:] if len(turns) <= MOST_TURNS else []
    return Band(tuple(_drawn(pieces, window)), (*_apart(flags), *turns))


def _pieces(course: Course, window: Window, now: datetime) -> Iterator[Piece]:
    for span in course.spans:
        begin, end = max(span.begin, window.begin), min(_end(course, span, now), window.end)
        if begin >= end:
            continue
        if span.phase == RESTING:
            yield Piece(RESTS, begin, end)
        elif span.phase == RUNNING:
            cuts = [c for c in (now, course.breached_at) if c is not None and begin < c < end]
            for low, high in pairwise(sorted({begin, *cuts, end})):
                yield from _running(course, window, now, low, high)


def _end(course: Course, span: Span, now: datetime) -> datetime:
    """Until when a stretch is drawn: one that goes on, until now, or until the promise ends."""
    if span.end is not None:
        return span.end
    return max(now, course.due_at) if course.due_at is not None else now


def _running(
    course: Course, window: Window, now: datetime, begin: datetime, end: datetime
) -> Iterator[Piece]:
    """A stretch that runs, on one side of now and of the breach, cut into work and closed hours."""
    over = course.breached_at is not None and begin >= course.breached_at
    kind = AHEAD if begin >= now else OVER if over else WORKED
    if not window.nights:
        yield Piece(kind, begin, end)
        return
    at = begin
    for opens, closes in open_spans(course.promise.calendar, begin, end):
        if at < opens:
            yield Piece(OUTSIDE, at, opens)
        yield Piece(kind, opens, closes)
        at = closes
    if at < end:
        yield Piece(OUTSIDE, at, end)


def _drawn(pieces: Iterable[Piece], window: Window) -> Iterator[Piece]:
    """The pieces with their places; what is too narrow goes with what follows or went before."""
    bundle: list[Piece] = []
    for piece in pieces:
        if bundle and piece.begin > bundle[-1].end:
            yield _placed(bundle, window)
            bundle = []
        bundle.append(piece)
        if window.x(piece.end) - window.x(bundle[0].begin) >= NARROW:
            yield _placed(bundle, window)
            bundle = []
    if bundle:
        yield _placed(bundle, window)


def _placed(bundle: Sequence[Piece], window: Window) -> Piece:
    """One piece for all: of the kind that takes most of the time."""
    taken: dict[str, timedelta] = {}
    for piece in bundle:
        taken[piece.kind] = taken.get(piece.kind, timedelta()) + (piece.end - piece.begin)
    begin, end = bundle[0].begin, bundle[-1].end
    x = window.x(begin)
    kind = max(taken, key=lambda one: taken[one])
    return Piece(kind, begin, end, x, max(round(window.x(end) - x, 3), NARROW / 2))


def _flags(course: Course, window: Window, now: datetime) -> Iterator[Flag]:
    for mark in course.marks:
        if window.holds(mark.at):
            kind = mark.event.rpartition(".")[2]
            yield Flag(window.x(mark.at), kind, mark.at, mark.at > now, mark)


def _apart(flags: Iterable[Flag]) -> Iterator[Flag]:
    """The flags without those that would stand upon one of their kind."""
    last: dict[tuple[str, bool], float] = {}
    for flag in sorted(flags, key=lambda one: one.at):
        sort = (flag.kind, flag.ahead)
        if flag.x - last.get(sort, -APART) >= APART:
            last[sort] = flag.x
            yield flag


_HOURS = tuple(timedelta(hours=n) for n in (1, 2, 3, 6, 12))
WEEK = 7
_DAYS = (1, 2, WEEK, 2 * WEEK)
_MONTHS = (1, 3, 6, 12, 24, 60, 120)
MOST_TICKS = 9
LAST_TICK = 97  # percent: a name further right would stand outside


def ticks(window: Window, local: Callable[[datetime], datetime]) -> list[Tick]:
    """The scale below the bands, at round times of the reader's clock."""
    length = window.end - window.begin
    first, last = local(window.begin), local(window.end)
    midnight = datetime(first.year, first.month, first.day, tzinfo=first.tzinfo)
    for step in _HOURS:
        if length / step <= MOST_TICKS:
            return _spread(window, _by_time(midnight, last, step), "hour")
    for days in _DAYS:
        if length / timedelta(days=days) <= MOST_TICKS:
            monday = midnight - timedelta(days=midnight.weekday() if days >= WEEK else 0)
            return _spread(window, _by_time(monday, last, timedelta(days=days)), "day")
    for months in _MONTHS:
        if length / timedelta(days=30 * months) <= MOST_TICKS:
            by = "month" if months < 12 else "year"
            return _spread(window, _by_month(midnight, last, months), by)
    return _spread(window, [first, last], "year")


def _by_time(midnight: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    """Round times; wall time is added, so that noon stays noon when the clock is changed."""
    at = midnight
    while at <= last:
        yield at
        at += step


def _by_month(midnight: datetime, last: datetime, months: int) -> Iterator[datetime]:
    count = (midnight.year * 12 + midnight.month - 1) // months * months
    while True:
        at = midnight.replace(year=count // 12, month=count % 12 + 1, day=1)
        if at > last:
            return
        yield at
        count += months


def _spread(window: Window, moments: Iterable[datetime], by: str) -> list[Tick]:
    found = [Tick(window.x(at), at, by) for at in moments
             if window.holds(at) and window.x(at) < LAST_TICK]  # fmt: skip
    if by == "hour":
        found = [replace(t, by="day") if t.at.hour == t.at.minute == 0 else t for t in found]
        found = [replace(t, by="start") if t.by == "hour" and not n else t
                 for n, t in enumerate(found)]  # fmt: skip
    ranks = ("", "minor", "middling", "minor") if len(found) > 4 else ("", "minor")
    # What a narrow page leaves out are hours, not the day that says which ones.
    first = next((n for n, tick in enumerate(found) if tick.by == "day"), 0)
    return [replace(tick, rank=ranks[(n - first) % len(ranks)]) for n, tick in enumerate(found)]
