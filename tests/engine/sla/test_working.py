"""Working time to the second: a table worked out by hand, and laws that hold for all times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.sla.calendars import Calendar, add_working, add_working_days, working_seconds

H = 3600
BERLIN = "Europe/Berlin"
MIDNIGHT = time(0)
OFFICE = {day: [(time(8), time(17))] for day in range(5)}
LUNCH = {day: [(time(8), time(12)), (time(12, 45), time(16, 30))] for day in range(5)}
ROUND = {day: [(MIDNIGHT, MIDNIGHT)] for day in range(7)}
NIGHT = {day: [(time(22), MIDNIGHT), (MIDNIGHT, time(6))] for day in range(7)}

CALENDARS = {
    "office": Calendar("office", BERLIN, OFFICE, frozenset({date(2026, 12, 25)})),
    "lunch": Calendar("lunch", BERLIN, LUNCH),
    "always": Calendar("always", BERLIN, ROUND),
    "night": Calendar("night", BERLIN, NIGHT),
    "small hours": Calendar("small", BERLIN, {6: [(time(1), time(2, 30))]}),
    "late start": Calendar("late", BERLIN, {6: [(time(2, 30), time(4))]}),
    "kathmandu": Calendar("kathmandu", "Asia/Kathmandu", OFFICE),
    "apia": Calendar("apia", "Pacific/Apia", ROUND),
    "new york": Calendar("new york", "America/New_York", OFFICE),
}

# calendar, start, end (both local), working seconds; 2026: summer time 29 March to 25 October
CASES = [
    ("office", "2026-11-23 08:00", "2026-11-23 17:00", 9 * H),
    ("office", "2026-11-23 07:00", "2026-11-23 08:00", 0),
    ("office", "2026-11-23 16:59:59", "2026-11-23 17:00:00", 1),
    ("office", "2026-11-23 17:00:00", "2026-11-24 08:00:01", 1),
    ("office", "2026-11-20 16:00", "2026-11-23 09:00", 2 * H),  # over a weekend
    ("office", "2026-11-21 00:00", "2026-11-23 00:00", 0),
    ("office", "2026-12-24 16:00", "2026-12-28 09:00", 2 * H),  # a holiday, then a weekend
    ("office", "2026-03-27 16:00", "2026-03-30 09:00", 2 * H),  # spring forward at night
    ("office", "2026-10-23 16:00", "2026-10-26 09:00", 2 * H),
    ("lunch", "2026-11-23 11:59:30", "2026-11-23 12:45:30", 60),
    ("lunch", "2026-11-23 12:10", "2026-11-23 12:20", 0),
    ("lunch", "2026-11-23 00:00", "2026-11-24 00:00", 4 * H + 3 * H + 45 * 60),
    ("always", "2026-03-29 00:00", "2026-03-30 00:00", 23 * H),
    ("always", "2026-10-25 00:00", "2026-10-26 00:00", 25 * H),
    ("always", "2026-01-01 00:00", "2027-01-01 00:00", 365 * 24 * H),
    ("night", "2026-11-23 12:00", "2026-11-24 12:00", 8 * H),
    ("night", "2026-03-28 12:00", "2026-03-29 12:00", 7 * H),
    ("night", "2026-10-24 12:00", "2026-10-25 12:00", 9 * H),
    ("small hours", "2026-03-29 00:00", "2026-03-30 00:00", H),  # 2:00 to 2:30 did not happen
    ("small hours", "2026-10-25 00:00", "2026-10-26 00:00", 2 * H),  # and here it came twice
    ("late start", "2026-03-29 00:00", "2026-03-30 00:00", H),
    ("late start", "2026-10-25 00:00", "2026-10-26 00:00", 2 * H),
    ("kathmandu", "2026-11-23 07:59:59", "2026-11-23 08:00:01", 1),
    ("apia", "2011-12-29 00:00", "2012-01-01 00:00", 48 * H),  # 30 December was left out
    ("new york", "2026-03-06 16:30", "2026-03-09 08:30", H),
]


def local(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.zone)).astimezone(UTC)


@pytest.mark.parametrize(("name", "start", "end", "seconds"), CASES)
def test_working_time_by_hand(name, start, end, seconds):
    calendar = CALENDARS[name]
    low, high = local(calendar, start), local(calendar, end)
    assert working_seconds(calendar, low, high) == seconds
    assert working_seconds(calendar, high, low) == -seconds
    if seconds:
        assert low < add_working(calendar, low, seconds) <= high


@pytest.mark.parametrize(
    ("name", "start", "seconds", "due"),
    [
        ("office", "2026-11-23 13:00", 4 * H, "2026-11-23 17:00"),
        ("office", "2026-11-23 13:00", 4 * H + 1, "2026-11-24 08:00:01"),
        ("office", "2026-11-20 16:30", H, "2026-11-23 08:30"),
        ("office", "2026-11-21 10:00", 24 * H, "2026-11-25 14:00"),
        ("office", "2026-12-24 16:30", H, "2026-12-28 08:30"),
        ("always", "2026-03-29 01:30", H, "2026-03-29 03:30"),
        ("lunch", "2026-11-23 11:30", H, "2026-11-23 13:15"),
    ],
)
def test_due_times_by_hand(name, start, seconds, due):
    calendar = CALENDARS[name]
    assert add_working(calendar, local(calendar, start), seconds) == local(calendar, due)


FIRST = datetime(2015, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 20 * 365 * 24 * H).map(lambda at: FIRST + timedelta(seconds=at))
ANY = st.sampled_from(sorted(CALENDARS)).map(CALENDARS.__getitem__)


@settings(max_examples=150, deadline=None)
@given(ANY, MOMENTS, st.integers(0, 400 * H))
def test_what_is_added_is_measured(calendar, start, seconds):
    due = add_working(calendar, start, seconds)
    assert due.tzinfo is UTC
    assert working_seconds(calendar, start, due) == seconds
    if seconds:  # the earliest such moment
        assert working_seconds(calendar, start, due - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=80, deadline=None)
@given(ANY, MOMENTS, st.integers(0, 90 * 24 * H), st.integers(0, 90 * 24 * H))
def test_parts_make_the_whole(calendar, start, one, two):
    middle = start + timedelta(seconds=one)
    end = middle + timedelta(seconds=two)
    parts = working_seconds(calendar, start, middle) + working_seconds(calendar, middle, end)
    assert parts == working_seconds(calendar, start, end)
    assert 0 <= parts <= one + two


@settings(max_examples=40, deadline=None)
@given(ANY, MOMENTS, st.integers(1, 3 * 24))
def test_agrees_with_looking_at_the_clock_on_the_wall(calendar, start, quarters):
    zone = ZoneInfo(calendar.zone)
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    counted = 0
    for number in range(quarters):  # all frames here begin and end on a quarter
        wall = (start + timedelta(minutes=15 * number)).astimezone(zone)
        frames = calendar.hours.get(wall.weekday(), [])
        if wall.date() not in calendar.holidays and any(
            opens <= wall.time() and (wall.time() < closes or closes == MIDNIGHT)
            for opens, closes in frames
        ):
            counted += 15 * 60
    assert working_seconds(calendar, start, start + timedelta(minutes=15 * quarters)) == counted


def test_every_zone_is_the_same_moment():
    calendar = CALENDARS["office"]
    start = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert add_working(calendar, start, 60) == add_working(calendar, start.astimezone(UTC), 60)


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {0: []},
        {7: [(time(8), time(9))]},
        {0: [(time(9), time(9))]},
        {0: [(time(9), time(8))]},
        {0: [(time(8), time(12)), (time(11), time(13))]},
    ],
)
def test_hours_that_make_no_sense_are_refused(hours):
    with pytest.raises(Invalid):
        Calendar("odd", "UTC", hours)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "\x00"])
def test_unknown_zones_are_refused(zone):
    with pytest.raises(Invalid):
        Calendar("odd", zone, ROUND)


def test_what_cannot_be_measured_is_refused():
    office = CALENDARS["office"]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(Invalid):
        working_seconds(office, now.replace(tzinfo=None), now)
    with pytest.raises(Invalid):
        add_working(office, now, -1)
    with pytest.raises(Invalid):
        add_working(office, now, 10**12)
    with pytest.raises(Invalid):
        add_working(office, datetime(9999, 12, 20, tzinfo=UTC), 10**7)


# calendar, start, working days, end (all local); 2026-12-25 is a Friday and a holiday of the office
DAYS = [
    ("office", "2026-11-23 10:00", 2, "2026-11-25 10:00"),
    ("office", "2026-11-27 10:00", 1, "2026-11-30 10:00"),
    ("office", "2026-11-27 18:00", 1, "2026-12-01 08:00"),
    ("office", "2026-11-28 12:00", 1, "2026-12-01 08:00"),
    ("office", "2026-12-24 10:00", 1, "2026-12-28 10:00"),
    ("office", "2026-11-23 10:00", 0, "2026-11-23 10:00"),
    ("office", "2026-11-23 19:00", 0, "2026-11-24 08:00"),
    ("office", "2026-03-27 10:00", 1, "2026-03-30 10:00"),
    ("always", "2026-03-28 02:30", 2, "2026-03-30 02:30"),
    ("small hours", "2026-11-22 01:30", 1, "2026-11-29 01:30"),
]


@pytest.mark.parametrize(("name", "start", "days", "end"), DAYS)
def test_working_days_are_days_with_work(name: str, start: str, days: int, end: str) -> None:
    cal = CALENDARS[name]
    zone = ZoneInfo(cal.zone)
    given, wanted = (datetime.fromisoformat(t).replace(tzinfo=zone) for t in (start, end))
    assert add_working_days(cal, given, days) == wanted


def test_a_working_day_with_other_hours_keeps_within_them() -> None:
    hours = OFFICE | {4: [(time(8), time(12))], 5: [(time(13), time(15))]}
    cal = Calendar("short friday", BERLIN, hours)
    zone = ZoneInfo(BERLIN)
    thursday = datetime(2026, 11, 26, 16, tzinfo=zone)
    assert add_working_days(cal, thursday, 1) == datetime(2026, 11, 27, 12, tzinfo=zone)
    friday = datetime(2026, 11, 27, 9, tzinfo=zone)
    assert add_working_days(cal, friday, 1) == datetime(2026, 11, 28, 13, tzinfo=zone)


@given(st.sampled_from(sorted(CALENDARS)), st.integers(0, 4 * 366 * 86_400), st.integers(0, 40))
def test_more_working_days_never_end_earlier(name: str, seconds: int, days: int) -> None:
    cal, start = CALENDARS[name], datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    one = add_working_days(cal, start, days)
    assert one >= start
    assert add_working_days(cal, start, days + 1) > one
