"""A calendar as one looks at it: each day of a year with its hours, and why it has those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.sla.days import Spot, named_days, spots_of
from engine.sla.holidays import is_region, names_of
from engine.sla.working import Calendar, Frame

OPEN, OFF, HOLIDAY, CLOSED, EXTRA = "open", "off", "holiday", "closed", "extra"
YEARS = range(1990, 2101)


@dataclass(frozen=True)
class Day:
    """A day: its frames, what makes it what it is, and what that is called, if anything.

    `kind`: as in any week `open` or `off`, a `holiday`, `closed` here, or `extra` hours.
    """

    date: date
    kind: str
    frames: tuple[Frame, ...]
    name: str = ""


def year_of(calendar: Calendar, document: Mapping[str, Any], year: int, language: str) -> list[Day]:
    """The days of a year in order."""
    holidays = _names(document, ("region", "holidays"), year, language)
    own = _names(document, ("closed",), year, language)
    own |= _extra_names(document)
    first = date(year, 1, 1)
    days = [
        first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1)
    ]
    return [_day(calendar, day, holidays, own) for day in days]


def _day(
    calendar: Calendar, day: date, holidays: Mapping[Spot, str], own: Mapping[Spot, str]
) -> Day:
    frames, spot = tuple(calendar.frames_on(day)), (day.month, day.day)
    name = own.get(day, own.get(spot, ""))
    usual = calendar.hours.get(day.weekday(), ())
    if day in calendar.exceptions or (usual and spot in calendar.each_year):
        return Day(day, EXTRA if frames else CLOSED, frames, name)
    if day in calendar.holidays or spot in calendar.yearly:
        return Day(day, HOLIDAY, frames, holidays.get(day, holidays.get(spot, "")))
    return Day(day, OPEN if frames else OFF, frames)


def _names(
    document: Mapping[str, Any], keys: tuple[str, ...], year: int, language: str
) -> dict[Spot, str]:
    """What days are called; a name that was written down goes before that of the region."""
    found: dict[Spot, str] = {}
    for key in keys:
        given = document.get(key, "")
        if key == "region" and isinstance(given, dict):
            given = "-".join(
                str(given[part]) for part in ("country", "subdivision") if part in given
            )
        for text, name in named_days(given):
            if is_region(text):
                found.update(names_of(text, year, language).items())
            else:
                found |= dict.fromkeys(spots_of(text), name)
    return found


def _extra_names(document: Mapping[str, Any]) -> dict[Spot, str]:
    extra = document.get("extra", {})
    return {
        spot: str(entry.get("name", "")) if isinstance(entry, dict) else ""
        for said, entry in (extra.items() if isinstance(extra, dict) else ())
        for spot in spots_of(said)
    }
