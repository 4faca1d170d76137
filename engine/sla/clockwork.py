"""What a ticket's clocks say, worked out from everything that ever happened to them.

The happenings are the only truth: whoever asks again gets the same answer. A clock under the
promise that holds now counts its whole life by that promise's target and calendar, its pauses
kept, so a promise that comes late or is changed is exactly as if it had held from the start. A
clock that has ended keeps the promise under which it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.errors import Invalid
from engine.sla.working import Calendar, add_working, next_working, working_seconds

KINDS = ("first_response", "update", "solution")
WHAT = ("opened", "promised", "rests", "runs", "answered", "wrote", "closed", "reopened", "told")
UNANSWERED, EACH_CONTACT = "unanswered", "each_contact"
WARNING, BREACHED, ESCALATED = "clock.warning", "clock.breached", "clock.escalated"
RUNNING, RESTING, ENDED = "running", "resting", "ended"


@dataclass(frozen=True)
class Promise:
    """What an SLA promises, in seconds of working time of its calendar; None promises nothing.

    `update_counts` says from when the update time counts: from the customer's oldest message that
    is not answered, or from each contact, ours too. `escalate_after` counts from the breach.
    """

    sla: str
    calendar: Calendar
    first_response: int | None = None
    update: int | None = None
    update_counts: str = UNANSWERED
    solution: int | None = None
    warn_percents: tuple[int, ...] = (75,)
    escalate_after: tuple[int, ...] = ()

    def target(self, kind: str) -> int | None:
        """What is promised for one kind of clock."""
        return {
            "first_response": self.first_response,
            "update": self.update,
            "solution": self.solution,
        }[kind]


@dataclass(frozen=True)
class Mark:
    """A moment of a clock that others are told of: so much of its time is used.

    `level` is 0 for a warning, 1 for the breach, more for each step of the escalation after it.
    `told_at` is when it was told, which after an outage is later than `at`.
    """

    event: str
    percent: int
    level: int
    at: datetime
    told_at: datetime | None = None

    @property
    def rank(self) -> int:
        """Its place in the order in which marks come."""
        return self.percent if self.level == 0 else 99 + self.level


@dataclass(frozen=True)
class Happening:
    """Something that moved a ticket's clocks, and why: by which article, step or state.

    `promised` brings the promise, or with None takes it away. `told` says that the `mark` of the
    clock of that `kind`, in its course that began at `begun`, was told under `promise`.
    """

    at: datetime
    what: str
    promise: Promise | None = None
    article_id: int | None = None
    step: str = ""
    state: str = ""
    reason: str = ""
    kind: str = ""
    begun: datetime | None = None
    mark: Mark | None = None


@dataclass(frozen=True)
class Span:
    """A stretch of a clock's life. The last one has no end; `ended` between two is nobody's."""

    begin: datetime
    end: datetime | None
    phase: str
    by: Happening


@dataclass(frozen=True)
class Course:
    """One clock from its begin to its end; of the update time there is one for each cycle.

    `used` and `left` are as of the moment asked for, `settled` is what was used before the clock
    last began to run. `due_at` is when a running clock breaks its promise, or did. `marks` are
    those that have come and, while it runs, those to come.
    """

    kind: str
    promise: Promise
    target: int
    begun: Happening
    spans: tuple[Span, ...]
    used: int
    left: int
    due_at: datetime | None
    ended: Happening | None
    marks: tuple[Mark, ...]
    settled: int = 0

    @property
    def phase(self) -> str:
        """Whether it is running, resting or ended."""
        return self.spans[-1].phase

    @property
    def running_since(self) -> datetime | None:
        """When a clock that runs last began to."""
        return self.spans[-1].begin if self.phase == RUNNING else None

    @property
    def breached_at(self) -> datetime | None:
        """When the promise was broken, or will be if nothing happens."""
        return next((mark.at for mark in self.marks if mark.level == 1), None)

    @property
    def next_mark(self) -> Mark | None:
        """The next mark that nobody was told of, be it to come or missed."""
        return next((mark for mark in self.marks if mark.told_at is None), None)


def courses(happenings: Iterable[Happening], now: datetime) -> list[Course]:
    """The clocks of a ticket in order of kind and begin; what is used and left as of `now`."""
    known = in_order(happenings)
    eras = _eras(known)
    found = []
    for kind in KINDS:
        for era, (promise, first, last) in enumerate(eras):
            if promise is None or promise.target(kind) is None:
                continue
            final = era == len(eras) - 1
            for life in _lives(kind, promise, known):
                if final if life.ended_by is None else first <= life.ended_by < last:
                    found.append(_course(life, promise, known, now))
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda course: (order[course.kind], course.begun.at))


def what_if(happenings: Iterable[Happening], promise: Promise, now: datetime) -> list[Course]:
    """The clocks as if this promise had held from the start; nothing of it was ever told."""
    kept = [one for one in happenings if one.what not in ("promised", "told")]
    if not kept:
        return []
    first = min(one.at for one in kept)
    return courses([Happening(first, "promised", promise), *kept], now)


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """By their time; what came in one moment stays as it was written down."""
    return sorted(happenings, key=lambda one: one.at)


Era = tuple[Promise | None, int, int]  # what was promised from one happening to before another


def _eras(known: Sequence[Happening]) -> list[Era]:
    marks = [(one.promise, place) for place, one in enumerate(known) if one.what == "promised"]
    ends = [*(place for _, place in marks[1:]), len(known)][: len(marks)]
    return [(promise, place, end) for (promise, place), end in zip(marks, ends, strict=True)]


@dataclass
class _Life:
    """A clock while its happenings are gone through; `ended_by` is the place of its end."""

    kind: str
    begun: Happening
    spans: list[Span] = field(default_factory=list)
    ended_by: int | None = None

    def turn(self, by: Happening, phase: str) -> None:
        """Go on in another phase from here."""
        if self.spans:
            if self.spans[-1].phase == phase:
                return
            self.spans[-1] = replace(self.spans[-1], end=by.at)
        self.spans.append(Span(by.at, None, phase, by))

    def end(self, by: Happening, place: int) -> None:
        self.turn(by, ENDED)
        self.ended_by = place

    def go_on(self, by: Happening, phase: str) -> None:
        self.ended_by = None
        self.turn(by, phase)


def _lives(kind: str, promise: Promise, known: Sequence[Happening]) -> list[_Life]:
    """The clocks of one kind as if this promise had always held."""
    if kind == "first_response":
        return _first_response(known)
    if kind == "solution":
        return _solution(known)
    return _Updates(promise).go(known)


def _first_response(known: Sequence[Happening]) -> list[_Life]:
    """From the opening to the first answer or the end, without any rest."""
    life: _Life | None = None
    for place, one in enumerate(known):
        if life is None and one.what == "opened":
            life = _Life("first_response", one)
            life.turn(one, RUNNING)
        elif life is not None and life.ended_by is None and one.what in ("answered", "closed"):
            life.end(one, place)
    return [life] if life else []


def _solution(known: Sequence[Happening]) -> list[_Life]:
    """From the opening to the end; what lies between an end and a reopening is nobody's."""
    life: _Life | None = None
    for place, one in enumerate(known):
        if life is None:
            if one.what == "opened":
                life = _Life("solution", one)
                life.turn(one, RUNNING)
        elif life.ended_by is not None:
            if one.what == "reopened":
                life.go_on(one, RUNNING)
        elif one.what in ("rests", "runs"):
            life.turn(one, RESTING if one.what == "rests" else RUNNING)
        elif one.what == "closed":
            life.end(one, place)
    return [life] if life else []


