"""Times of diagrams: ISO 8601 texts to due times, counted from a moment that is handed in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Later = Callable[[str, datetime], datetime]
_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
WORKING = "working"  # the basis of a time that counts while people work
_MAX_WORKING_DAYS = 2_500
_MAX_DAYS = 36_600  # a hundred years: beyond that a timer is a slip of the pen


@dataclass(frozen=True)
class Duration:
    """A length of time whose months are calendar months."""

    months: int
    rest: timedelta

    def after(self, moment: datetime) -> datetime:
        """The moment this much later; 31 January plus one month is the last day of February."""
        month = moment.month - 1 + self.months
        year, month = moment.year + month // 12, month % 12 + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        return moment.replace(year=year, month=month, day=day) + self.rest


@dataclass(frozen=True)
class Cycle:
    """A repetition: how many times (None: without end), the distance, and the first moment."""

    times: int | None
    every: str
    first: datetime | None


def parse_duration(text: object) -> Duration:
    """Read `P3D`, `PT4H30M`, `P1Y2M`, `P2W`; raises ValueError with a sentence."""
    match = _DURATION.fullmatch(str(text).strip().upper())
    parts = {k: v for k, v in match.groupdict().items() if v} if match else {}
    if not parts or str(text).strip().upper().endswith("T"):
        raise ValueError(f'"{text}" is not a duration such as "P3D" or "PT4H"')
    months = int(parts.pop("years", 0)) * 12 + int(parts.pop("months", 0))
    numbers = {k: float(v) for k, v in parts.items()}
    if months > 1200 or sum(numbers.values()) > 1e9:
        raise ValueError(f'"{text}" is longer than a hundred years')
    rest = timedelta(**numbers)
    if rest.days > _MAX_DAYS:
        raise ValueError(f'"{text}" is longer than a hundred years')
    return Duration(months, rest)


def parse_working(text: object) -> tuple[int, int]:
    """Days and seconds of a length of working time (`PT2H`, `P2D`, `P1DT4H`); raises ValueError.

    A week, a month or a part of a day says nothing about how much work there is in it.
    """
    parse_duration(text)
    match = _DURATION.fullmatch(str(text).strip().upper())
    parts = {k: float(v) for k, v in match.groupdict().items() if v} if match else {}
    if parts.keys() & {"years", "months", "weeks"} or parts.get("days", 0) % 1:
        raise ValueError(f'"{text}": working time counts in hours and whole days')
    days = int(parts.pop("days", 0))
    seconds = int(timedelta(**parts).total_seconds())
    if days > _MAX_WORKING_DAYS or seconds > _MAX_WORKING_DAYS * 86_400:
        raise ValueError(f'"{text}" is longer than ten years of work')
    return days, seconds


def parse_date(text: object) -> datetime:
    """Read an ISO moment; one without an offset is taken as UTC; raises ValueError."""
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError(f'"{text}" is not a moment such as "2030-01-31T09:00:00+01:00"') from None
    return as_utc(moment)


def parse_cycle(text: object) -> Cycle:
    """Read `R3/PT1H`, `R/P1D`, `R2/2030-01-01T08:00:00Z/P1W`; raises ValueError."""
    parts = str(text).strip().upper().split("/")
    match = re.fullmatch(r"R(\d{0,6})", parts[0])
    if match is None or len(parts) not in (2, 3):
        raise ValueError(f'"{text}" is not a repetition such as "R3/PT1H"')
    if match[1] and int(match[1]) == 0:
        raise ValueError(f'"{text}" is repeated no times')
    parse_duration(parts[-1])
    first = parse_date(parts[1]) if len(parts) == 3 else None
    return Cycle(int(match[1]) if match[1] else None, parts[-1], first)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; naive moments are read as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def due_after(kind: str, text: object, now: datetime, later: Later | None = None) -> datetime:
    """When a timer of a kind (date, duration, cycle) that starts at `now` is due first.

    `later` adds a length to a moment; without it, time on the wall is counted.
    """
    later = later or wall_time
    if kind == "date":
        return parse_date(text)
    if kind == "duration":
        return later(str(text), now)
    cycle = parse_cycle(text)
    return cycle.first or later(cycle.every, now)


def wall_time(length: str, start: datetime) -> datetime:
    """The moment a length of plain time after another one."""
    return parse_duration(length).after(start)


def iso_length(seconds: int) -> str:
    """A number of seconds as it is written: `P3DT1M`."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    day = f"{days}D" if days else ""
    clock = "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    return f"P{day}{'T' + clock if clock else ''}"
