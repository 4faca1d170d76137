"""What an SLA promises: response and solution in working time of a calendar, and when to warn."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.sla.reading import Place, Sheet, read_sheet

KEYS = ("title", "calendar", "first_response", "solution", "warn_percent")
WARN = 75

_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?")


@dataclass(frozen=True)
class SlaTarget:
    """One SLA. Times in working seconds of `calendar`; None promises nothing."""

    name: str
    title: Mapping[str, str]
    calendar: str
    first_response: int | None
    solution: int | None
    warn_percent: int = WARN


def load_slas(text: str, calendars: Collection[str] | None = None) -> dict[str, SlaTarget]:
    """The SLAs of a file by name; raises Invalid with a Problem for every place.

    With `calendars` an SLA that names another one is a finding too.
    """
    sheet = read_sheet(text)
    found = {
        name: _target(sheet, ("slas", name), entry, calendars)
        for name, entry in sheet.section("slas").items()
    }
    if sheet.problems:
        raise Invalid("The SLAs cannot be used.", sheet.problems)
    return found


def _target(
    sheet: Sheet, place: Place, entry: dict[str, Any], calendars: Collection[str] | None
) -> SlaTarget:
    sheet.unknown(place, entry, KEYS)
    calendar = str(entry.get("calendar", ""))
    if not calendar or (calendars is not None and calendar not in calendars):
        mend = "Write it into calendars.yaml beside this file."
        if calendars:
            mend = f"Known are: {', '.join(sorted(calendars))}."
        said = f"There is no calendar {calendar!r}." if calendar else "An SLA needs a calendar."
        sheet.complain("calendar", (*place, "calendar"), said, mend)
    first = _seconds(sheet, (*place, "first_response"), entry.get("first_response"))
    solution = _seconds(sheet, (*place, "solution"), entry.get("solution"))
    if "first_response" not in entry and "solution" not in entry:
        sheet.complain(
            "promise",
            place,
            "An SLA promises a first response or a solution.",
            "first_response: PT4H, solution: PT16H",
        )
    if first and solution and first > solution:
        sheet.complain(
            "promise",
            place,
            "The first response would come after the solution.",
            "Make the first response the shorter one.",
        )
    warn = _percent(sheet, (*place, "warn_percent"), entry.get("warn_percent", str(WARN)))
    return SlaTarget(place[-1], sheet.title(place, entry), calendar, first, solution, warn)


def _seconds(sheet: Sheet, place: Place, given: Any) -> int | None:
    if given is None:
        return None
    match = _DURATION.fullmatch(given) if isinstance(given, str) else None
    seconds = 0
    if match:
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    if not seconds:
        mend = "PT4H or PT1H30M; days say nothing about working time: PT9H instead of P1D."
        sheet.complain("duration", place, f"{given!r} is no length of working time.", mend)
    return seconds or None


def _percent(sheet: Sheet, place: Place, given: Any) -> int:
    if isinstance(given, str) and re.fullmatch(r"\d{1,2}", given) and int(given):
        return int(given)
    sheet.complain("percent", place, f"{given!r} is no share of the time.", "1 to 99")
    return WARN
