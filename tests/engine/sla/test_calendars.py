"""The calendar file: what is shipped works, and every mistake is named with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.sla import holidays
from engine.sla.calendars import load_calendar, load_calendars
from engine.sla.working import add_working, working_seconds

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


def test_the_holidays_of_a_region_are_worked_out_once(monkeypatch):
    load_calendars(SHIPPED.read_text("utf-8"))

    def again(*_: object) -> None:
        raise AssertionError("they were worked out again")

    monkeypatch.setattr(holidays, "_known", again)
    found = load_calendars(SHIPPED.read_text("utf-8"))
    assert date(2026, 12, 25) in found["standard"].holidays


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


H9 = {day: [(time(9), time(17))] for day in range(7)}


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("Mon-Fri", "01234"), ("MONDAY - friday", "01234"), ("mon, Wed,fri", "024"), ("Tues", "1"),
        ("sun-thu", "60123"), ("fri-mon", "4560"), ("mon-wed, sat", "0125"), ("sun", "6"),
    ],
)  # fmt: skip
def test_days_as_people_spell_them(said: str, days: str) -> None:
    found = load_calendar(f'hours: {{"{said}": 09:00-17:00}}')
    assert sorted(found.hours) == sorted(map(int, days))
    assert all(found.hours[day] == H9[day] for day in found.hours)


@pytest.mark.parametrize("said", ["", "[]", "null", "~", "closed", "off", "Closed"])
def test_a_day_without_hours(said: str) -> None:
    found = load_calendar(f"hours: {{mon: 09:00-17:00, tue: {said}}}\nholidays: \nregion:\nextra:")
    assert found.hours[1] == []


EVE, FIRST = date(2026, 12, 24), date(2027, 1, 1)


@pytest.mark.parametrize(
    ("said", "dates", "each_year"),
    [
        ("[2026-12-24, 2027-01-01]", {EVE, FIRST}, set()),
        ("2026-12-24", {EVE}, set()),
        ("2026-12-24, 01-01", {EVE}, {(1, 1)}),
        ('["2026-12-24", "12-25"]', {EVE}, {(12, 25)}),
        ("[2026-1-6, 1-6, --05-01]", {date(2026, 1, 6)}, {(1, 6), (5, 1)}),
        ("{Christmas Eve: 2026-12-24, New Year: 01-01}", {EVE}, {(1, 1)}),
        ("{2026-12-24: Christmas Eve, 01-01: }", {EVE}, {(1, 1)}),
        ("[{date: 2026-12-24, name: Eve}, {Christmas: [12-25, 12-26]}]", {EVE},
         {(12, 25), (12, 26)}),
        ("[{2026-12-24: Eve}]", {EVE}, set()),
        ("2026-12-31..2027-01-01", {date(2026, 12, 31), FIRST}, set()),
        ("[2026-12-31/2027-01-01, 2026-12-24 - 2026-12-24]", {date(2026, 12, 31), FIRST, EVE},
         set()),
        ("{from: 2026-12-31, to: 2027-01-01, name: Turn}", {date(2026, 12, 31), FIRST}, set()),
        ("12-31..01-01", set(), {(12, 31), (1, 1)}),
        ("02-28 to 03-01", set(), {(2, 28), (2, 29), (3, 1)}),
    ],
)  # fmt: skip
def test_days_off_in_all_shapes_that_mean_one_thing(
    said: str, dates: set[date], each_year: set[tuple[int, int]]
) -> None:
    hours = "hours: {mon-sun: 09:00-17:00}\n"
    holidays, closed = (load_calendar(f"{hours}{key}: {said}") for key in ("holidays", "closed"))
    assert (holidays.holidays, holidays.yearly) == (dates, each_year)
    assert dict(closed.exceptions) == dict.fromkeys(dates, ())
    assert dict(closed.each_year) == dict.fromkeys(each_year, ())


def test_regions_in_all_shapes() -> None:
    wanted = load_calendar("hours: {mon: 09:00-17:00}\nregion: DE-BY").holidays
    for said in ("de-by", "[DE-BY]", "{country: DE, subdivision: BY}", "DE, DE-BY"):
        assert load_calendar(f"hours: {{mon: 09:00-17:00}}\nregion: {said}").holidays == wanted
    norway = load_calendar("hours: {mon: 09:00-17:00}\nregion: NO").holidays
    assert date(2026, 5, 17) in norway


def test_extra_days_in_all_shapes() -> None:
    text = """
hours: {mon-fri: 08:00-17:00}
closed: [2026-12-21..2026-12-31]
extra:
  2026-12-19: ["10:00-14:00"]
  2026-12-22: 08:00-10:00, 14:00-16:00
  12-24: {hours: "08:00-12:00", name: Christmas Eve}
  2027-01-02..2027-01-03: ["22:00-24:00"]
