"""Buckets: full at first, filled again by time alone, each by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine import limits
from engine.limits import Buckets

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_up_to_the_limit_and_again_after_the_wait_that_was_named() -> None:
    buckets = Buckets()
    assert [buckets.take("api", "a", 3, NOW) for _ in range(3)] == [0, 0, 0]
    wait = buckets.take("api", "a", 3, NOW)
    assert wait == 20
    assert buckets.take("api", "a", 3, after(wait - 1)) == 1
    assert buckets.take("api", "a", 3, after(wait)) == 0
    assert buckets.take("api", "a", 3, after(wait)) > 0


def test_others_and_other_things_are_counted_by_themselves() -> None:
    buckets = Buckets()
    buckets.take("api", "a", 1, NOW)
    assert buckets.take("api", "a", 1, NOW) > 0
    assert buckets.take("api", "b", 1, NOW) == 0
    assert buckets.take("drafts", "a", 1, NOW) == 0


def test_rest_saves_up_no_more_than_a_minute_and_a_clock_set_back_takes_nothing_away() -> None:
    buckets = Buckets()
    buckets.take("api", "a", 2, NOW)
    assert buckets.take("api", "a", 2, after(-3600)) == 0
    assert [buckets.take("api", "a", 2, after(7200)) for _ in range(3)] == [0, 0, 30]


def test_nought_is_no_limit() -> None:
    buckets = Buckets()
    assert {buckets.take("api", "a", 0, NOW) for _ in range(1000)} == {0}


def test_many_askers_do_not_fill_the_memory(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST", 10)
    buckets = Buckets()
    for number in range(100):
        buckets.take("search", str(number), 1, NOW)
    assert len(buckets._left) == 10
    assert buckets.take("search", "99", 1, NOW) > 0
