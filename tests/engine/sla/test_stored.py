"""A stored calendar counts the same whether its holidays were worked out before or not."""

import sys

import pytest

from engine.sla.stored import _parsed, calendar_of, free_days

ENTRY = {
    "zone": "Europe/Berlin",
    "hours": {"mon-fri": ["08:00-17:00"]},
    "holidays": ["DE-BY", "12-24", "2026-05-15"],
}


def test_what_was_worked_out_counts_the_same_and_needs_no_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free, fresh = free_days("office", ENTRY), calendar_of("office", ENTRY)
    monkeypatch.setitem(sys.modules, "holidays", None)
    _parsed.cache_clear()
    assert calendar_of("office", ENTRY, free) == fresh
    assert "12-24" in free.split()
    assert "2026-01-06" in free.split()


def test_without_holidays_nothing_is_kept() -> None:
    entry = {"hours": ENTRY["hours"]}
    assert free_days("always", entry) == ""
    assert calendar_of("always", entry, "").holidays == frozenset()