class _Updates:
    """The cycles of the update time, one after the other, while the ticket is open.

    Until the first answer the first response watches, where one is promised.
    """

    def __init__(self, promise: Promise) -> None:
        self.each_contact = promise.update_counts == EACH_CONTACT
        self.watches = promise.first_response is None
        self.open = self.rests = False
        self.owed = False  # whether the customer has said something that nobody has answered
        self.lives: list[_Life] = []
        self.live: _Life | None = None
        self.aside: _Life | None = None  # ended with the ticket, and goes on with it

    def go(self, known: Sequence[Happening]) -> list[_Life]:
        for place, one in enumerate(known):
            step: Callable[[Happening, int], None] | None = getattr(self, f"_{one.what}", None)
            if step is not None:
                step(one, place)
        return self.lives

    def _opened(self, one: Happening, place: int) -> None:
        self.open = self.owed = True
        if self.watches:
            self._begin(one)

    def _wrote(self, one: Happening, place: int) -> None:
        first = not self.owed
        self.owed = True
        if not (self.open and self.watches):
            return
        if self.live is None or (self.each_contact and first):
            self._end(one, place)
            self._begin(one)

    def _answered(self, one: Happening, place: int) -> None:
        self.owed, self.watches, self.aside = False, True, None
        self._end(one, place)
        if self.each_contact and self.open:
            self._begin(one)

    def _rests(self, one: Happening, place: int) -> None:
        self.rests = True
        if self.live is not None:
            self.live.turn(one, RESTING)

    def _runs(self, one: Happening, place: int) -> None:
        self.rests = False
        if self.live is not None:
            self.live.turn(one, RUNNING)

    def _closed(self, one: Happening, place: int) -> None:
        if self.open:
            self.open, self.watches, self.aside = False, True, self.live
            self._end(one, place)

    def _reopened(self, one: Happening, place: int) -> None:
        if self.open:
            return
        self.open, self.rests = True, False
        if self.aside is not None:
            self.live, self.aside = self.aside, None
            self.live.go_on(one, RUNNING)
        elif self.owed or self.each_contact:
            self._begin(one)

    def _begin(self, by: Happening) -> None:
        self.live = _Life("update", by)
        self.live.turn(by, RESTING if self.rests else RUNNING)
        self.lives.append(self.live)

    def _end(self, by: Happening, place: int) -> None:
        if self.live is not None:
            self.live.end(by, place)
            self.live = None


