"""When something is sent: quiet hours, digests and windows, across nights and changes of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notify.choices import EVERY_DAY, Choices, Quiet, choices_of, rules_of
from engine.notify.kinds import GROUPS, group_of
from engine.notify.moments import LONGEST_QUIET, MOST_MAILS, Course, next_digest, quiet_until
from engine.sla.working import Calendar

BERLIN = "Europe/Berlin"
WINDOW = timedelta(minutes=5)
NIGHT = Quiet("hours", time(20), time(7))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("quiet", "moment", "until"),
    [
        (NIGHT, "2026-03-02T19:59", None),
        (NIGHT, "2026-03-02T20:00", "2026-03-03T07:00"),
        (NIGHT, "2026-03-03T06:59", "2026-03-03T07:00"),
        (NIGHT, "2026-03-03T07:00", None),
        # The night in which the clocks go on has no half past two.
        (Quiet("hours", time(22), time(2, 30)), "2026-03-28T23:00", "2026-03-29T03:30"),
        # A night belongs to the day on which it begins.
        (Quiet("hours", time(20), time(7), frozenset({4})), "2026-03-07T03:00", "2026-03-07T07:00"),
        (Quiet("hours", time(20), time(7), frozenset({4})), "2026-03-05T23:00", None),
        # Whole days: a weekend ends on Monday.
        (Quiet("hours", time(0), time(0), frozenset({5, 6})), "2026-03-07T12:00",
         "2026-03-09T00:00"),
        # Two stretches that touch are one.
        (Quiet("hours", time(12), time(12), frozenset({0, 1})), "2026-03-02T13:00",
         "2026-03-04T12:00"),
    ],
)  # fmt: skip
def test_quiet_ends_where_it_was_said(quiet: Quiet, moment: str, until: str | None) -> None:
    assert quiet_until(quiet, BERLIN, at(moment)) == (at(until) if until else None)


def test_quiet_outside_the_working_hours_of_a_calendar() -> None:
    hours = {day: [(time(8), time(17))] for day in range(5)}
    office = Calendar("office", BERLIN, hours)
    quiet = Quiet("calendar", calendar="office")
    assert quiet_until(quiet, BERLIN, at("2026-03-02T09:00"), office) is None
    assert quiet_until(quiet, BERLIN, at("2026-03-06T17:30"), office) == at("2026-03-09T08:00")
    assert quiet_until(quiet, BERLIN, at("2026-03-06T17:30"), None) is None


@given(
    st.builds(
        Quiet, st.just("hours"), st.times(), st.times(),
        st.frozensets(st.integers(0, 6), min_size=1),
    ),
    st.integers(0, 10 * 366 * 86400).map(lambda seconds: MONDAY + timedelta(seconds=seconds)),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)  # fmt: skip
def test_quiet_always_ends_later_and_then_it_is_quiet_no_more(
    quiet: Quiet, moment: datetime, zone: str
) -> None:
    end = quiet_until(quiet, zone, moment)
    assert end is None or moment < end <= moment + LONGEST_QUIET
    if end is not None and end < moment + timedelta(days=8):
        assert quiet_until(quiet, zone, end) is None


def test_a_digest_comes_at_the_hour_on_the_wall() -> None:
    daily = Choices({}, digest_at=time(8))
    assert next_digest(daily, BERLIN, at("2026-03-02T07:59"), "daily") == at("2026-03-02T08:00")
    assert next_digest(daily, BERLIN, at("2026-03-02T08:00"), "daily") == at("2026-03-03T08:00")
    assert next_digest(daily, BERLIN, at("2026-03-28T12:00"), "daily") == at("2026-03-29T08:00")
    friday = Choices({}, digest_at=time(16), digest_day=4)
    assert next_digest(friday, BERLIN, at("2026-03-02T07:59"), "weekly") == at("2026-03-06T16:00")
    assert next_digest(friday, BERLIN, at("2026-03-06T16:00"), "weekly") == at("2026-03-13T16:00")


def test_the_first_about_a_ticket_is_at_once_and_the_rest_is_one() -> None:
    course = Course(WINDOW)
    assert course.at_once(1, MONDAY) == (MONDAY, "")
    assert course.at_once(1, MONDAY) == (MONDAY, "")  # it has not left yet, so they go together
    course = Course(WINDOW, left={1: MONDAY})
    later = MONDAY + timedelta(minutes=2)
    assert course.at_once(1, later) == (MONDAY + WINDOW, "window")
    assert course.at_once(1, later + timedelta(minutes=1)) == (MONDAY + WINDOW, "window")
    assert course.at_once(2, later) == (later, "")
    assert course.at_once(1, later, urgent=True) == (later, "")


def test_many_tickets_at_once_are_one_message_after_the_first_few() -> None:
    course = Course(WINDOW)
    dues = [course.at_once(number, MONDAY) for number in range(1000)]
    assert dues[:MOST_MAILS] == [(MONDAY, "")] * MOST_MAILS
    assert set(dues[MOST_MAILS:]) == {(MONDAY + WINDOW, "flood")}


def test_what_is_bundled_leaves_a_window_after_the_first() -> None:
    course = Course(WINDOW)
    assert course.bundled(MONDAY) == (MONDAY + WINDOW, "bundled")
    assert course.bundled(MONDAY + timedelta(minutes=4)) == (MONDAY + WINDOW, "bundled")


def test_a_choice_that_is_not_allowed_is_as_none() -> None:
    rules = rules_of({"groups": {"written": {"how": "bundled"}}, "kept": ["escalation", "written"]})
    assert rules.allowed("escalation") == ("at_once",)
    assert rules.allowed("written") == ("bundled", "at_once")
    chosen = choices_of(
        rules, {"groups": {"written": {"how": "off"}, "escalation": {"how": "weekly"},
                           "queue": {"how": "off"}, "due": {"how": "loudly"}}}
    )  # fmt: skip
    hows = {group: choice.how for group, choice in chosen.groups.items()}
    assert hows == {
        "assigned": "at_once", "written": "bundled", "decision": "at_once", "due": "at_once",
        "escalation": "at_once", "queue": "off", "other": "at_once",
    }  # fmt: skip


@pytest.mark.parametrize(
    "nonsense",
    [None, [], "x", 7, {"groups": 3}, {"groups": {"queue": []}}, {"quiet": {"kind": "hours"}},
     {"quiet": {"kind": "hours", "begins": "25:00", "ends": "07:00"}}, {"digest_day": "Monday"},
     {"quiet": {"kind": "hours", "begins": "20:00", "ends": "07:00", "days": [9]}},
     {"quiet": {"kind": "calendar"}}, {"digest_at": 8}, {"window": 0}],
)  # fmt: skip
def test_stored_nonsense_is_read_as_nothing(nonsense: object) -> None:
    rules = rules_of(nonsense if isinstance(nonsense, dict) else None)
    assert rules.window == WINDOW
    chosen = choices_of(rules, nonsense)
    assert chosen == choices_of(rules, None)
    assert chosen.quiet == Quiet()
    assert (chosen.digest_at, chosen.digest_day, set(chosen.groups)) == (time(8), 0, set(GROUPS))


def test_a_quiet_is_read_as_it_was_stored() -> None:
    stored = {"quiet": {"kind": "hours", "begins": "20:00", "ends": "07:00", "days": [0, 1]}}
    assert choices_of(rules_of(None), stored).quiet == Quiet(
        "hours", time(20), time(7), frozenset({0, 1})
    )
    assert NIGHT.days == EVERY_DAY


def test_for_who_does_not_have_the_ticket_it_happens_in_their_queue() -> None:
    assert group_of("customer_wrote") == "written"
    assert group_of("customer_wrote", mine=False) == "queue"
    assert group_of("clock_warning", mine=False) == "escalation"
    assert group_of("what_an_admin_has_made_up") == "other"


def test_a_calendar_without_work_keeps_nobody_quiet_for_ever() -> None:
    closed = {date(2027, 1, 1) + timedelta(days=n): () for n in range(40_000)}
    never = Calendar("never", "UTC", {0: [(time(8), time(9))]}, exceptions=closed)
    quiet = Quiet("calendar", calendar="never")
    moment = at("2027-03-02T12:00")
    assert quiet_until(quiet, BERLIN, moment, never) == moment + LONGEST_QUIET
