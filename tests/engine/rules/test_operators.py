"""What each operator means, on what is there and on what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

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


def test_every_operator_is_shown_here() -> None:
    changes = {"changed", "changed_from", "changed_to"}
    assert set(OPERATORS) == {case[1] for case in CASES} | changes


def test_a_word_beside_letters_is_found_later() -> None:
    assert has_word("pcpc pc", "pc") is True
    assert has_word("pcpc", "pc") is False
