"""The calendar file: what is shipped works, and every mistake is named with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.sla.calendars import load_calendar, load_calendars, working_seconds

SHIPPED = Path(__file__).parents[3] / "rules" / "calendars.yaml"


def one(lines: str) -> str:
    return "calendars:\n  office:\n" + "".join(f"    {line}\n" for line in lines.splitlines())


def test_the_shipped_calendars():
    found = load_calendars(SHIPPED.read_text("utf-8"))
    assert set(found) == {"standard", "extended", "always"}
    low, high = datetime(2026, 12, 21, tzinfo=UTC), datetime(2026, 12, 28, tzinfo=UTC)
    assert working_seconds(found["standard"], low, high) == 4 * 9 * 3600  # Friday is Christmas
    assert working_seconds(found["extended"], low, high) == 4 * 9 * 3600  # and Saturday too
    assert working_seconds(found["always"], low, high) == 7 * 86_400
    assert found["standard"].title["de"] == "Bürozeiten"


def test_all_ways_of_saying_it():
    text = one('zone: UTC\nhours: {mon-thu: ["8:00-12:00", "13:00-17:30"], fri: 8:00-14:00}'
               "\nholidays: [DE-BY, 2026-05-04, 12-24]")  # fmt: skip
    office = load_calendars(text)["office"]
    assert office.hours[3] == [(time(8), time(12)), (time(13), time(17, 30))]
    assert office.hours[4] == [(time(8), time(14))]
    assert {date(2026, 1, 6), date(2026, 5, 4)} <= office.holidays
    assert office.yearly == {(12, 24)}
    assert date(2026, 10, 31) not in office.holidays  # Reformation Day is none in Bavaria


def test_region_and_timezone_by_their_own_names():
    text = one('timezone: Europe/Berlin\nregion: DE-BY\nhours: {mon-fri: ["22:00-06:00"]}'
               "\nholidays: [2026-05-04]\ndue: opening")  # fmt: skip
    office = load_calendars(text)["office"]
    assert (office.zone, office.ends_open) == ("Europe/Berlin", True)
    assert {date(2026, 1, 6), date(2026, 5, 4)} <= office.holidays
    assert load_calendar("\n".join(text.splitlines()[2:])) == replace(
        office, name="calendar", title={"de": "calendar", "en": "calendar"}
    )


@pytest.mark.parametrize("text", ["", "- a", "hours: [", "hours: {mon: 8-9}", "calendars: {}"])
def test_one_calendar_that_cannot_be_used_says_why(text):
    with pytest.raises(Invalid) as caught:
        load_calendar(text)
    assert caught.value.problems


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "not_a_mapping", None),
        ("- a", "not_a_mapping", 1),
        ("calendars: [", "unreadable", 1),
        ("calendars:\n  a: 1", "not_a_mapping", 2),
        ("calendars: &a {x: *a}", "alias", None),
        (one("hours: {}"), "calendar", 2),
        (one("zone: UTC"), "hours", 2),
        (one("zone: Nowhere\nhours: {mon: 8:00-9:00}"), "calendar", 2),
        (one("zone: UTC\nhours:\n  mon: 9:00-9:00"), "calendar", 2),
        (one("hours:\n  monday: 8:00-9:00"), "day", 4),
        (one("hours:\n  fri-mon: 8:00-9:00"), "day", 4),
        (one("hours:\n  mon: 8-9"), "frame", 4),
        (one("hours:\n  mon: 25:00-26:00"), "frame", 4),
        (one("hours: {mon: 8:00-9:00}\nhours: {tue: 8:00-9:00}"), "twice", 4),
        (one("hours:\n  mon: 8:00-9:00\n  mon-tue: 8:00-9:00"), "hours", 5),
        (one("hours: {mon: 8:00-9:00}\nholidays: [Bavaria]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [DE-XX]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [02-30]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nhollidays: [DE]"), "unknown_key", 4),
        (one("hours: {mon: 8:00-9:00}\nzone: [UTC]"), "zone", 4),
        (one("hours: {mon: 8:00-9:00}\nzone: UTC\ntimezone: UTC"), "zone", 5),
        (one("hours: {mon: 8:00-9:00}\ndue: later"), "due", 4),
        (one("hours: {mon: 8:00-9:00}\nregion: DE-XX"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\ntitle: [x]"), "title", 4),
        ("[" * 5_000 + "]" * 5_000, "too_deep", None),
        ("#" * 300_000, "too_long", None),
    ],
)
def test_every_mistake_is_named_with_its_place(text, code, line):
    with pytest.raises(Invalid) as caught:
        load_calendars(text)
    found = {problem.code: problem for problem in caught.value.problems}
    assert code in found
    assert found[code].severity == "error"
    if line:
        assert found[code].line == line


def test_all_mistakes_at_once():
    with pytest.raises(Invalid) as caught:
        load_calendars(one("hours: {mon: never, someday: 8:00-9:00}\nholidays: XX\nodd: 1"))
    assert len(caught.value.problems) >= 4
