"""Reading ISO 8601 times and counting them from a given moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.workflow.timers import due_after, parse_cycle, parse_date, parse_duration

JANUARY = datetime(2030, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("P3D", "2030-02-03T12:00:00+00:00"),
        ("PT4H30M", "2030-01-31T16:30:00+00:00"),
        ("p1w", "2030-02-07T12:00:00+00:00"),
        ("P1M", "2030-02-28T12:00:00+00:00"),
        ("P1Y1M", "2031-02-28T12:00:00+00:00"),
        ("PT0.5H", "2030-01-31T12:30:00+00:00"),
    ],
)
def test_a_duration_counts_calendar_months(text: str, due: str) -> None:
    assert parse_duration(text).after(JANUARY).isoformat() == due


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "3 days", "P3", "PT3D", "P1DT", "P99999Y", "P9999999999999999D", None, 5],
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


def test_a_date_keeps_its_offset_and_is_utc_without_one() -> None:
    assert parse_date("2030-01-01T01:00:00+01:00") == datetime(2030, 1, 1, tzinfo=UTC)
    assert parse_date("2030-01-01") == datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError):
        parse_date("tomorrow")


def test_a_cycle_says_how_often() -> None:
    assert parse_cycle("R3/PT1H").times == 3
    assert parse_cycle("R/P1D").times is None
    assert due_after("cycle", "R3/PT1H", JANUARY).hour == 13
    assert due_after("cycle", "R2/2030-03-01T08:00:00Z/P1W", JANUARY).month == 3


@pytest.mark.parametrize("text", ["0 9 * * *", "R3", "R3/", "R-1/PT1H", "P1D", "R0/PT1H"])
def test_what_is_no_cycle_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_cycle(text)
