"""What each operator means, on what is there and on what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules.operators import OPERATORS, has_word

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
MISSING = object()

CASES = [
    ("s.one", "is", "VPN", "vpn", True),
    ("s.one", "is", "Straße", "STRASSE", True),
    ("s.one", "is", "störung", "sto\u0308rung", True),
    ("s.one", "is", "x" * 300, "x" * 301, False),
    ("s.one", "is", "5", 5, True),
    ("s.one", "is", "a", MISSING, False),
    ("s.one", "is_not", "a", MISSING, True),
    ("s.one", "is_not", "a", "A ", False),
    ("s.one", "in", ["a", "b"], "B", True),
    ("s.one", "in", ["a", "b"], None, False),
    ("s.one", "not_in", ["a", "b"], "", True),
    ("n.one", "is", 5, "5", True),
    ("n.one", "is", 2.5, 2.5, True),
    ("n.one", "is", 2**53 + 1, 2**53, False),
    ("n.one", "lt", 3, 2.999, True),
    ("n.one", "lt", 3, 3, False),
    ("n.one", "lte", 3, 3, True),
    ("n.one", "gt", 3, 10**30, True),
    ("n.one", "gt", 3, float("inf"), True),
    ("n.one", "gte", 3, float("nan"), False),
    ("n.one", "gte", 3, "many", False),
    ("n.one", "gte", 3, "9" * 5000, False),
    ("b.one", "is", True, "ja", True),
    ("b.one", "is", False, 0, True),
    ("b.one", "is", False, MISSING, False),
    ("b.one", "is", True, 7, False),
    ("t.one", "contains", "drucker", "Mein DRUCKER!", True),
    ("t.one", "contains", ["toner", "vpn"], "x" * 70_000 + " VPN", True),
    ("t.one", "contains", "a", MISSING, False),
    ("t.one", "not_contains", ["toner", "vpn"], "Mein DRUCKER!", True),
    ("t.one", "not_contains", ["toner", "drucker"], "Mein DRUCKER!", False),
    ("t.one", "not_contains", "a", MISSING, True),
    ("t.one", "contains_word", "VPN", "openvpn", False),
    ("t.one", "contains_word", "VPN", "openvpn, VPN.", True),
    ("t.one", "contains_word", "vpn", "vpn_2", False),
    ("t.one", "starts_with", ["Re:", "AW:"], "aw: Hallo", True),
    ("t.one", "ends_with", "?", "Wie geht das?", True),
    ("t.one", "matches", r"INC-\d{4}\b", "zu inc-1234 gefragt", True),
    ("t.one", "matches", r"^\d+$", "12a", False),
    ("s.one", "domain_is", "example.com", "Anna <anna@EXAMPLE.com>", True),
    ("s.one", "domain_is", ["example.com", "sample.org"], "sample.org", True),
    ("s.one", "domain_is", "example.com", "anna@mail.example.com", False),
    ("d.one", "before", "2026-05-03", "2026-05-02T23:59:59+00:00", True),
    ("d.one", "before", "2026-05-03T00:00:00+00:00", "2026-05-03T01:30:00+02:00", True),
    ("d.one", "after", "2026-05-03", datetime(2026, 5, 3, 0, 0, 1, tzinfo=UTC), True),
    ("d.one", "after", "2026-05-03", "next week", False),
    ("d.one", "after", "2026-05-03", "9999-12-31T23:59:59-14:00", True),
    ("d.one", "older_than_minutes", 60, "2026-05-03T10:59:59+00:00", True),
    ("d.one", "older_than_minutes", 60, "2026-05-03T11:00:00+00:00", False),
    ("d.one", "older_than_minutes", 60, MISSING, False),
    ("d.one", "before_now", "-1h", "2026-05-03T10:59:59+00:00", True),
    ("d.one", "before_now", "-1h", "2026-05-03T11:00:00+00:00", False),
    ("d.one", "before_now", "now", MISSING, False),
    ("d.one", "before_now", "+2d", "2026-05-05", True),
    ("d.one", "after_now", "-1h", "2026-05-03T11:00:01+00:00", True),
    ("d.one", "after_now", "+1w", "2026-05-10T12:00:00+00:00", False),
    ("d.one", "after_now", "now", "next week", False),
    ("l.one", "has_none", ["a", "b"], ["c"], True),
    ("l.one", "has_none", ["a", "b"], ["c", "B"], False),
    ("l.one", "has_none", ["a", "b"], MISSING, True),
    ("s.one", "domain_within", "example.com", "anna@mail.EXAMPLE.com", True),
    ("s.one", "domain_within", "example.com", "example.com", True),
    ("s.one", "domain_within", "example.com", "anna@notexample.com", False),
    ("s.one", "domain_within", "example.com", "example.com.evil.org", False),
    ("t.one", "written_in", "de", "Guten Tag, mein Drucker geht nicht.", True),
    ("t.one", "written_in", ["de", "en"], "Hello, the printer does not work.", True),
    ("t.one", "written_in", "de", "Hello, the printer does not work.", False),
    ("t.one", "written_in", "en", "x" * 70_000, False),
    ("t.one", "written_in", "de", MISSING, False),
    ("l.one", "has", "VPN", ["vpn", "x"], True),
    ("l.one", "has", "VPN", "vpn", True),
    ("l.one", "has", "VPN", [], False),
    ("l.one", "has_any", ["a", "b"], ["B"], True),
    ("l.one", "has_any", ["a", "b"], None, False),
    ("s.one", "is_empty", None, "", True),
    ("s.one", "is_empty", None, " ", True),
    ("s.one", "is_empty", False, "x", True),
    ("l.one", "is_empty", True, [], True),
    ("form.x", "is", "high", "High", True),
    ("form.x", "is", 3, "3", True),
    ("form.x", "is", True, "yes", True),
    ("form.x", "gte", 3, 4, True),
    ("form.x", "has", "a", ["A"], True),
    ("form.x", "is_empty", True, [], True),
    ("form.x", "contains", "vpn", "my vpn", True),
]


@pytest.mark.parametrize(
    ("fact", "op", "value", "seen", "expected"),
    CASES,
    ids=lambda item: "missing" if item is MISSING else str(item)[:24],
)
def test_operator(
    make: Callable[..., Any], fact: str, op: str, value: Any, seen: Any, expected: bool
) -> None:
    condition = {"fact": fact, "op": op} | ({} if value is None else {"value": value})
    release = make([{"when": {"all": [condition]}}, {"when": {"none": [condition]}}])
    facts = {} if seen is MISSING else {fact: seen}
    result = release.evaluate("sample", facts, now=NOW)
    assert result.matched == (("rule0",) if expected else ("rule1",))
    assert result.trace["differs"] is False


@pytest.mark.parametrize(
    ("op", "value", "change", "expected"),
    [
        ("changed", None, ("a", "b"), True),
        ("changed", None, ("a", "A"), False),
        ("changed", None, None, False),
        ("changed", False, None, True),
        ("changed_from", "a", ("A", "b"), True),
        ("changed_from", ["x", "a"], ("A", "b"), True),
        ("changed_from", "b", ("a", "b"), False),
        ("changed_to", "b", ["a", "b"], True),
        ("changed_to", "b", ("b", "b"), False),
        ("changed_to", "b", "a", True),
    ],
)
def test_changes(
    make: Callable[..., Any], op: str, value: Any, change: Any, expected: bool
) -> None:
    condition = {"fact": "s.one", "op": op} | ({} if value is None else {"value": value})
    changed = {} if change is None else {"s.one": change}
    result = make([{"when": {"all": [condition]}}]).evaluate(
        "sample", {"s.one": "b"}, changed=changed, now=NOW
    )
    assert bool(result.matched) is expected


HOURS = [
    ("older_than_working_hours", 8, 481, True),
    ("older_than_working_hours", 8, 480, False),
    ("older_than_working_hours", 0.5, "31", True),
    ("older_than_working_hours", 0, -60, False),
    ("older_than_working_hours", 8, None, False),
    ("younger_than_working_hours", 8, 479, True),
    ("younger_than_working_hours", 8, 480, False),
    ("younger_than_working_hours", 8, -1, False),
    ("due_in_working_hours", 8, -480, True),
    ("due_in_working_hours", 8, -481, False),
    ("due_in_working_hours", 8, 0, False),
    ("within_calendar", "standard", ["night", "Standard"], True),
    ("within_calendar", ["night", "x"], ["standard"], False),
    ("within_calendar", "standard", [], False),
]


@pytest.mark.parametrize(("op", "value", "told", "expected"), HOURS)
def test_what_calendars_tell_beside_a_date(
    make: Callable[..., Any], op: str, value: Any, told: Any, expected: bool
) -> None:
    condition = {"fact": "d.one", "op": op, "value": value}
    release = make([{"when": {"all": [condition]}}, {"when": {"none": [condition]}}])
    what = "calendars" if op == "within_calendar" else "working_minutes"
    result = release.evaluate("sample", {f"d.one.{what}": told}, now=NOW)
    assert result.matched == (("rule0",) if expected else ("rule1",))
    assert result.trace["differs"] is False


class Office:
    """Every hour is a working one, in one calendar until noon."""

    def working_minutes(self, moment: int, now: int) -> int:
        return (now - moment) // 60_000_000

    def calendars(self, moment: int, now: int) -> list[str]:
        return ["mornings"] if moment <= now else []


def test_calendars_are_handed_in_and_their_answers_kept_with_the_facts(
    make: Callable[..., Any],
) -> None:
    release = make([
        {"when": {"all": [{"fact": "d.one", "op": "older_than_working_hours", "value": 2},
                          {"fact": "d.one", "op": "within_calendar", "value": "mornings"}]}},
        {"when": {"all": [{"fact": "d.two", "op": "due_in_working_hours", "value": 2}]}},
        {"when": {"all": [{"fact": "d.two", "op": "younger_than_working_hours", "value": 2}]}},
    ])  # fmt: skip
    facts = {"d.one": "2026-05-03T09:00:00+00:00", "d.two": "2026-05-03T12:00:20+00:00"}
    result = release.evaluate("sample", facts, now=NOW, times=Office())
    assert result.matched == ("rule0", "rule1")
    kept = result.trace["facts"]
    assert kept["d.one.working_minutes"] == 180
    assert kept["d.one.calendars"] == ["mornings"]
    again = release.evaluate("sample", kept, now=NOW)
    assert again.matched == result.matched
    assert release.evaluate("sample", facts, now=NOW).matched == ()


@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("before_now", "-3"), ("before_now", "3d"), ("before_now", "-99999w"),
        ("before_now", -3), ("after_now", "-٣d"), ("within_calendar", []),
        ("within_calendar", 5), ("older_than_working_hours", -1),
        ("older_than_working_hours", True), ("older_than_working_hours", 90_000),
        ("due_in_working_hours", "8"),
    ],
)  # fmt: skip
def test_odd_values_of_them_are_refused(make: Callable[..., Any], op: str, value: Any) -> None:
    with pytest.raises(AssertionError, match="wrong-value"):
        make([{"when": {"all": [{"fact": "d.one", "op": op, "value": value}]}}])


def test_every_operator_is_shown_here() -> None:
    changes = {"changed", "changed_from", "changed_to"}
    assert set(OPERATORS) == {case[1] for case in CASES} | {case[0] for case in HOURS} | changes


def test_a_word_beside_letters_is_found_later() -> None:
    assert has_word("pcpc pc", "pc") is True
    assert has_word("pcpc", "pc") is False


@settings(max_examples=300, deadline=None)
@given(text=st.text("ab_-. ß½²٣", max_size=14), word=st.text("ab_-.½", min_size=1, max_size=3))
def test_a_word_is_found_wherever_it_stands_apart(text: str, word: str) -> None:
    def beside(place: int) -> bool:
        return 0 <= place < len(text) and (text[place].isalnum() or text[place] == "_")

    places = [at for at in range(len(text)) if text.startswith(word, at)]
    apart = [at for at in places if not beside(at - 1) and not beside(at + len(word))]
    assert has_word(text, word) is bool(apart)