def _course(life: _Life, promise: Promise, known: Sequence[Happening], now: datetime) -> Course:
    """What a clock's life means under a promise."""
    target = promise.target(life.kind) or 0
    settled = sum(
        working_seconds(promise.calendar, span.begin, span.end)
        for span in life.spans
        if span.phase == RUNNING and span.end is not None
    )
    last = life.spans[-1]
    running = last.phase == RUNNING
    used = settled
    if running and now > last.begin:
        used += working_seconds(promise.calendar, last.begin, now)
    marks = tuple(_told(life, promise, known))
    return Course(
        kind=life.kind,
        promise=promise,
        target=target,
        begun=life.begun,
        spans=tuple(life.spans),
        used=used,
        left=target - used,
        due_at=next((mark.at for mark in marks if mark.level == 1), None) if running else None,
        ended=None if life.ended_by is None else known[life.ended_by],
        marks=marks,
        settled=settled,
    )


def _marks(life: _Life, promise: Promise) -> Iterator[Mark]:
    """The marks that have come and, while the clock runs, those to come; in their order."""
    target = promise.target(life.kind) or 0
    wanted = [
        (target * percent // 100, WARNING, percent, 0) for percent in sorted(promise.warn_percents)
    ]
    wanted.append((target, BREACHED, 100, 1))
    wanted += [
        (target + after, ESCALATED, 100, level)
        for level, after in enumerate(sorted(promise.escalate_after), 2)
    ]
    for seconds, event, percent, level in wanted:
        at = _moment(life.spans, promise.calendar, seconds)
        if at is None:
            return
        yield Mark(event, percent, level, at)


def _moment(spans: Iterable[Span], calendar: Calendar, seconds: int) -> datetime | None:
    """When so much working time was used, or will be; None where that does not come."""
    for span in spans:
        if span.phase != RUNNING:
            continue
        if span.end is not None:
            lasted = working_seconds(calendar, span.begin, span.end)
            if lasted < seconds:
                seconds -= lasted
                continue
        try:
            ready = add_working if seconds or not calendar.ends_open else next_working
            at = ready(calendar, span.begin, seconds)
        except Invalid:  # not within a lifetime
            return None
        if span.end is None or at <= span.end:
            return at
        seconds = 0  # used up when work ended, so due when it begins again: not in this stretch
    return None


def _told(life: _Life, promise: Promise, known: Sequence[Happening]) -> Iterator[Mark]:
    """The marks, with when they were told.

    What was told under an earlier promise stays told while the later one had come as far when it
    came into force: who knows that a promise is broken is not told so again. What was told under a
    promise that was taken back has no meaning any more.
    """
    rank = 0
    when: datetime | None = None
    times: dict[int, datetime] = {}
    current: Promise | None = None
    for place, one in enumerate(known):
        if one.what == "promised" and (life.ended_by is None or place < life.ended_by):
            current = one.promise
            if rank and when is not None and one.promise is not None:
                rank = _still_told(life, one, rank, known)
                when = one.at
        elif one.what == "told" and one.mark is not None and one.kind == life.kind:
            same = life.kind != "update" or one.begun == life.begun.at
            if same and one.promise == current:
                rank, when = max(rank, one.mark.rank), one.at
                times.setdefault(one.mark.rank, one.at)
    for mark in _marks(life, promise):
        if when is None or mark.rank > rank or mark.at > when:
            yield mark
        else:
            yield replace(mark, told_at=min(at for of, at in times.items() if of >= mark.rank))


def _still_told(life: _Life, changed: Happening, rank: int, known: Sequence[Happening]) -> int:
    """How far what was told before a promise changed holds for the new one."""
    promise = changed.promise
    if promise is None or promise.target(life.kind) is None:
        return rank
    for other in _lives(life.kind, promise, known):
        if other.begun.at == life.begun.at:
            come = [m.rank for m in _marks(other, promise) if m.at <= changed.at]
            return max((found for found in come if found <= rank), default=0)
    return 0
