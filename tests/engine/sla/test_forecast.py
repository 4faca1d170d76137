"""The forecast: what must hold of it whatever the queue, and how often it was right about one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.sla.forecast import Day, Pace, Waiting, chance_late, pace_of, prospects
from engine.sla.working import Calendar, add_working, working_seconds

ALWAYS = Calendar("always", "UTC", {day: [(time(), time())] for day in range(7)})
WEEK = Calendar("week", "UTC", {day: [(time(8), time(17))] for day in range(5)})
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
paces = st.builds(
    Pace,
    per_hour=st.floats(0.01, 500),
    done=st.just(50),
    days=st.just(20),
    evidence=st.floats(1, 500),
)
lines = st.lists(st.integers(-3000, 6000), max_size=300).map(
    lambda minutes: [Waiting(n, NOW + timedelta(minutes=m)) for n, m in enumerate(minutes)]
)
UNTIL = NOW + timedelta(hours=72)


@given(lines, paces, st.floats(1, 20), st.sampled_from([ALWAYS, WEEK]))
def test_who_works_faster_is_never_later(
    line: list[Waiting], pace: Pace, times: float, calendar: Calendar
) -> None:
    faster = replace(pace, per_hour=pace.per_hour * times)
    slow = {one.key: one for one in prospects(line, pace, calendar, NOW, UNTIL)}
    for one in prospects(line, faster, calendar, NOW, UNTIL):
        before = slow[one.key]
        assert one.chance <= before.chance + 1e-9
        if one.expected_at is not None and before.expected_at is not None:
            assert one.expected_at <= before.expected_at


@given(lines, paces, st.sampled_from([ALWAYS, WEEK]))
def test_a_line_is_worked_by_what_is_due_first(
    line: list[Waiting], pace: Pace, calendar: Calendar
) -> None:
    found = prospects(line, pace, calendar, NOW, UNTIL)
    assert [one.due_at for one in found] == sorted(one.due_at for one in found)
    assert [one.before for one in found] == sorted({one.before for one in found})
    for one in found:
        assert NOW < one.due_at <= UNTIL  # what is late is late, not likely to be
        assert one.before == sum(
            (other.due_at, other.key) < (one.due_at, one.key) for other in line
        )
        assert 0.5 <= one.chance <= 1


@given(lines, paces, st.integers(1, 60))
def test_a_longer_line_in_front_makes_nobody_earlier(
    line: list[Waiting], pace: Pace, more: int
) -> None:
    longer = [*line, *(Waiting(1000 + n, NOW - timedelta(hours=1)) for n in range(more))]
    late = {one.key for one in prospects(line, pace, ALWAYS, NOW, UNTIL)}
    assert late <= {one.key for one in prospects(longer, pace, ALWAYS, NOW, UNTIL)}


@given(paces)
def test_an_empty_line_breaks_nothing(pace: Pace) -> None:
    assert prospects([], pace, ALWAYS, NOW, UNTIL) == []


@given(
    paces, st.integers(0, 400), st.integers(0, 400), st.integers(0, 10**7), st.integers(1, 10**6)
)
def test_a_chance_falls_with_time_and_grows_with_the_line(
    pace: Pace, before: int, more: int, seconds: int, longer: int
) -> None:
    chance = chance_late(pace, before, seconds)
    assert 0 <= chance <= 1
    assert chance_late(pace, before, seconds + longer) <= chance + 1e-9
    # Where one way of reckoning follows the other, they differ by a little.
    assert chance_late(pace, before + more, seconds) >= chance - 0.05


def test_without_time_left_it_is_late_and_nobody_at_work_never_gets_there() -> None:
    nobody = Pace(0.0, 0, 20, 10.0)
    assert chance_late(nobody, 0, 36_000) == 1
    found = prospects([Waiting(1, NOW + timedelta(hours=1))], nobody, ALWAYS, NOW, UNTIL)
    assert [(one.chance, one.expected_at) for one in found] == [(1, None)]


@given(st.lists(st.builds(Day, st.integers(0, 36_000), st.integers(0, 50)), max_size=40))
def test_a_pace_says_from_how_much_it_is_known_or_nothing(days: list[Day]) -> None:
    pace = pace_of(days)
    worked = [day for day in days if day.seconds > 0]
    if len(worked) < 5 or sum(day.done for day in worked) < 8:
        assert pace is None
    elif pace is not None:
        assert pace.days == len(worked)
        assert 8 <= pace.done <= sum(day.done for day in worked)
        low, high = pace.between
        assert 0 < low <= pace.per_hour <= high
        assert pace.evidence >= 1


def test_a_steady_queue_is_known_well_and_a_clearing_out_does_not_fool_it() -> None:
    steady = [Day(8 * 3600, 16)] * 20
    pace = pace_of(steady)
    assert pace is not None
    assert round(pace.per_hour, 2) == 2.0
    assert pace.sure == "good"
    cleared = pace_of([*steady[:-1], Day(8 * 3600, 900)])
    assert cleared is not None
    assert cleared.per_hour < 2.6
    uneven = pace_of([Day(8 * 3600, n) for n in (0, 32) * 10])
    assert uneven is not None
    assert uneven.evidence < pace.evidence


def test_the_last_days_count_more() -> None:
    slower = pace_of([Day(8 * 3600, 24)] * 10 + [Day(8 * 3600, 8)] * 10)
    assert slower is not None
    assert 1.0 < slower.per_hour < 1.9  # 2.0 if all days counted alike


def played(seed: int) -> tuple[set[int], set[int], set[int]]:
    """A queue of a known pace: what was foreseen, what came late, and all that was due."""
    chance = random.Random(seed)
    rate = chance.uniform(0.5, 6)  # done in an hour of work
    days = []
    for _ in range(20):
        done, left = 0, 9 * 3600.0
        while (left := left - chance.expovariate(rate) * 3600) > 0:
            done += 1
        days.append(Day(9 * 3600, done))
    pace = pace_of(days)
    assert pace is not None
    calendar = WEEK
    within = rate * 20  # as many as the queue can do in twenty hours of work
    line = []
    for number in range(round(within)):
        ahead = round(chance.uniform(0.05, 18) * 3600)
        line.append(Waiting(number, add_working(calendar, NOW, ahead)))
    foreseen = {one.key for one in prospects(line, pace, calendar, NOW, NOW + timedelta(days=5))}
    late, used = set(), 0.0
    for one in sorted(line, key=lambda one: one.due_at):
        used += chance.expovariate(rate) * 3600
        if used > working_seconds(calendar, NOW, one.due_at):
            late.add(one.key)
    return foreseen, late, {one.key for one in line}


def test_looking_back_most_of_what_was_late_had_been_foreseen() -> None:
    hits = alarms = misses = right = 0
    for seed in range(60):
        foreseen, late, every = played(seed)
        hits += len(foreseen & late)
        alarms += len(foreseen - late)
        misses += len(late - foreseen)
        right += len(every - late - foreseen)
    assert hits + misses > 500
    assert hits / (hits + misses) > 0.7  # of what came late
    assert hits / (hits + alarms) > 0.7  # of what was foreseen
    assert right > 100
