"""A year as one looks at it: what each day is, and what it is called."""

from __future__ import annotations

from datetime import date, time

import pytest

from engine.sla.stored import calendar_of
from engine.sla.year_view import year_of

DOCUMENT = {
    "timezone": "Europe/Berlin",
    "hours": {"mon-fri": ["08:00-17:00"]},
    "region": {"country": "DE", "subdivision": "BY"},
    "holidays": {"Heiligabend": "12-24"},
    "closed": [{"2026-12-28..2026-12-30": "Betriebsferien"}, "05-15"],
    "extra": {
        "2026-12-19": {"hours": ["10:00-14:00"], "name": "Inventur"},
        "12-31": ["08:00-12:00"],
        "2026-01-06": ["08:00-17:00"],
    },
}


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2026, 11, 23), "open", ""),
        (date(2026, 11, 22), "off", ""),
        (date(2026, 12, 25), "holiday", "Erster Weihnachtstag"),
        (date(2026, 12, 24), "holiday", "Heiligabend"),
        (date(2026, 12, 29), "closed", "Betriebsferien"),
        (date(2026, 5, 15), "closed", ""),
        (date(2026, 12, 19), "extra", "Inventur"),
        (date(2026, 12, 31), "extra", ""),
        (date(2026, 1, 6), "extra", ""),  # a holiday on which one works
    ],
)
def test_each_day_says_what_it_is(day: date, kind: str, name: str) -> None:
    calendar = calendar_of("office", DOCUMENT)
    found = {one.date: one for one in year_of(calendar, DOCUMENT, 2026, "de")}
    assert len(found) == 365
    assert (found[day].kind, found[day].name) == (kind, name)
    assert bool(found[day].frames) == (kind in ("open", "extra"))
    assert found[date(2026, 12, 31)].frames == ((time(8), time(12)),)


def test_holidays_are_called_in_the_readers_language() -> None:
    calendar = calendar_of("office", DOCUMENT)
    english = {one.date: one.name for one in year_of(calendar, DOCUMENT, 2026, "en")}
    assert english[date(2026, 12, 25)] == "Christmas Day"
