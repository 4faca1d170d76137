"""Calendars from their file: what people write becomes days, frames and dates, or a finding."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, time
from itertools import pairwise
from typing import Any

from engine.errors import Invalid
from engine.sla.days import EMPTY, HOURS_HERE, Spot, Yearly, is_day, named_days, spots_of
from engine.sla.holidays import days_of, is_region, parts_of
from engine.sla.reading import Place, Sheet, read_sheet
from engine.sla.working import WEEK, Calendar, Frame, known_zone, overlapping

ALWAYS = Calendar("always", "UTC", {day: [(time(), time())] for day in range(7)})
WHOLE_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPELLED = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3} | {
    name: number for names in (WEEK, WHOLE_DAYS) for number, name in enumerate(names)
}
KEYS = ("title", "timezone", "zone", "hours", "region", "holidays", "closed", "extra", "due")
DUE = ("closing", "opening")  # when a promise ends that is used up exactly when work ends
FREE = EMPTY | {"closed", "off", "-", "–"}  # said instead of frames on a day without work

_FRAME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DAY_MEND = "A day (2026-12-24), one each year (12-24) or a row of them (2026-12-24..2027-01-02)."
_FREE_MEND = f"A region (DE, DE-BY). {_DAY_MEND}"
_NEVER = "No day of the year has work, so that no time would ever end."
_NEVER_MEND = (
    "Leave days out of closed and holidays, or give days of every year their hours under extra."
)


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
    entry = dict(sheet.whole())
    if not isinstance(sheet.content, dict):
        return _only(sheet, None)
    name = entry.pop("name", "calendar")  # which a file of several says as the key
    if not isinstance(name, str):
        sheet.complain("name", ("name",), "A name is one text.", "name: office")
        name = "calendar"
    return _only(sheet, _calendar(sheet, name, entry, ()))


def usual(names: Collection[str]) -> str:
    """Which calendar counts where nothing names one: `standard`, else the first; empty for none.

    Where there is none at all, work goes on `ALWAYS`.
    """
    return "standard" if "standard" in names else min(names, default="")


def holds_several(text: str) -> bool:
    """Whether a text is a file of named calendars, not one calendar by itself."""
    content = read_sheet(text).content
    return isinstance(content, dict) and "calendars" in content and "hours" not in content


def calendar_from(name: str, entry: dict[str, Any], *, stored: bool = False) -> Calendar:
    """The calendar of an entry that was read already, every value a text; Invalid as above.

    One that is `stored` may be closed for good: it was taken before that was refused.
    """
    sheet = Sheet()
    return _only(sheet, _calendar(sheet, name, entry, stored=stored))


def _only(sheet: Sheet, calendar: Calendar | None) -> Calendar:
    if calendar is None or sheet.problems:
        raise Invalid("The calendar cannot be used.", sheet.problems)
    return calendar


def _calendar(
    sheet: Sheet, name: str, entry: dict[str, Any], place: Place | None = None, *,
    stored: bool = False,
) -> Calendar | None:  # fmt: skip
    place = ("calendars", name) if place is None else place
    before = len(sheet.problems)
    sheet.unknown(place, entry, KEYS)
    key = "timezone" if "timezone" in entry else "zone"
    zone = entry.get(key, "UTC")
    if not isinstance(zone, str) or {"timezone", "zone"} <= set(entry):
        sheet.complain("zone", (*place, key), "A zone is one name.", "timezone: Europe/Berlin")
    elif not known_zone(zone):
        said = f"There is no time zone {zone[:60]!r}."
        sheet.complain("zone", (*place, key), said, "timezone: Europe/Berlin")
    hours = _hours(sheet, (*place, "hours"), entry.get("hours"))
    region = _region(sheet, (*place, "region"), entry.get("region", ""))
    free, yearly = _holidays(sheet, (*place, "holidays"), entry.get("holidays", []))
    closed = _closed(sheet, (*place, "closed"), entry.get("closed", []))
    extra = _extra(sheet, (*place, "extra"), entry.get("extra", {}))
    due = entry.get("due", DUE[0])
    if due not in DUE:
        mend = "closing, or opening for the next beginning of work"
        sheet.complain("due", (*place, "due"), f"{due!r} is no end of a promise.", mend)
    title = sheet.title(place or (name,), entry)
    exceptions = _together(sheet, (*place, "extra"), closed, extra)
    if len(sheet.problems) > before:
        return None
    if not any(hours.values()):
        sheet.complain("no_hours", (*place, "hours"), _NEVER, 'mon-fri: ["08:00-17:00"]')
        return None
    try:
        found = Calendar(
            name, zone, hours, region | free, title, yearly, due == "opening",
            {spot: frames for spot, frames in exceptions.items() if isinstance(spot, date)},
            {spot: frames for spot, frames in exceptions.items() if isinstance(spot, tuple)},
        )  # fmt: skip
    except Invalid as error:
        sheet.complain("frames", place, error.message, "08:00-12:00, 13:00-17:00")
        return None
    if not stored and not found.works_each_year:
        key = "closed" if any(isinstance(spot, tuple) for spot in closed) else "holidays"
        sheet.complain("never", (*place, key), _NEVER, _NEVER_MEND)
    return found


def _hours(sheet: Sheet, place: Place, given: Any) -> dict[int, list[Frame]]:
    hours: dict[int, list[Frame]] = {}
    keys: dict[int, str] = {}
    before = len(sheet.problems)
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
                    f"{WEEK[day]} has its hours already.",
                    "Name each day once; several frames may stand in its list.",
                )
            hours[day], keys[day] = _frames(sheet, spot, frames), days
    if len(sheet.problems) == before:
        for day, one, other in overlapping(hours):
            _complain_of_overlap(sheet, (*place, keys[day]), one, other)
    return hours


def _complain_of_overlap(sheet: Sheet, place: Place, one: Frame, other: Frame) -> None:
    """Noted once for a row of days that have them together."""
    said = f"'{frame_said(one)}' and '{frame_said(other)}' overlap."
    known = {(problem.element, problem.message) for problem in sheet.problems}
    if (".".join(place), said) not in known:
        mend = "Let one end before the other begins, or make one of them."
        sheet.complain("overlap", place, said, mend)


def frame_said(frame: Frame) -> str:
    """`08:00-17:00`; an end at midnight is 24:00."""
    opens, closes = (f"{at:%H:%M:%S}".removesuffix(":00") for at in frame)
    return f"{opens}-{'24:00' if closes == '00:00' else closes}"


def _days(sheet: Sheet, place: Place, said: str) -> list[int]:
    """`mon`, `Monday`, `mon-fri`, `mon, wed`, and `sun-thu` over the end of the week."""
    found: list[int] = []
    for part in said.lower().split(","):
        first, dash, last = (word.strip() for word in part.replace("–", "-").partition("-"))
        begin, end = SPELLED.get(first), SPELLED.get(last if dash else first)
        if begin is None or end is None:
            mend = "mon, tue … or mon-fri; several with commas between."
            sheet.complain("day", place, f"{said!r} is no day or row of days.", mend)
            return []
        found += [day % 7 for day in range(begin, end + 1 + 7 * (end < begin))]
    return found


def _frames(sheet: Sheet, place: Place, given: Any) -> list[Frame]:
    if isinstance(given, str):
        given = [] if given.strip().lower() in FREE else given.split(",")
    each = given if isinstance(given, list) else [given]
    return [frame for one in each if (frame := _frame(sheet, place, one))]


def _frame(sheet: Sheet, place: Place, text: Any) -> Frame | None:
    match = _FRAME.fullmatch(text.strip()) if isinstance(text, str) else None
    if match:
        a, b, c, d, e, f = (int(part or 0) for part in match.groups())
        try:
            found = time(a, b, c), time(0 if (d, e, f) == (24, 0, 0) else d, e, f)
        except ValueError:
            pass
        else:
            if found[0] != found[1] or found[0] == time():
                return found
    sheet.complain("frame", place, f"{text!r} is no frame of hours.", "08:00-17:00")
    return None


def _region(sheet: Sheet, place: Place, given: Any) -> frozenset[date]:
    """The holidays of `DE-BY`, of several such, or of `{country: DE, subdivision: BY}`."""
    if isinstance(given, dict) and {"country"} <= set(given) <= {"country", "subdivision"}:
        given = "-".join(str(given[key]) for key in ("country", "subdivision") if given.get(key))
    free, _ = _free(sheet, place, given, regions_only=True)
    return free


def _holidays(sheet: Sheet, place: Place, given: Any) -> tuple[frozenset[date], frozenset[Yearly]]:
    return _free(sheet, place, given)


def _free(
    sheet: Sheet, place: Place, given: Any, *, regions_only: bool = False
) -> tuple[frozenset[date], frozenset[Yearly]]:
    free: set[date] = set()
    each_year: set[Yearly] = set()
    mend = "A country or a part of one: DE, DE-BY." if regions_only else _FREE_MEND
    for text, _ in _named(sheet, place, given, mend):
        try:
            if is_region(text):
                free |= days_of(text)
            elif regions_only:
                raise ValueError("this is no region")
            else:
                spots = spots_of(text)
                free |= {spot for spot in spots if isinstance(spot, date)}
                each_year |= {spot for spot in spots if isinstance(spot, tuple)}
        except ValueError as error:
            parts = parts_of(text) if is_region(text) else ""
            code = "region" if regions_only or parts else "holiday"
            known = f"Known parts: {parts}." if parts else mend
            sheet.complain(code, place, f"{text!r}: {error}.", known)
    return frozenset(free), frozenset(each_year)


def _closed(sheet: Sheet, place: Place, given: Any) -> dict[Spot, bool]:
    """The days closed here; true for one that stands there by itself, not in a row of days."""
    found: dict[Spot, bool] = {}
    for text, _ in _named(sheet, place, given, _DAY_MEND):
        try:
            spots = spots_of(text)
        except ValueError as error:
            sheet.complain("closed", place, f"{text!r}: {error}.", _DAY_MEND)
            continue
        for spot in spots:
            found[spot] = found.get(spot, False) or len(spots) == 1
    return found


def _named(sheet: Sheet, place: Place, given: Any, mend: str) -> Iterator[tuple[str, str]]:
    try:
        yield from named_days(given)
    except ValueError as error:
        code = "elsewhere" if str(error) == HOURS_HERE else "holiday"
        sheet.complain(code, place, f"{error}.", mend)


def _extra(sheet: Sheet, place: Place, given: Any) -> dict[Spot, tuple[Frame, ...]]:
    """Days with hours of their own: `2026-12-19: ["10:00-14:00"]`, with `{hours, name}` too."""
    found: dict[Spot, tuple[Frame, ...]] = {}
    mend = '2026-12-19: ["10:00-14:00"]; a day without work stands under closed.'
    if (isinstance(given, str) and given.strip().lower() in EMPTY) or given == []:
        return found
    if not isinstance(given, dict):
        sheet.complain("extra", place, "Extra days are frames by date.", mend)
        return found
    for said, frames in given.items():
        spot = (*place, said)
        if isinstance(frames, dict) and "hours" in frames:
            sheet.unknown(spot, frames, ("hours", "name"))
            frames = frames["hours"]
        hours = _frames(sheet, spot, frames)
        if not is_day(said) or not hours:
            wrong = "names no hours" if is_day(said) else "is no day"
            sheet.complain("extra", spot, f"{said!r} {wrong}.", mend)
            continue
        try:
            spots = spots_of(said)
        except ValueError as error:
            sheet.complain("extra", spot, f"{said!r}: {error}.", mend)
            continue
        for one in spots:
            if one in found:
                sheet.complain("extra", spot, f"{said!r} has its hours already.", "Keep one.")
            found[one] = tuple(hours)
        ordered = sorted(hours)
        for before, after in pairwise(ordered):
            if after[0] < before[1] or before[1] <= before[0]:
                _complain_of_overlap(sheet, spot, before, after)
    return found


def _together(
    sheet: Sheet, place: Place, closed: dict[Spot, bool], extra: dict[Spot, tuple[Frame, ...]]
) -> dict[Spot, tuple[Frame, ...]]:
    """Both kinds of exceptions as frames by day; an extra day may lie within a row of closed."""
    for spot in extra:
        if closed.get(spot):
            said = spot.isoformat() if isinstance(spot, date) else f"{spot[0]:02}-{spot[1]:02}"
            sheet.complain("extra", place, f"{said} is closed and has hours, too.", "Keep one.")
    return {**dict.fromkeys(closed, ()), **extra}
