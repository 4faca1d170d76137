"""A calendar's year as twelve small months, each day saying what it is in more than a colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from engine.sla.calendars import frame_said
from engine.sla.working import DAY, Calendar
from engine.sla.year_view import CLOSED, EXTRA, HOLIDAY, OFF, OPEN, Day
from webapp.i18n import N_, Reader

KINDS = {
    OPEN: N_("working day"),
    OFF: N_("day off"),
    HOLIDAY: N_("holiday"),
    CLOSED: N_("closed here"),
    EXTRA: N_("other hours"),
}
MARKS = {HOLIDAY: "★", CLOSED: "×", EXTRA: "◐"}  # what tells them apart without a colour


@dataclass(frozen=True)
class Cell:
    """A day in its month; `said` is all of it in words."""

    date: date
    kind: str
    mark: str
    said: str
    today: bool


@dataclass(frozen=True)
class Month:
    """A month in weeks of seven, empty places None, with what is worked in it."""

    title: str
    weeks: list[list[Cell | None]]
    days: int
    hours: float


def months(days: Sequence[Day], reader: Reader, today: date) -> list[Month]:
    """The year by months."""
    found = []
    for number in range(1, 13):
        mine = [day for day in days if day.date.month == number]
        cells: list[Cell | None] = [None] * mine[0].date.weekday()
        cells += [_cell(day, reader, today) for day in mine]
        cells += [None] * (-len(cells) % 7)
        found.append(
            Month(
                reader.date(mine[0].date, "LLLL"),
                [cells[at : at + 7] for at in range(0, len(cells), 7)],
                sum(bool(day.frames) for day in mine),
                sum(map(_seconds, mine)) / 3600,
            )
        )
    return found


def special(days: Sequence[Day], reader: Reader) -> list[dict[str, Any]]:
    """The days that differ from the week, for the table."""
    return [
        {
            "date": day.date,
            "said": reader.date(day.date, "EEEE, d. MMMM" if reader.language == "de"
                                else "EEEE, d MMMM"),
            "kind": KINDS[day.kind],
            "mark": MARKS[day.kind],
            "name": day.name,
            "hours": ", ".join(map(frame_said, day.frames)),
        }
        for day in days
        if day.kind in MARKS
    ]  # fmt: skip


def weekdays(reader: Reader) -> list[tuple[str, str]]:
    """The days of the week, short and long."""
    monday = date(2024, 1, 1)
    return [
        (reader.date(monday.replace(day=number), "EEE")[:2],
         reader.date(monday.replace(day=number), "EEEE"))
        for number in range(1, 8)
    ]  # fmt: skip


def week_said(calendar: Calendar, reader: Reader) -> str:
    """The hours of the week in one line: `Mo–Fr 08:00-17:00; Sa 09:00-12:00`."""
    names = [short for short, _ in weekdays(reader)]
    parts = []
    for frames, members in groupby(range(7), key=lambda day: tuple(calendar.hours.get(day, ()))):
        row = [names[day] for day in members]
        if frames:
            days = row[0] if len(row) == 1 else f"{row[0]}–{row[-1]}"
            parts.append(f"{days} {', '.join(map(frame_said, frames))}")
    return "; ".join(parts)


def _cell(day: Day, reader: Reader, today: date) -> Cell:
    hours = ", ".join(map(frame_said, day.frames))
    parts = [reader.date(day.date, "full"), reader.gettext(KINDS[day.kind]), day.name, hours]
    said = " · ".join(part for part in parts if part)
    return Cell(day.date, day.kind, MARKS.get(day.kind, ""), said, day.date == today)


def _seconds(day: Day) -> int:
    """By the clock on the wall; the two days on which it is moved make no difference here."""
    ends = [tuple(at.hour * 3600 + at.minute * 60 + at.second for at in frame)
            for frame in day.frames]  # fmt: skip
    return sum(closes - opens + (DAY if closes <= opens else 0) for opens, closes in ends)
