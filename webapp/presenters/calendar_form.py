"""A calendar as a form: frames by day, and days in lines, each with what it is called.

What stands in the form and what stands in the document mean the same, whichever came first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from engine.errors import Problem
from engine.sla.calendars import frame_said
from engine.sla.days import Spot, is_day, named_days, spots_of
from engine.sla.working import WEEK, Calendar

FIELDS = ("title_de", "title_en", "timezone", "region", "due", "holidays", "closed", "extra")
HOURS = tuple(f"hours_{day}" for day in range(7))

_DATE = r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.(?:\d{4})?|(?:--)?\d{1,2}-\d{1,2})"
_DAY = rf"(?:{_DATE}|[A-Za-z]{{2}}(?:-\w{{1,40}})?(?=\s|$))"
_LINE = re.compile(rf"({_DAY})(?:\s*(?:\.\.+|…|/|–|\bto\b|\bbis\b|-)\s*({_DATE}))?\s*(.*)")
_AT = r"(\d{1,2})(?:[:.](\d{2})(:\d{2})?)?(?:\s*(?:Uhr|h)\b)?"
_PEOPLE_WRITE = re.compile(rf"{_AT}\s*(?:[-–—]|\bbis\b|\bto\b)\s*{_AT}", re.IGNORECASE)
_FRAME = re.sub(r"\((?!\?)", "(?:", _PEOPLE_WRITE.pattern)
_FRAMES = re.compile(rf"({_FRAME}(?:\s*[,;]\s*{_FRAME})*)(?![\w:.])\s*,?\s*(.*)", re.IGNORECASE)
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")

Typed = dict[str, str]


def typed_of(document: Mapping[str, Any], calendar: Calendar) -> Typed:
    """A calendar in force as it stands in the form."""
    title = document.get("title", calendar.name)
    both = title if isinstance(title, dict) else {"de": title, "en": title}
    region = document.get("region", "")
    if isinstance(region, dict):
        region = "-".join(str(region[key]) for key in ("country", "subdivision") if region.get(key))
    extra = document.get("extra") or {}
    typed = {
        "title_de": str(both.get("de", "")),
        "title_en": str(both.get("en", "")),
        "timezone": calendar.zone,
        "region": ", ".join(text for text, _ in named_days(region)),
        "due": "opening" if calendar.ends_open else "closing",
        "holidays": _lines(named_days(document.get("holidays", []))),
        "closed": _lines(named_days(document.get("closed", []))),
        "extra": _lines((day, _said(one)) for day, one in (extra.items() if extra else ())),
    }
    return typed | {
        field: ", ".join(map(frame_said, calendar.hours.get(day, ())))
        for day, field in enumerate(HOURS)
    }


def document_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as the entry of a calendar, not checked yet."""
    document: dict[str, Any] = {
        "title": {language: typed[f"title_{language}"] for language in ("de", "en")
                  if typed[f"title_{language}"]},
        "timezone": typed["timezone"],
        "hours": _week([frames_typed(typed[field]) for field in HOURS]),
    }  # fmt: skip
    if not document["title"]:
        del document["title"]
    if typed["region"]:
        regions = [one.strip() for one in typed["region"].split(",") if one.strip()]
        document["region"] = regions[0] if len(regions) == 1 else regions
    for key in ("holidays", "closed"):
        lines = map(_line, _rows(typed[key]))
        days = [{day: _no_hours(name)} if name else day for day, name in lines]
        if days:
            document[key] = days
    if extra := _extra(typed["extra"]):
        document["extra"] = extra
    if typed["due"] != "closing":
        document["due"] = typed["due"]
    return document


def field_of(name: str, problem: Problem) -> str:
    """The field of the form that a finding belongs to; empty for the whole of it."""
    rest = (problem.element or "").removeprefix(f"calendars.{name}").lstrip(".").split(".")
    if rest[0] == "hours":
        day = rest[1].partition("-")[0] if len(rest) > 1 else WEEK[0]
        return HOURS[WEEK.index(day)] if day in WEEK else HOURS[0]
    return {"title": "title_de", "zone": "timezone"}.get(
        rest[0], rest[0] if rest[0] in FIELDS else ""
    )


def _said(entry: Any) -> str:
    """The hours of an extra day, and its name, as they stand in a line."""
    frames = entry.get("hours", []) if isinstance(entry, dict) else entry
    name = str(entry.get("name", "")) if isinstance(entry, dict) else ""
    listed = frames if isinstance(frames, str) else ", ".join(map(str, frames))
    return f"{listed} {name}".strip()


def _lines(days: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{_plain(day)} {name}".strip() for day, name in days)


def _plain(day: str) -> str:
    """A day or a row of days in one word, however it was written."""
    if not is_day(day):
        return day
    spots = spots_of(day)
    return "..".join(dict.fromkeys(map(spot_said, (spots[0], spots[-1]))))


def spot_said(spot: Spot) -> str:
    """`2026-12-24`, or `12-24` for a day of every year."""
    return spot.isoformat() if isinstance(spot, date) else f"{spot[0]:02}-{spot[1]:02}"


def _rows(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _line(line: str) -> tuple[str, str]:
    """The day or row of days at the beginning of a line, and what follows."""
    match = _LINE.fullmatch(line)
    if not match:
        return line, ""
    first, last, rest = match.groups()
    day = _iso(first) + (f"..{_iso(last)}" if last else "")
    return day, rest.strip(" \t:,;–-")


def _no_hours(name: str) -> str:
    """A name; hours, which are none, as they are refused wherever they come from."""
    match = _FRAMES.fullmatch(name)
    return ", ".join(frames_typed(match[1])) if match and not match[2] else name


def _iso(day: str) -> str:
    """`24.12.2026` and `24.12.` as they stand in a document."""
    match = _GERMAN.fullmatch(day)
    if not match:
        return day
    yearly = f"{int(match[2]):02}-{int(match[1]):02}"
    return f"{match[3]}-{yearly}" if match[3] else yearly


def _extra(text: str) -> dict[str, Any]:
    """Days with their frames; several lines of a day are frames of one."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for day, rest in map(_line, _rows(text)):
        match = _FRAMES.fullmatch(rest)
        hours, names = found.setdefault(day, ([], []))
        hours += frames_typed(match[1]) if match else [rest] if rest else []
        names += [match[2].strip()] if match and match[2].strip() else []
    return {
        day: {"hours": hours, "name": ", ".join(names)} if names else hours
        for day, (hours, names) in found.items()
    }


def frames_typed(text: str) -> list[str]:
    """`8-12, 13.30 bis 17 Uhr` as `08:00-12:00` and `13:30-17:00`; what is neither stays."""
    return [_frame_typed(one.strip()) for one in re.split(r"[,;]", text) if one.strip()]


def _frame_typed(text: str) -> str:
    match = _PEOPLE_WRITE.fullmatch(text)
    if not match:
        return text
    ends = (match.groups()[:3], match.groups()[3:])
    return "-".join(f"{hour:0>2}:{minute or '00'}{rest or ''}" for hour, minute, rest in ends)


def _week(days: list[list[str]]) -> dict[str, list[str]]:
    """Neighbours with the same frames as a row of days; days without any are left out."""
    hours = {}
    for frames, members in groupby(range(7), key=lambda day: days[day]):
        row = list(members)
        if frames:
            name = WEEK[row[0]] + (f"-{WEEK[row[-1]]}" if len(row) > 1 else "")
            hours[name] = frames
    return hours
