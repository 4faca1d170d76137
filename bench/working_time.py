"""Working time between two moments and back, over an hour to thirty years, beside a walk by days.

`python -m bench.working_time [--small]`; "walk" goes from day to day and asks each for its frames,
and has to come to the same answer. "Zone" is one conversion of a moment into the calendar's zone,
the least that anybody pays who knows zones at all. The years are worked out before; what that takes
stands above the table.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.figures import Run, number, table, timed
from engine.sla.calendars import load_calendar
from engine.sla.working import Calendar, add_working, working_seconds

CALENDAR = """
timezone: Europe/Berlin
hours: {mon-thu: ["08:00-12:00", "12:45-17:15"], fri: ["08:00-14:00"], sat: ["22:00-02:00"]}
region: DE-BY
closed: ["12-24"]
extra: {2026-12-19: ["10:00-14:00"]}
"""
HOUR, DAY = 3600, 86_400
LENGTHS = (("1 hour", HOUR), ("1 day", DAY), ("1 month", 30 * DAY), ("1 year", 365 * DAY),
           ("10 years", 3_652 * DAY), ("30 years", 10_957 * DAY))  # fmt: skip
HEAD = ("apart", "between µs", "p95", "add µs", "p95", "÷ zone", "walk ÷ between")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def walk(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The same answer by looking at each day between two moments."""
    zone, found = ZoneInfo(calendar.zone), 0
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    while day <= last:
        for opens, closes in calendar.frames_on(day):
            begin = datetime.combine(day, opens, zone)
            until = datetime.combine(day + timedelta(days=closes <= opens), closes, zone)
            low, high = max(begin.astimezone(UTC), start), min(until.astimezone(UTC), end)
            found += max(0, (high - low) // timedelta(seconds=1))
        day += timedelta(days=1)
    return found


def main(argv: list[str] | None = None) -> str:
    """Measure, print and return the table."""
    parser = argparse.ArgumentParser(prog="bench.working_time", description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny counts, to see that it works")
    small = parser.parse_args(argv).small
    calendar = load_calendar(CALENDAR)
    began = time.perf_counter()
    years = range(FIRST.year - 1, FIRST.year + 33)
    for year in years:
        calendar.year(year)
    cold = (time.perf_counter() - began) / len(years)
    bare = timed(lambda: FIRST.astimezone(ZoneInfo(calendar.zone)), 200 if small else 20_000)
    rows = [_row(calendar, *length, bare, small) for length in LENGTHS[: 3 if small else None]]
    told = table(
        f"Working time; a year worked out in {number(cold * 1000)} ms, "
        f"a zone in {number(bare.at(0.5) * 1000)} µs",
        HEAD, rows,
    )  # fmt: skip
    print(told)
    return told


def _row(calendar: Calendar, name: str, apart: int, bare: Run, small: bool) -> list[str]:
    dice, times = random.Random(apart), 50 if small else 5_000
    pairs = []
    for _ in range(times):
        start = FIRST + timedelta(seconds=dice.randrange(2 * 365 * DAY))
        pairs.append((start, start + timedelta(seconds=apart + dice.randrange(HOUR))))
    between, added, walked = Run("between"), Run("add"), Run("walk")
    for start, end in pairs:
        before = time.perf_counter()
        seconds = working_seconds(calendar, start, end)
        middle = time.perf_counter()
        due = add_working(calendar, start, seconds)
        after = time.perf_counter()
        between.seconds.append(middle - before)
        added.seconds.append(after - middle)
        if seconds and not (due <= end and working_seconds(calendar, start, due) == seconds):
            raise SystemExit(f"{seconds} s after {start} is not {due}")
    for start, end in pairs[: 3 if small else 20]:
        before = time.perf_counter()
        seconds = walk(calendar, start, end)
        walked.seconds.append(time.perf_counter() - before)
        if seconds != working_seconds(calendar, start, end):
            raise SystemExit(f"from {start} to {end}: the walk says {seconds}")
    return [
        name,
        *(number(run.at(share) * 1000) for run in (between, added) for share in (0.5, 0.95)),
        number(between.at(0.5) / bare.at(0.5)),
        number(walked.at(0.5) / between.at(0.5)),
    ]


if __name__ == "__main__":
    main()
