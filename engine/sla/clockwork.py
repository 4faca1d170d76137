"""What a ticket's clocks say, worked out from everything that ever happened to them.

The happenings are the only truth: whoever asks again gets the same answer. A clock under the
promise that holds now counts its whole life by that promise's target and calendar, its pauses
kept, so a promise that comes late or is changed is exactly as if it had held from the start. A
clock that has ended keeps the promise under which it ended. A promise is kept up to and including
the second in which it is due: broken is what runs on beyond that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from engine.errors import Invalid
from engine.sla.happenings import (
    BREACH,
    BREACHED,
    ESCALATED,
    KINDS,
    RUNNING,
    SECOND,
    WARNING,
    Course,
    Happening,
    Mark,
    Promise,
    Span,
)
from engine.sla.lives import Life, lives
from engine.sla.working import Calendar, add_working, next_working, working_seconds


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
            for life in lives(kind, promise, known):
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


def _course(life: Life, promise: Promise, known: Sequence[Happening], now: datetime) -> Course:
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
        due_at=next((m.at for m in marks if m.level == BREACH), None) if running else None,
        ended=None if life.ended_by is None else known[life.ended_by],
        marks=marks,
        settled=settled,
    )


def _marks(life: Life, promise: Promise) -> Iterator[Mark]:
    """The marks that have come and, while the clock runs, those to come; in their order."""
    target = promise.target(life.kind) or 0
    wanted = [
        (target * percent // 100, WARNING, percent, 0) for percent in sorted(promise.warn_percents)
    ]
    wanted.append((target, BREACHED, 100, BREACH))
    wanted += [
        (target + after, ESCALATED, 100, level)
        for level, after in enumerate(sorted(promise.escalate_after), BREACH + 1)
    ]
    for seconds, event, percent, level in wanted:
        at = _moment(life.spans, promise.calendar, seconds, beyond=level == BREACH)
        if at is None:
            return
        yield Mark(event, percent, level, at)


def _moment(
    spans: Iterable[Span], calendar: Calendar, seconds: int, *, beyond: bool
) -> datetime | None:
    """When so much working time was used, or will be; None where that does not come.

    With `beyond` the clock has to run on behind that second for it to come.
    """
    after = SECOND if beyond else timedelta()
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
        if span.end is None or at + after <= span.end:
            return at
        seconds = 0  # used up as this stretch or its work ended: due when it goes on
    return None


def _told(life: Life, promise: Promise, known: Sequence[Happening]) -> Iterator[Mark]:
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


def _still_told(life: Life, changed: Happening, rank: int, known: Sequence[Happening]) -> int:
    """How far what was told before a promise changed holds for the new one."""
    promise = changed.promise
    if promise is None or promise.target(life.kind) is None:
        return rank
    for other in lives(life.kind, promise, known):
        if other.begun.at == life.begun.at:
            come = [m.rank for m in _marks(other, promise) if m.tell_at <= changed.at]
            return max((found for found in come if found <= rank), default=0)
    return 0
