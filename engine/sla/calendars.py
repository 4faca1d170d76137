"""Calendars from their file: what people write becomes days, frames and dates, or a finding."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from engine.errors import Invalid
from engine.sla.holidays import Yearly, days_of, yearly_of
from engine.sla.reading import Place, Sheet, read_sheet
from engine.sla.working import (
    Calendar,
    Frame,
    add_working,
    add_working_days,
    working_seconds,
)

__all__ = ["Calendar", "add_working", "add_working_days", "load_calendars", "working_seconds"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("title", "timezone", "zone", "hours", "region", "holidays", "due")
DUE = ("closing", "opening")  # when a promise ends that is used up exactly when work ends

_FRAME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?")


def load_calendars(text: str) -> dict[str, Calendar]:
    """The calendars of a file by name; raises Invalid with a Problem for every place."""
    sheet = read_sheet(text)
    found = {}
    for name, entry in sheet.section("calendars").items():
        calendar = _calendar(sheet, name, entry)
        if calendar:
            found[name] = calendar
    if sheet.problems:
        raise Invalid("The calendars cannot be used.", sheet.problems)
    return found


def load_calendar(text: str) -> Calendar:
    """The one calendar of a text that holds its keys and nothing else; Invalid as above."""
    sheet = read_sheet(text)
    return _only(sheet, _calendar(sheet, "calendar", sheet.whole(), ()))


def calendar_from(name: str, entry: dict[str, Any]) -> Calendar:
    """The calendar of an entry that was read already, every value a text; Invalid as above."""
    sheet = Sheet()
    return _only(sheet, _calendar(sheet, name, entry))


def _only(sheet: Sheet, calendar: Calendar | None) -> Calendar:
    if calendar is None or sheet.problems:
        raise Invalid("The calendar cannot be used.", sheet.problems)
    return calendar


def _calendar(
    sheet: Sheet, name: str, entry: dict[str, Any], place: Place | None = None
) -> Calendar | None:
    place = ("calendars", name) if place is None else place
    before = len(sheet.problems)
    sheet.unknown(place, entry, KEYS)
    key = "timezone" if "timezone" in entry else "zone"
    zone = entry.get(key, "UTC")
    if not isinstance(zone, str) or {"timezone", "zone"} <= set(entry):
        sheet.complain("zone", (*place, key), "A zone is one name.", "timezone: Europe/Berlin")
    hours = _hours(sheet, (*place, "hours"), entry.get("hours"))
    region, _ = _holidays(sheet, (*place, "region"), entry.get("region", []))
    free, yearly = _holidays(sheet, (*place, "holidays"), entry.get("holidays", []))
    due = entry.get("due", DUE[0])
    if due not in DUE:
        mend = "closing, or opening for the next beginning of work"
        sheet.complain("due", (*place, "due"), f"{due!r} is no end of a promise.", mend)
    title = sheet.title((*place,) or (name,), entry)
    if len(sheet.problems) > before:
        return None
    try:
        return Calendar(name, zone, hours, region | free, title, yearly, due == "opening")
    except Invalid as error:
        sheet.complain(
            "calendar", place, error.message, "timezone: Europe/Berlin, hours from 00:00 to 24:00"
        )
        return None


def _hours(sheet: Sheet, place: Place, given: Any) -> dict[int, list[Frame]]:
    hours: dict[int, list[Frame]] = {}
    if not isinstance(given, dict):
        sheet.complain("hours", place, "Hours are frames by day.", 'mon-fri: ["08:00-17:00"]')
        return hours
    for days, frames in given.items():
        spot = (*place, days)
        for day in _days(sheet, spot, days):
            if day in hours:
                sheet.complain(
                    "hours",
                    spot,
                    f"{DAYS[day]} has its hours already.",
                    "Name each day once; several frames may stand in its list.",
                )
            hours[day] = [
                frame
                for each in (frames if isinstance(frames, list) else [frames] if frames else [])
                if (frame := _frame(sheet, spot, each))
            ]
    return hours


def _days(sheet: Sheet, place: Place, days: str) -> range:
    first, _, last = days.partition("-")
    if first in DAYS and (last or first) in DAYS:
        chosen = range(DAYS.index(first), DAYS.index(last or first) + 1)
        if chosen:
            return chosen
    sheet.complain("day", place, f"{days!r} is no day or row of days.", "mon, tue … or mon-fri")
    return range(0)


def _frame(sheet: Sheet, place: Place, text: Any) -> Frame | None:
    match = _FRAME.fullmatch(text) if isinstance(text, str) else None
    if match:
        a, b, c, d, e, f = (int(part or 0) for part in match.groups())
        try:
            return time(a, b, c), time(0 if (d, e, f) == (24, 0, 0) else d, e, f)
        except ValueError:
            pass
    sheet.complain("frame", place, f"{text!r} is no frame of hours.", "08:00-17:00")
    return None


def _holidays(sheet: Sheet, place: Place, given: Any) -> tuple[frozenset[date], frozenset[Yearly]]:
    entries = given if isinstance(given, list) else [given]
    free: set[date] = set()
    each_year: set[Yearly] = set()
    for entry in entries:
        try:
            if yearly := yearly_of(str(entry)):
                each_year.add(yearly)
            else:
                free |= days_of(str(entry))
        except ValueError as error:
            mend = "A region (DE, DE-BY), a day (2026-12-24) or one each year (12-24)."
            sheet.complain("holiday", place, f"{entry!r}: {error}.", mend)
    return frozenset(free), frozenset(each_year)
