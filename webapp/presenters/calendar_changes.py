"""What a change of a calendar changes, as admins say it: Monday, the 24th of December, the zone.

Nobody has to compare two files. What is only written in another way is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from engine.errors import Invalid
from engine.sla.calendars import frame_said
from engine.sla.days import Spot, named_days, spots_of
from engine.sla.holidays import is_region
from engine.sla.stored import calendar_of
from engine.sla.working import Calendar
from webapp.i18n import N_, Reader
from webapp.presenters.calendar_form import typed_of
from webapp.presenters.year_page import weekdays

Document = Mapping[str, Any]
Difference = tuple[str, str, str]  # what, until now, from now on; empty for nothing

FIELDS = {
    "title_de": N_("Title in German"),
    "title_en": N_("Title in English"),
    "timezone": N_("Zone"),
    "due": N_("A time that runs out exactly at the end of work is due"),
}
DUE = {"closing": N_("at the end of work"), "opening": N_("when work begins again")}
_EACH_YEAR = N_("%(day)s of every year")
_LEAP = 2024  # a year that has all days


def calendar_changes(
    name: str, before: Document, after: Document, reader: Reader
) -> list[Difference]:
    """What differs, in the order of the form; empty also for what cannot be read any more."""
    try:
        old, new = _read(name, before), _read(name, after)
        return [
            *_fields(typed_of(before, old), typed_of(after, new), reader),
            *_week(old, new, reader),
            *_region(before, after, reader),
            *_days(_spots(before, old, reader), _spots(after, new, reader), reader),
        ]
    except (Invalid, ValueError):
        return []


def _read(name: str, document: Document) -> Calendar:
    """The calendar without its holidays, which take time to work out and are compared as named."""
    return calendar_of(
        name, {key: value for key, value in document.items() if key not in ("region", "holidays")}
    )


def _fields(
    before: Mapping[str, str], after: Mapping[str, str], reader: Reader
) -> Iterator[Difference]:
    for field, label in FIELDS.items():
        ends = [typed[field] for typed in (before, after)]
        if field == "due":
            ends = [reader.gettext(DUE[one]) for one in ends]
        if ends[0] != ends[1]:
            yield reader.gettext(label), ends[0], ends[1]


def _week(old: Calendar, new: Calendar, reader: Reader) -> Iterator[Difference]:
    """The days of the week; neighbours that change alike are said together."""
    names = [long for _, long in weekdays(reader)]
    hours = [(_hours(old.hours.get(day, ())), _hours(new.hours.get(day, ()))) for day in range(7)]
    for (before, after), members in groupby(range(7), key=lambda day: hours[day]):
        days = list(members)
        if before != after:
            said = names[days[0]] if len(days) == 1 else f"{names[days[0]]}–{names[days[-1]]}"
            yield said, before, after


def _region(before: Document, after: Document, reader: Reader) -> Iterator[Difference]:
    old, new = _regions(before), _regions(after)
    if old != new:
        yield reader.gettext(N_("Public holidays of")), ", ".join(old), ", ".join(new)


def _regions(document: Document) -> list[str]:
    """Whose holidays count, wherever that is written."""
    region = document.get("region", "")
    if isinstance(region, dict):
        region = "-".join(str(region[key]) for key in ("country", "subdivision") if key in region)
    listed = [*named_days(region), *named_days(document.get("holidays", []))]
    return sorted({text.upper() for text, _ in listed if is_region(text)})


def _days(old: Mapping[Spot, str], new: Mapping[Spot, str], reader: Reader) -> Iterator[Difference]:
    """Single days; those of every year first, and a row of days that change alike as one."""
    changed = [spot for spot in {**old, **new} if old.get(spot, "") != new.get(spot, "")]
    row: list[Spot] = []
    for spot in sorted(changed, key=_place):
        alike = row and (old.get(spot), new.get(spot)) == (old.get(row[-1]), new.get(row[-1]))
        if row and not (alike and _follows(row[-1], spot)):
            yield _said(row, reader), old.get(row[0], ""), new.get(row[0], "")
            row = []
        row.append(spot)
    if row:
        yield _said(row, reader), old.get(row[0], ""), new.get(row[0], "")


def _place(spot: Spot) -> tuple[bool, int]:
    """Where a day stands among others of its kind."""
    dated = isinstance(spot, date)
    return dated, (spot if isinstance(spot, date) else date(_LEAP, *spot)).toordinal()


def _follows(one: Spot, other: Spot) -> bool:
    (dated, first), (also, second) = _place(one), _place(other)
    return dated == also and second == first + 1


def _said(row: Sequence[Spot], reader: Reader) -> str:
    first, last = row[0], row[-1]
    if isinstance(first, date) and isinstance(last, date):
        if first == last:
            return reader.date(first, "full")
        return f"{reader.date(first)} – {reader.date(last)}"
    form = "d. MMMM" if reader.language == "de" else "d MMMM"
    ends = [reader.date(date(_LEAP, *one), form) for one in (first, last) if isinstance(one, tuple)]
    return reader.gettext(_EACH_YEAR) % {"day": " – ".join(dict.fromkeys(ends))}


def _spots(document: Document, calendar: Calendar, reader: Reader) -> dict[Spot, str]:
    """What each day is that is named: other hours before closed, and closed before a holiday."""
    holiday, closed = reader.gettext(N_("holiday")), reader.gettext(N_("closed here"))
    found: dict[Spot, str] = {}
    for text, name in named_days(document.get("holidays", [])):
        if not is_region(text):
            found |= dict.fromkeys(spots_of(text), _named(holiday, name))
    for text, name in named_days(document.get("closed", [])):
        found |= dict.fromkeys(spots_of(text), _named(closed, name))
    extra = document.get("extra") or {}
    for text, entry in extra.items() if isinstance(extra, dict) else ():
        name = str(entry.get("name", "")) if isinstance(entry, dict) else ""
        for spot in spots_of(text):
            own = calendar.exceptions if isinstance(spot, date) else calendar.each_year
            found[spot] = _named(_hours(own[spot]), name)  # type: ignore[index]
    return found


def _hours(frames: Sequence[Any]) -> str:
    return ", ".join(map(frame_said, sorted(frames)))


def _named(what: str, name: str) -> str:
    return f"{what} ({name})" if name else what