"""
    found = load_calendar(text)
    assert found.exceptions[date(2026, 12, 19)] == ((time(10), time(14)),)
    assert found.exceptions[date(2026, 12, 22)] == ((time(8), time(10)), (time(14), time(16)))
    assert found.exceptions[date(2026, 12, 24)] == ()  # this year the row of closed days holds
    assert found.each_year == {(12, 24): ((time(8), time(12)),)}
    assert found.exceptions[date(2027, 1, 3)] == ((time(22), time(0)),)


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
        (one("hours: {}"), "no_hours", 3),
        (one("zone: UTC"), "hours", 2),
        (one("zone: Nowhere\nhours: {mon: 8:00-9:00}"), "zone", 3),
        (one("zone: UTC\nhours:\n  mon: 9:00-9:00"), "frame", 5),
        (one("hours:\n  mon: 8:00-9:00\n  tue: 8:00-12:00, 11:00-13:00"), "overlap", 5),
        (one("hours:\n  mon: 8:00-9:00\n  sun: 22:00-8:30"), "overlap", 4),
        (one("hours:\n  montag: 8:00-9:00"), "day", 4),
        (one("hours:\n  1: 8:00-9:00"), "day", 4),
        (one("hours:\n  mon-: 8:00-9:00"), "day", 4),
        (one("hours:\n  mon: {from: 8:00, to: 9:00}"), "frame", 4),
        (one("hours:\n  mon: [08:00, 17:00]"), "frame", 4),
        (one("hours:\n  mon: 8am-5pm"), "frame", 4),
        (one("hours:\n  mon: 24:00-26:00"), "frame", 4),
        (one("hours:\n  mon: 8-9"), "frame", 4),
        (one("hours:\n  mon: 25:00-26:00"), "frame", 4),
        (one("hours: {mon: 8:00-9:00}\nhours: {tue: 8:00-9:00}"), "twice", 4),
        (one("hours:\n  mon: 8:00-9:00\n  mon-tue: 8:00-9:00"), "hours", 5),
        (one("hours: {mon: 8:00-9:00}\nholidays: [Bavaria]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [DE-XX]"), "region", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [02-30]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [24-12]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [24.12.2026]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [12/24/2026]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [2026-02-29]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [2026-12-24T08:00]"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: {Eve: soon}"), "holiday", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: {12-24: 08:00-12:00}"), "elsewhere", 4),
        (one("hours: {mon: 8:00-9:00}\nregion: 12-24"), "region", 4),
        (one("hours: {mon: 8:00-9:00}\nregion: Germany"), "region", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [DE]"), "closed", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [2026-12-24..2026-12-01]"), "closed", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [2026-01-01..2027-12-31]"), "closed", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [2026-12-24..12-31]"), "closed", 4),
        (one('hours: {mon: 8:00-9:00}\nclosed: {2026-12-24: ["8:00-9:00"]}'), "elsewhere", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: [2026-12-19]"), "extra", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: {2026-12-19: []}"), "extra", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: {2026-12-19: closed}"), "extra", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: {sat: 8:00-9:00}"), "extra", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: {2026-12-19: 8-9}"), "frame", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: {2026-13-19: 8:00-9:00}"), "extra", 4),
        (one("hours: {mon: 8:00-9:00}\nextra: {12-24: 9:00-9:00}"), "frame", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [12-24]\nextra: {12-24: 8:00-9:00}"), "extra", 5),
        ("calendars: {a/b: {hours: {mon: 8:00-9:00}}}", "name", 1),
        (one("hours: {mon: 8:00-9:00}\nhollidays: [DE]"), "unknown_key", 4),
        (one("hours: {mon: 8:00-9:00}\nzone: [UTC]"), "zone", 4),
        (one("hours: {mon: 8:00-9:00}\nzone: UTC\ntimezone: UTC"), "zone", 5),
        (one("hours: {mon: 8:00-9:00}\ndue: later"), "due", 4),
        (one("hours: {mon: 8:00-9:00}\nregion: DE-XX"), "region", 4),
        (one("hours: {mon: 8:00-9:00}\ntitle: [x]"), "title", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [01-01..12-31]"), "never", 4),
        (one("hours: {mon: 8:00-9:00}\nclosed: [01-01..07-15, 07-10..12-31]"), "never", 4),
        (one("hours: {mon: 8:00-9:00}\nholidays: [01-01..12-31]"), "never", 4),
        (
            one("hours: {mon: 8:00-9:00}\nholidays: [01-01..05-31]\nclosed: 06-01..12-31"),
            "never",
            5,
        ),
        (one("hours: {mon: 8:00-9:00}\nclosed: [01-01..02-28, 03-01..12-31]"), "never", 4),
        (
            one("hours: {mon: 8:00-9:00}\nclosed: 01-01..12-31\nextra: {2026-12-19: 8:00-9:00}"),
            "never",
            4,
        ),
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


@pytest.mark.parametrize(
    "more",
    [
        "closed: 01-01..12-30",
        "closed: 01-01..12-31\nextra: {12-19..12-23: 10:00-14:00}",
        "holidays: 01-01..12-31\nextra: {05-04: 10:00-14:00}",
        "closed: [2026-01-01..2026-12-31, 2027-01-01..2027-12-31]",
    ],
)
def test_a_calendar_may_be_closed_on_almost_every_day(more: str) -> None:
    calendar = load_calendar("hours: {mon-fri: 08:00-17:00}\n" + more)
    assert add_working(calendar, datetime(2026, 2, 1, tzinfo=UTC), 3600).year < 2040


def test_all_mistakes_at_once():
    with pytest.raises(Invalid) as caught:
        load_calendars(one("hours: {mon: never, someday: 8:00-9:00}\nholidays: XX\nodd: 1"))
    assert len(caught.value.problems) >= 4
