"""Which promises will probably be broken although nothing is late yet, from how a queue works.

The pace is what those who are there now have got done of late, per hour of work, the last days
counting more than those before. A line is worked by what is due first. When a place in the line
is reached is not known for sure: the fewer and the more uneven the days behind the pace, the
wider what may come. No session, no present moment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist, median

from engine.errors import Invalid
from engine.sla.working import Calendar, add_working, working_seconds

HALF_LIFE = 10  # working days after which a day counts half
LEAST_DONE, LEAST_DAYS = 8, 5  # with less behind it there is no figure
LIKELY = 0.5
ONE_BY_ONE = 200  # places in a line; further back the chance is near enough to the normal one
GOOD, FAIR = 60, 20  # evidence from which a pace is well known, or roughly
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Day:
    """How long was worked on a day, and how much got done."""

    seconds: int
    done: int


@dataclass(frozen=True)
class Pace:
    """How much gets done in an hour of work, and what that is known from.

    `evidence` is how many independent cases the figure is worth: fewer than were counted where
    they are old, or came in bursts.
    """

    per_hour: float
    done: int
    days: int
    evidence: float

    @property
    def sure(self) -> str:
        """good, fair or rough."""
        return "good" if self.evidence >= GOOD else "fair" if self.evidence >= FAIR else "rough"

    @property
    def between(self) -> tuple[float, float]:
        """Within which the pace lies four times of five."""
        spread = 1.2816 / math.sqrt(self.evidence)
        return self.per_hour * math.exp(-spread), self.per_hour * math.exp(spread)


@dataclass(frozen=True)
class Waiting:
    """A place in the line: whose it is, and until when it is promised."""

    key: int
    due_at: datetime


@dataclass(frozen=True)
class Prospect:
    """When it is probably the turn of one in the line, and how likely that is too late."""

    key: int
    due_at: datetime
    before: int
    expected_at: datetime | None  # None: not within a lifetime
    chance: float


def pace_of(days: Sequence[Day]) -> Pace | None:
    """The pace that days of work show, the oldest first; None where they are too few to say.

    A day on which far more was done than usual (a clearing out) counts as a very good day.
    """
    worked = [day for day in days if day.seconds > 0]
    most = _most(worked)
    done = [min(float(day.done), most) for day in worked]
    if len(worked) < LEAST_DAYS or sum(done) < LEAST_DONE:
        return None
    weights = [0.5 ** (age / HALF_LIFE) for age in range(len(worked) - 1, -1, -1)]
    hours = sum(w * day.seconds for w, day in zip(weights, worked, strict=True)) / 3600
    counted = sum(w * n for w, n in zip(weights, done, strict=True))
    rate = counted / hours
    evidence = counted**2 / sum(w * w * n for w, n in zip(weights, done, strict=True))
    return Pace(
        rate, round(sum(done)), len(worked), max(1.0, evidence / _uneven(worked, done, rate))
    )


def _most(days: Sequence[Day]) -> float:
    """The most that is believed of a day."""
    usual = median(day.done for day in days) if days else 0
    spread = median(abs(day.done - usual) for day in days) if days else 0
    return float(usual) + 3 * max(1.0, math.sqrt(usual), 1.4826 * spread)


def _uneven(days: Sequence[Day], done: Sequence[float], rate: float) -> float:
    """How many times more days differ than chance alone would make them; at least once."""
    wanted = [rate * day.seconds / 3600 for day in days]
    odd = sum((n - mean) ** 2 / mean for n, mean in zip(done, wanted, strict=True))
    return max(1.0, odd / len(days))


def chance_late(pace: Pace, before: int, seconds: int) -> float:
    """How likely it is that so many seconds of work do not reach the place behind `before`.

    What gets done in a time is spread as chance spreads it, and the pace itself is not quite
    known: together that is a negative binomial.
    """
    if seconds <= 0:
        return 1.0
    mean, shape = pace.per_hour * seconds / 3600, pace.evidence
    if mean <= 0:
        return 1.0
    if before > ONE_BY_ONE:
        away = (before + 0.5 - mean) / math.sqrt(mean + mean * mean / shape)
        return _NORMAL.cdf(away)
    more = mean / (shape + mean)
    log = shape * math.log1p(-more)
    total = 0.0
    for count in range(before + 1):
        total += math.exp(log)
        log += math.log((shape + count) / (count + 1) * more)
    return min(1.0, total)


def prospects(
    line: Iterable[Waiting], pace: Pace, calendar: Calendar, now: datetime, until: datetime
) -> list[Prospect]:
    """What of a line is due by `until`, not late yet, and more likely than not will be.

    Who is late already comes first, and keeps the others waiting.
    """
    found = []
    for before, one in enumerate(sorted(line, key=lambda one: (one.due_at, one.key))):
        if one.due_at > until:
            break
        if one.due_at <= now:
            continue
        chance = chance_late(pace, before, working_seconds(calendar, now, one.due_at))
        if chance >= LIKELY:
            expected = _expected(pace, before, calendar, now)
            found.append(Prospect(one.key, one.due_at, before, expected, chance))
    return found


def _expected(pace: Pace, before: int, calendar: Calendar, now: datetime) -> datetime | None:
    try:
        return add_working(calendar, now, round((before + 1) / pace.per_hour * 3600))
    except (Invalid, ZeroDivisionError, OverflowError):
        return None
