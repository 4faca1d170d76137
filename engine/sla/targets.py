"""What an SLA promises, in working time of a calendar: when to warn, escalate and rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.sla.happenings import EACH_CONTACT, KINDS, UNANSWERED
from engine.sla.reading import Place, Sheet, read_sheet

KEYS = (
    "title",
    "calendar",
    *KINDS,
    "update_counts",
    "warn_percent",
    "escalate_after",
    "rests_in",
)
WARN = 75
COUNTS = (UNANSWERED, EACH_CONTACT)
MOST = 9  # warnings, levels and states of one SLA

_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?")


@dataclass(frozen=True)
class SlaTarget:
    """One SLA. Times in working seconds of `calendar`; None promises nothing.

    `escalate_after` counts from the breach; while a ticket is in one of `rests_in` the clocks rest
    but for the first response.
    """

    name: str
    title: Mapping[str, str]
    calendar: str
    first_response: int | None
    solution: int | None
    warn_percents: tuple[int, ...] = (WARN,)
    update: int | None = None
    update_counts: str = UNANSWERED
    escalate_after: tuple[int, ...] = ()
    rests_in: tuple[str, ...] = ()


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
    first, update, solution = (_seconds(sheet, (*place, name), entry.get(name)) for name in KINDS)
    if not any(name in entry for name in KINDS):
        sheet.complain(
            "promise",
            place,
            "An SLA promises a first response, an update or a solution.",
            "first_response: PT4H, solution: PT16H",
        )
    if first and solution and first > solution:
        sheet.complain(
            "promise",
            place,
            "The first response would come after the solution.",
            "Make the first response the shorter one.",
        )
    return SlaTarget(
        place[-1],
        sheet.title(place, entry),
        calendar,
        first,
        solution,
        _percents(sheet, (*place, "warn_percent"), entry.get("warn_percent", str(WARN))),
        update,
        _counts(sheet, (*place, "update_counts"), entry.get("update_counts", UNANSWERED)),
        _levels(sheet, (*place, "escalate_after"), entry.get("escalate_after", [])),
        _states(sheet, (*place, "rests_in"), entry.get("rests_in", [])),
    )


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


def _percents(sheet: Sheet, place: Place, given: Any) -> tuple[int, ...]:
    found = set()
    for one in _few(sheet, place, given):
        if isinstance(one, str) and re.fullmatch(r"\d{1,2}", one) and int(one):
            found.add(int(one))
        else:
            sheet.complain("percent", place, f"{one!r} is no share of the time.", "1 to 99")
    return tuple(sorted(found))


def _counts(sheet: Sheet, place: Place, given: Any) -> str:
    if given not in COUNTS:
        mend = "unanswered, or each_contact to count from our own answers too"
        sheet.complain("update", place, f"{given!r} is no way to count the update time.", mend)
    return str(given)


def _levels(sheet: Sheet, place: Place, given: Any) -> tuple[int, ...]:
    lengths = (_seconds(sheet, place, one) for one in _few(sheet, place, given))
    return tuple(sorted({length for length in lengths if length}))


def _states(sheet: Sheet, place: Place, given: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in _few(sheet, place, given):
        if isinstance(one, str) and one.strip():
            found[one.strip()[:80]] = None
        else:
            sheet.complain(
                "state", place, f"{one!r} is no state.", "rests_in: [waiting for customer]"
            )
    return tuple(found)


def _few(sheet: Sheet, place: Place, given: Any) -> list[Any]:
    """What may stand alone or in a list, which nobody makes long."""
    entries = given if isinstance(given, list) else [given]
    if len(entries) > MOST:
        sheet.complain("too_many", place, f"More than {MOST} of them.", "Leave some out.")
    return entries[:MOST]


def entry_of(row: Any, length: Callable[[int], Any] = int) -> dict[str, Any]:
    """An SLA as its entry in slas.yaml, without what goes without saying."""
    lengths = {name: getattr(row, name) for name in KINDS}
    warn = list(row.warn_percents)
    entry: dict[str, Any] = {
        "title": dict(row.title),
        "calendar": row.calendar,
        **{name: length(seconds) for name, seconds in lengths.items() if seconds is not None},
        "warn_percent": warn[0] if len(warn) == 1 else warn,
    }
    if row.update_counts != UNANSWERED:
        entry["update_counts"] = row.update_counts
    if row.escalate_after:
        entry["escalate_after"] = [length(seconds) for seconds in row.escalate_after]
    if row.rests_in:
        entry["rests_in"] = list(row.rests_in)
    return entry
