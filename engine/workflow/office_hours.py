"""Working time where no calendar is at hand: examples count Monday to Friday, 8 to 18, in UTC.

An example must come out the same on every desk, so it does not ask the calendars of the desk.
"""

from __future__ import annotations

from datetime import datetime, timedelta

OPENS, CLOSES = timedelta(hours=8), timedelta(hours=18)
_SATURDAY = 5


def office_hours(start: datetime, days: int, seconds: int) -> datetime:
    """The moment so many working days, then seconds of working time, after `start`."""
    at = _next_work(start)
    for _ in range(days):
        at = _next_work(_midnight(at) + timedelta(days=1)) + (at - _midnight(at) - OPENS)
    left = timedelta(seconds=seconds)
    while left > (rest := _midnight(at) + CLOSES - at):
        left -= rest
        at = _next_work(_midnight(at) + timedelta(days=1))
    return at + left


def _next_work(at: datetime) -> datetime:
    """This moment where it is working time, else when that begins next."""
    day = _midnight(at)
    if day.weekday() < _SATURDAY and at < day + CLOSES:
        return max(at, day + OPENS)
    day += timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day + OPENS


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
