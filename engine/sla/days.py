"""Days as people write them: one, one of every year, or a row of them, each with or without a name.

All shapes that mean only one thing are read; what could mean two is refused with what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

Yearly = tuple[int, int]  # month and day
Spot = date | Yearly

LONGEST_ROW = 366  # days; a company that is closed for longer has other hours
EMPTY = frozenset({"", "null", "~", "none"})

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_YEARLY = re.compile(r"(?:--)?(\d{1,2})-(\d{1,2})")
_ROW = re.compile(r"\s*(?:\.\.+|…|/)\s*|\s+(?:-|–|—|to|until|bis)\s+")
_HOURS = re.compile(r"\d{1,2}:\d{2}\b.*")
_NAMED = frozenset({"date", "day", "from", "to", "name", "title"})
HOURS_HERE = "hours of single days stand under extra"


def spots_of(text: str) -> tuple[Spot, ...]:
    """The days of an entry; raises ValueError for what names none."""
    first, *rest = _ROW.split(text.strip(), maxsplit=1)
    begin = _spot(first)
    if not rest:
        return (begin,)
    end = _spot(rest[0])
    if isinstance(begin, date) and isinstance(end, date):
        return _dates(begin, end)
    if isinstance(begin, tuple) and isinstance(end, tuple):
        return _each_year(begin, end)
    raise ValueError("a row of days has two dates or two days of every year")


def is_day(text: str) -> bool:
    """Whether this is meant as a day or a row of them, existing or not."""
    first = _ROW.split(text.strip(), maxsplit=1)[0]
    return bool(_DATE.fullmatch(first) or _YEARLY.fullmatch(first))


def named_days(given: Any) -> Iterator[tuple[str, str]]:
    """The entries of a list of days, each with its name; raises ValueError for what is no list.

    `[2026-12-24, 12-25]`, `{Christmas: 12-25}`, `{12-25: Christmas}`, `[{date: …, name: …}]`.
    """
    if isinstance(given, str):
        for part in given.split(","):
            if part.strip().lower() not in EMPTY:
                yield part.strip(), ""
    elif isinstance(given, list):
        for each in given:
            yield from named_days(each)
    elif isinstance(given, dict) and set(given) <= _NAMED and {"date", "day", "from"} & set(given):
        yield _plain(_row_of(given)), _plain(given.get("name") or given.get("title") or "")
    elif isinstance(given, dict):
        for key, value in given.items():
            yield from _pair(key, value)


def _pair(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if is_day(key):
        if not isinstance(value, str) or _HOURS.fullmatch(value):
            raise ValueError(HOURS_HERE)
        yield key, "" if value.lower() in EMPTY else value
        return
    found = list(named_days(value))
    if not found:
        raise ValueError(f"{key!r} names no day")
    for text, _ in found:
        yield text, key


def _row_of(entry: dict[str, Any]) -> Any:
    one = entry.get("date") or entry.get("day") or entry.get("from")
    return f"{_plain(one)}..{_plain(entry['to'])}" if "to" in entry else one


def _plain(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no day")
    return value


def _spot(text: str) -> Spot:
    if match := _DATE.fullmatch(text):
        try:
            return date(*map(int, match.groups()))
        except ValueError:
            raise ValueError("there is no such day") from None
    if match := _YEARLY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        try:
            date(2024, month, day)  # a leap year: the 29th of February comes, the 30th never does
        except ValueError:
            raise ValueError("no year has such a day; the month comes first") from None
        return month, day
    raise ValueError("this is no day")


def _dates(begin: date, end: date) -> tuple[Spot, ...]:
    length = (end - begin).days
    if not 0 <= length < LONGEST_ROW:
        raise ValueError("a row of days ends after it begins, and within a year")
    return tuple(begin + timedelta(days=number) for number in range(length + 1))


def _each_year(begin: Yearly, end: Yearly) -> tuple[Spot, ...]:
    year = [(day.month, day.day) for number in range(366) if (day := _leap(number))]
    first, last = year.index(begin), year.index(end)
    row = year[first : last + 1] if first <= last else year[first:] + year[: last + 1]
    return tuple(row)


def _leap(number: int) -> date:
    return date(2024, 1, 1) + timedelta(days=number)
