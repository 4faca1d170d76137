"""Days that come again by an iCalendar rule (RRULE), as far as it is about days.

Reckoned period by period from near the range that is asked for, so that a rule which never comes
true costs no more than one that does. Parts that mean something else here are refused.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from engine.errors import Invalid

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PERIODS = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"}
)
LARGEST = 9_999
COSTS = {"YEARLY": 20, "MONTHLY": 3, "WEEKLY": 1, "DAILY": 1}  # of looking at one period
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True)
class Rule:
    """How often, and which days of each period."""

    every: str
    interval: int
    count: int | None
    until: date | None
    months: tuple[int, ...]
    days: tuple[int, ...]
    weekdays: tuple[tuple[int, int], ...]  # which of them (0: each), and the weekday
    positions: tuple[int, ...]

    def is_birthday(self, begin: date) -> bool:
        """Whether it comes on the day of its begin in each year, without an end."""
        return (
            self.every == "YEARLY"
            and self.interval == 1
            and self.count is None
            and self.until is None
            and not self.weekdays
            and not self.positions
            and self.months in ((), (begin.month,))
            and self.days in ((), (begin.day,))
            and bool(self.months or not self.days)
        )


def read_rule(text: str, zone: ZoneInfo | None = None) -> Rule:
    """The rule of a text; raises ValueError for what is none, or is not about days alone.

    With a zone an end that is a moment is the day which that is there.
    """
    parts = dict(part.split("=", 1) for part in text.strip().upper().rstrip(";").split(";"))
    if set(parts) - PARTS or parts.get("FREQ") not in PERIODS or len(text) > 500:
        raise ValueError("no rule about days")
    weekdays = [_DAY.fullmatch(one) for one in parts.get("BYDAY", "").split(",") if one]
    if not all(weekdays):
        raise ValueError("no day of the week")
    return Rule(
        parts["FREQ"],
        max(1, _number(parts.get("INTERVAL", "1"))),
        _number(parts["COUNT"]) if "COUNT" in parts else None,
        _until(parts["UNTIL"], zone) if parts.get("UNTIL") else None,
        _numbers(parts.get("BYMONTH", ""), 12),
        _numbers(parts.get("BYMONTHDAY", ""), 31),
        tuple((int(m[1] or 0), WEEKDAYS.index(m[2])) for m in weekdays if m),
        _numbers(parts.get("BYSETPOS", ""), 366),
    )


@dataclass
class Budget:
    """How much may still be looked at, for all events of a file together."""

    left: int

    def spend(self, cost: int) -> None:
        """Take this much of it; raises `Invalid` when there is none left."""
        self.left -= cost
        if self.left < 0:
            raise Invalid("What this file names takes too long to work out.")


def days_of_rule(
    rule: Rule, begin: date, first: date, last: date, budget: Budget
) -> Iterator[date]:
    """The days from `first` to `last` on which something comes that began at `begin`."""
    end = min(last, rule.until) if rule.until else last
    left = LARGEST if rule.count is None else rule.count
    skip = 0 if rule.count is not None else _periods_before(rule, begin, first)
    for number in count(skip):
        budget.spend(COSTS[rule.every])
        start, found = _period(rule, begin, number)
        if start > end:
            return
        days = sorted(set(found))
        if rule.positions:
            days = sorted({days[at - (at > 0)] for at in rule.positions if -len(days) <= at - (
                at > 0) < len(days)})  # fmt: skip
        for day in days:
            if day < begin:
                continue
            left -= 1
            if day > end or left < 0:
                return
            if day >= first:
                yield day


def _periods_before(rule: Rule, begin: date, first: date) -> int:
    """How many periods end before the range begins, and need no look."""
    gone = max(0, (first - begin).days - 8)
    length = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7, "DAILY": 1}[rule.every]
    return max(0, gone // (length * rule.interval) - 1)


def _period(rule: Rule, begin: date, number: int) -> tuple[date, list[date]]:
    """Where a period begins, and its days by the rule."""
    step = number * rule.interval
    if rule.every == "YEARLY":
        year = begin.year + step
        months = rule.months
        if not months:
            plain = not (rule.days or rule.weekdays)
            months = (begin.month,) if plain else tuple(range(1, 13))
        if rule.weekdays and not rule.months and not rule.days:
            whole = [date(year, 1, 1) + timedelta(days=n) for n in range(_length(year))]
            return date(year, 1, 1), _wanted(rule, whole)
        return date(year, 1, 1), [day for m in months for day in _month(rule, begin, year, m)]
    if rule.every == "MONTHLY":
        months = divmod(begin.year * 12 + begin.month - 1 + step, 12)
        year, month = months[0], months[1] + 1
        return date(year, month, 1), _month(rule, begin, year, month)
    if rule.every == "WEEKLY":
        monday = begin - timedelta(days=begin.weekday()) + timedelta(weeks=step)
        named = [day for _, day in rule.weekdays] or [begin.weekday()]
        days = [monday + timedelta(days=day) for day in named]
        return monday, [day for day in days if not rule.months or day.month in rule.months]
    day = begin + timedelta(days=step)
    fits = (
        (not rule.months or day.month in rule.months)
        and (not rule.days or bool({day.day, day.day - monthrange(day.year, day.month)[1] - 1}
                                   & set(rule.days)))
        and (not rule.weekdays or day.weekday() in {weekday for _, weekday in rule.weekdays})
    )  # fmt: skip
    return day, [day] if fits else []


def _month(rule: Rule, begin: date, year: int, month: int) -> list[date]:
    if rule.months and month not in rule.months:
        return []
    length = monthrange(year, month)[1]
    whole = [date(year, month, number) for number in range(1, length + 1)]
    if rule.days:
        wanted = {number if number > 0 else length + 1 + number for number in rule.days}
        chosen = [day for day in whole if day.day in wanted]
        named = {weekday for _, weekday in rule.weekdays}
        return [day for day in chosen if not named or day.weekday() in named]
    if rule.weekdays:
        return _wanted(rule, whole)
    return [day for day in whole if day.day == begin.day]


def _wanted(rule: Rule, whole: list[date]) -> list[date]:
    """Those of a month or a year that are, say, its last Friday."""
    found = []
    for place, weekday in rule.weekdays:
        days = [day for day in whole if day.weekday() == weekday]
        if not place:
            found += days
        elif -len(days) <= place - (place > 0) < len(days):
            found.append(days[place - (place > 0)])
    return found


def _length(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _until(text: str, zone: ZoneInfo | None) -> date:
    if zone is not None and text.endswith("Z"):
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return moment.astimezone(zone).date()
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _number(text: str) -> int:
    number = int(text)
    if not 0 < number <= LARGEST:
        raise ValueError("a number that is too large")
    return number


def _numbers(text: str, most: int) -> tuple[int, ...]:
    found = tuple(int(one) for one in text.split(",") if one)
    if len(found) > 40 or any(not 0 < abs(one) <= most for one in found):
        raise ValueError("no number of a day or month")
    return found
