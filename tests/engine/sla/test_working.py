"""Working time to the second: a table worked out by hand, and laws that hold for all times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.sla.working import Calendar, add_working, add_working_days, working_seconds

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


@pytest.mark.parametrize(
    ("name", "start", "seconds", "due"),
    [
        ("office", "2026-11-23 10:00", -2 * H, "2026-11-23 08:00"),  # not Friday evening
        ("office", "2026-11-23 10:00", -2 * H - 1, "2026-11-20 16:59:59"),
        ("office", "2026-11-22 12:00", -H, "2026-11-20 16:00"),
        ("office", "2026-12-28 09:00", -2 * H, "2026-12-24 16:00"),
        ("always", "2026-03-29 03:30", -H, "2026-03-29 01:30"),
        ("lunch", "2026-11-23 13:15", -H, "2026-11-23 11:30"),
    ],
)
def test_going_back_by_hand(name, start, seconds, due):
    calendar = CALENDARS[name]
    assert add_working(calendar, local(calendar, start), seconds) == local(calendar, due)


def test_what_ends_at_closing_time_may_be_due_when_work_begins_again():
    calendar = Calendar("office", BERLIN, OFFICE, ends_open=True)
    start = local(calendar, "2026-11-20 13:00")
    assert add_working(calendar, start, 4 * H) == local(calendar, "2026-11-23 08:00")
    assert add_working(calendar, start, 4 * H - 1) == local(calendar, "2026-11-20 16:59:59")
    assert add_working(calendar, start, -5 * H) == local(calendar, "2026-11-20 08:00")
    assert add_working_days(calendar, local(calendar, "2026-11-20 16:59:59"), 1) == local(
        calendar, "2026-11-23 16:59:59"
    )


def test_a_night_belongs_to_the_day_on_which_it_begins():
    hours = {day: [(time(22), time(6))] for day in range(5)}
    calendar = Calendar("nights", BERLIN, hours, frozenset({date(2026, 12, 25)}))
    low, high = local(calendar, "2026-12-24 12:00"), local(calendar, "2026-12-28 12:00")
    assert working_seconds(calendar, low, high) == 8 * H  # the night of the 24th, and no other
    assert add_working(calendar, low, 8 * H) == local(calendar, "2026-12-25 06:00")
    spring = local(calendar, "2026-03-27 22:00")  # Friday's night ends before the clock moves
    assert add_working(calendar, spring, 8 * H) == local(calendar, "2026-03-28 06:00")


def test_a_day_of_every_year_holds_for_ever():
    calendar = Calendar("office", BERLIN, OFFICE, yearly=frozenset({(12, 24), (2, 29)}))
    for year, worked in ((1996, 0), (2024, 9 * H), (2064, 0), (2099, 0)):
        day = local(calendar, f"{year}-12-24 00:00")
        wanted = worked if datetime(year, 12, 24, tzinfo=UTC).weekday() > 4 else 0
        assert working_seconds(calendar, day, day + timedelta(days=1)) == wanted
    leap = local(calendar, "2024-02-29 00:00")
    assert working_seconds(calendar, leap, leap + timedelta(days=1)) == 0


HALF, SHORT = ((time(8), time(12)),), ((time(10), time(14)),)
EVE, NEW_YEARS_EVE = (12, 24), (12, 31)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 12, 19), 4),  # a Saturday on which one works
        (date(2026, 12, 12), 0),  # as on any Saturday
        (date(2026, 12, 21), 0),  # closed
        (date(2026, 12, 24), 4),  # Christmas Eve, a Thursday
        (date(2022, 12, 24), 0),  # on a Saturday nobody works half a day
        (date(2025, 12, 24), 9),  # this one has its date
        (date(2026, 12, 25), 0),  # a holiday
        (date(2025, 12, 25), 4),  # a holiday on which one works
        (date(2026, 12, 31), 0),  # closed each year
        (date(2027, 12, 31), 4),  # but not in this one
        (date(2026, 10, 31), 0),  # each year by the list, but a Saturday
        (date(2025, 10, 31), 4),  # a holiday, on which one works each year
    ],
)
def test_exceptions_by_hand(day: date, hours: int) -> None:
    calendar = Calendar(
        "office", BERLIN, OFFICE,
        frozenset({date(2025, 12, 25), date(2026, 12, 25), date(2025, 10, 31)}),
        exceptions={
            date(2026, 12, 19): SHORT, date(2026, 12, 21): (), date(2025, 12, 25): SHORT,
            date(2025, 12, 24): tuple(OFFICE[0]), date(2027, 12, 31): HALF,
        },
        each_year={EVE: HALF, NEW_YEARS_EVE: (), (10, 31): HALF},
    )  # fmt: skip
    start = local(calendar, f"{day} 00:00")
    assert working_seconds(calendar, start, start + timedelta(days=1)) == hours * H
    assert bool(calendar.spans(day)) == bool(hours)


def test_the_night_of_an_exception_counts_each_hour_once() -> None:
    night = {date(2026, 11, 23): ((time(20), time(10)),)}
    calendar = Calendar("office", BERLIN, OFFICE, exceptions=night)
    start = local(calendar, "2026-11-23 00:00")  # 20:00 to 10:00, and on until 17:00
    assert working_seconds(calendar, start, start + timedelta(days=2)) == 21 * H
    assert add_working(calendar, start, 21 * H) == local(calendar, "2026-11-24 17:00")


@pytest.mark.parametrize(
    "frames", [((time(9), time(9)),), ((time(9), time(12)), (time(11), time(13)))]
)
def test_exceptions_that_make_no_sense_are_refused(frames: tuple[tuple[time, time], ...]) -> None:
    for more in ({"exceptions": {date(2026, 12, 24): frames}}, {"each_year": {EVE: frames}}):
        with pytest.raises(Invalid, match="12-24"):
            Calendar("odd", BERLIN, OFFICE, **more)


def test_nothing_ends_at_once_or_when_work_begins() -> None:
    evening = local(CALENDARS["office"], "2026-11-23 17:00")
    assert add_working(CALENDARS["office"], evening, 0) == evening
    opening = Calendar("office", BERLIN, OFFICE, ends_open=True)
    assert add_working(opening, evening, 0) == local(opening, "2026-11-24 08:00")
    assert add_working(opening, evening - timedelta(hours=1), 0) == evening - timedelta(hours=1)


def test_a_zone_that_turns_its_clock_back_past_midnight():
    # St. John's turned 0:01 of 7 November 2010 back to 23:01 of the 6th.
    calendar = Calendar("always", "America/St_Johns", ROUND, frozenset({date(2010, 11, 6)}))
    start = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)  # 7 November 0:00 for the first time
    assert add_working(calendar, start, 60) == start + timedelta(minutes=1)
    assert add_working(calendar, start, 61) == start + timedelta(hours=1, seconds=1)


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
    back = add_working(calendar, due, -seconds)
    assert working_seconds(calendar, back, due) == seconds
    if seconds:  # the latest such moment
        assert working_seconds(calendar, back + timedelta(seconds=1), due) == seconds - 1


@settings(max_examples=80, deadline=None)
@given(ANY, MOMENTS, st.integers(0, 90 * 24 * H), st.integers(0, 90 * 24 * H))
def test_parts_make_the_whole(calendar, start, one, two):
    middle = start + timedelta(seconds=one)
    end = middle + timedelta(seconds=two)
    parts = working_seconds(calendar, start, middle) + working_seconds(calendar, middle, end)
    assert parts == working_seconds(calendar, start, end)
    assert 0 <= parts <= one + two


def frames_of(calendar: Calendar, day: date) -> Sequence[tuple[time, time]]:
    """What a person says who looks into the list of exceptions before that of holidays."""
    week, each_year = calendar.hours.get(day.weekday(), []), (day.month, day.day)
    if day in calendar.exceptions:
        return calendar.exceptions[day]
    if each_year in calendar.each_year and week:
        return calendar.each_year[each_year]
    if day in calendar.holidays or each_year in calendar.yearly:
        return []
    return week


def works(calendar: Calendar, wall: datetime) -> bool:
    """What a person says who looks at the clock on the wall."""
    clock, today = wall.time(), wall.date()
    for day, late in ((today, False), (today - timedelta(days=1), True)):
        for opens, closes in frames_of(calendar, day):
            night = closes != MIDNIGHT and closes < opens
            if late and night and clock < closes:
                return True
            if not late and opens <= clock and (night or closes == MIDNIGHT or clock < closes):
                return True
    return False


ZONES = ("Europe/Berlin", "America/St_Johns", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo",
         "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/New_York", "UTC",
         "Africa/Casablanca", "Antarctica/Troll")  # fmt: skip
MINUTES = st.integers(0, 1439).map(lambda at: time(at // 60, at % 60))

# Around the turns of the clock, where mistakes hide, as often as anywhere.
TURNS = st.sampled_from(
    [(2026, 3, 28), (2026, 10, 24), (2010, 11, 6), (2018, 11, 3), (2011, 12, 29), (2023, 4, 27)]
).map(lambda day: datetime(*day, tzinfo=UTC))


@st.composite
def other_hours(draw: st.DrawFn) -> tuple[tuple[time, time], ...]:
    """None for a day that is closed, else up to two frames, the last one perhaps a night."""
    marks = sorted(draw(st.sets(MINUTES, max_size=4)))
    frames = list(zip(marks[::2], marks[1::2], strict=False))
    if frames and draw(st.booleans()):  # it may reach into whatever the next day has
        opens = frames[-1][0]
        frames[-1] = (
            opens,
            draw(
                MINUTES.filter(lambda at: at < min(opens, frames[0][0]))
                if min(opens, frames[0][0]) > MIDNIGHT
                else st.just(MIDNIGHT)
            ),
        )
    return tuple(frames)


FRAMES = other_hours()


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any week of up to three frames a day, nights among them, with some days off."""
    hours: dict[int, list[tuple[time, time]]] = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        marks = sorted(draw(st.sets(MINUTES, min_size=2, max_size=6)))
        hours[day] = list(zip(marks[::2], marks[1::2], strict=False))
    if draw(st.booleans()):  # a night, where the next day has room for it
        day, until = draw(st.sampled_from(sorted(hours))), time(0, draw(st.integers(1, 59)))
        tomorrow = hours.get((day + 1) % 7, [])
        if hours[day][-1][0] > until and all(opens >= until for opens, _ in tomorrow):
            hours[day] = [*hours[day][:-1], (hours[day][-1][0], until)]
    first = FIRST.date()
    off = draw(st.sets(st.integers(0, 20 * 365), max_size=40))
    some = st.integers(0, 20 * 365).map(lambda day: first + timedelta(days=day)) | TURNS.map(
        lambda turn: turn.date()
    )
    return Calendar(
        "any", draw(st.sampled_from(ZONES)), hours,
        frozenset(first + timedelta(days=day) for day in off),
        yearly=frozenset({(12, 24), (2, 29)} if draw(st.booleans()) else ()),
        exceptions=draw(st.dictionaries(some, FRAMES, max_size=40)),
        each_year=draw(st.dictionaries(
            some.map(lambda day: (day.month, day.day)), FRAMES, max_size=8
        )),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(calendars(), st.one_of(MOMENTS, TURNS), st.integers(1, 3 * 1440))
def test_any_calendar_agrees_with_looking_each_minute(calendar, start, minutes):
    start = start.replace(second=0, microsecond=0)
    zone = ZoneInfo(calendar.zone)
    worked = [
        number
        for number in range(minutes)
        if works(calendar, (start + timedelta(minutes=number)).astimezone(zone))
    ]
    end = start + timedelta(minutes=minutes)
    assert working_seconds(calendar, start, end) == 60 * len(worked)
    if worked:
        last = start + timedelta(minutes=worked[-1] + 1)
        first = start + timedelta(minutes=worked[0])
        assert add_working(calendar, start, 60 * len(worked)) == last
        assert add_working(calendar, end, -60 * len(worked)) == first


@settings(max_examples=100, deadline=None)
@given(calendars(), MOMENTS, st.integers(-200_000, 200_000), st.integers(0, 100_000))
def test_more_is_never_earlier_and_parts_add_up(calendar, start, seconds, more):
    one, two = (add_working(calendar, start, each) for each in (seconds, seconds + more))
    assert one <= two
    assert working_seconds(calendar, one, two) == more


@settings(max_examples=40, deadline=None)
@given(ANY, MOMENTS, st.integers(1, 3 * 24))
def test_agrees_with_looking_at_the_clock_on_the_wall(calendar, start, quarters):
    zone = ZoneInfo(calendar.zone)
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    counted = 0
    for number in range(quarters):  # all frames here begin and end on a quarter
        wall = (start + timedelta(minutes=15 * number)).astimezone(zone)
        counted += 15 * 60 * works(calendar, wall)
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
        {0: [(time(22), time(6))], 1: [(time(5), time(9))]},
        {6: [(time(22), time(6))], 0: [(time(5), time(9))]},
        {day: [(time(8), time(7)), (time(6), time(8))] for day in range(7)},
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
    for seconds in (10**12, -(10**12)):
        with pytest.raises(Invalid):
            add_working(office, now, seconds)
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


class Forgetful(dict[Any, Any]):
    """What another thread empties at once."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


def test_what_other_threads_forget_meanwhile_is_worked_out_again() -> None:
    calendar = Calendar("office", BERLIN, OFFICE)
    for name in ("_years", "_days"):
        object.__setattr__(calendar, name, Forgetful())
    monday, tuesday = (datetime(2026, 11, day, 15, tzinfo=UTC) for day in (23, 24))  # 16:00 there
    assert add_working(calendar, monday, 2 * H) == tuesday.replace(hour=8)
    assert add_working_days(calendar, monday, 1) == tuesday
