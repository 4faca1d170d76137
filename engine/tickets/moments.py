"""Times as one types them: `<2h`, `>3d`, `today`, `2026-03-31`, `1.3.2026..31.3.2026`.

Addresses that the desk makes itself also name a moment: `<2026-03-31T12:00:00Z` is before it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_

from engine.tickets.asking import plain

UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86400, "t": 86400, "w": 604800}
_LENGTH = re.compile(r"([<>])=?\s*(\d{1,4})\s*(min|[mhdtw])", re.ASCII)
_DAYS = {
    "today": (0, 1), "heute": (0, 1), "tomorrow": (1, 2), "morgen": (1, 2),
    "yesterday": (-1, 0), "gestern": (-1, 0),
}  # fmt: skip
_WEEK = ("week", "woche")
_LATE = ("overdue", "late", "uberfallig", "ueberfaellig")
_NEVER = ("none", "never", "nie", "keine")


def due(column: Any, value: str, now: datetime, zone: ZoneInfo) -> ColumnElement[bool] | None:
    """The condition that something is due then; None where this is no time."""
    said = plain(value)
    if said in _LATE:
        return column <= now  # type: ignore[no-any-return]
    if said in _NEVER:
        return column.is_(None)  # type: ignore[no-any-return]
    if said in _WEEK:
        return and_(column >= now, column < now + timedelta(days=7))
    length = _length(said)
    if length is not None:
        # Less than two hours left: what is overdue has less than nothing.
        shorter, end = length[0] == "<", now + length[1]
        return column <= end if shorter else column > end  # type: ignore[no-any-return]
    moment = _moment(said)
    if moment is not None:
        return column < moment  # type: ignore[no-any-return]
    return _on_days(column, said, now, zone)


def happened(column: Any, value: str, now: datetime, zone: ZoneInfo) -> ColumnElement[bool] | None:
    """The condition that something happened then; None where this is no time."""
    said = plain(value)
    if said in _WEEK:
        return column >= now - timedelta(days=7)  # type: ignore[no-any-return]
    length = _length(said)
    if length is not None:
        younger, start = length[0] == "<", now - length[1]
        return column >= start if younger else column < start  # type: ignore[no-any-return]
    return _on_days(column, said, now, zone)


def _length(said: str) -> tuple[str, timedelta] | None:
    found = _LENGTH.fullmatch(said)
    if found is None:
        return None
    return found.group(1), timedelta(seconds=int(found.group(2)) * UNITS[found.group(3)])


def before(moment: datetime) -> str:
    """What is due before this moment, as `due` reads it."""
    return f"<{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _moment(said: str) -> datetime | None:
    found = re.fullmatch(r"<(\d{4}-\d\d-\d\dt\d\d:\d\d:\d\dz)", said, re.ASCII)
    try:
        return datetime.fromisoformat(found.group(1).upper()) if found else None
    except ValueError:
        return None


def _on_days(column: Any, said: str, now: datetime, zone: ZoneInfo) -> ColumnElement[bool] | None:
    today = now.astimezone(zone).date()
    if said in _DAYS:
        first, last = (today + timedelta(days=n) for n in _DAYS[said])
    else:
        start, dots, end = said.partition("..")
        begins, ends = _day(start), _day(end if dots else start)
        if begins is None or ends is None:
            return None
        first, last = begins, ends + timedelta(days=1)
    return and_(column >= _midnight(first, zone), column < _midnight(last, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _day(said: str) -> date | None:
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", said, re.ASCII)
    try:
        if german:
            day, month, year = (int(part) for part in german.groups())
            found = date(year, month, day)
        else:
            found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None
