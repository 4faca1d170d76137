"""The index finds every rule that matches and few others, and is found out when it does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rules import index, matcher, oracle
from engine.rules.compiler import Plan
from engine.rules.facts import Facts
from engine.rules.index import Index

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
quick = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def only(fact: str, op: str, value: Any = None, mode: str = "all") -> dict[str, Any]:
    condition = {"fact": fact, "op": op} | ({} if value is None else {"value": value})
    return {"when": {mode: [condition]}}


def found(release: Any, facts: dict[str, Any], changed: Any = None) -> set[int]:
    rules = release.rulesets["sample"].in_order()
    return Index(rules).candidates(Facts(facts, changed, NOW))


@quick
@given(
    seed=st.integers(0, 2**32), rules=st.sampled_from([1, 20, 120]), few=st.sampled_from([0, 64])
)
def test_whatever_matches_is_found(
    odd: Callable[[int], Any], seed: int, rules: int, few: int
) -> None:
    maker = odd(seed)
    made = maker.rules(rules)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(index, "FEW", few)
        filed = Index(made)
    for _ in range(20):
        facts = Facts(maker.ticket(), maker.changed(), NOW)
        assert oracle.matching(facts, made) <= filed.candidates(facts)


@quick
@given(seed=st.integers(0, 2**32))
def test_the_core_asked_about_what_was_found_answers_the_same(
    odd: Callable[[int], Any], seed: int
) -> None:
    maker = odd(seed)
    made = maker.rules(60)
    plan, filed = Plan(made), Index(made)
    for _ in range(20):
        facts = Facts(maker.ticket(), maker.changed(), NOW)
        assert plan.match(facts, filed.candidates(facts)) == oracle.matching(facts, made)
    plan.core.close()


texts = st.text(st.sampled_from("abcß .-_1"), min_size=1, max_size=5)


@quick
@given(literals=st.lists(texts, min_size=1, max_size=120), text=st.text("abcß .-_1", max_size=60))
def test_texts_are_found_by_their_pieces(
    parse: Callable[..., Any], literals: list[str], text: str
) -> None:
    kept = [literal for literal in literals if literal.strip()]
    ways = ("contains", "contains_word", "starts_with", "ends_with", "domain_is", "is")
    ruleset, _ = parse([only("t.one", op, literal) for literal in kept for op in ways] or [{}])
    rules = ruleset.in_order()
    facts = Facts({"t.one": text}, None, NOW)
    assert oracle.matching(facts, rules) <= Index(rules).candidates(facts)


@pytest.mark.parametrize(
    ("op", "kind", "values", "seen"),
    [
        ("is", "s.one", [f"firm {n}" for n in range(500)], "Firm 7"),
        ("in", "s.one", [[f"firm {n}", f"shop {n}"] for n in range(500)], "shop 7"),
        ("contains", "t.one", [f"word{n:03}" for n in range(500)], "a keyword007 of many"),
        ("contains_word", "t.one", [f"word {n:03}" for n in range(500)], "the Word 007, twice"),
        ("contains_word", "t.one", [f"word{n}" for n in range(500)], "the Word7, twice"),
        ("starts_with", "t.one", [f"re{n:03}" for n in range(500)], "RE007: hello"),
        ("ends_with", "t.one", [f"{n:03}?" for n in range(500)], "what is 007?"),
        ("domain_is", "s.one", [f"firm{n:03}.example" for n in range(500)],
         "Ada <ada@firm007.example>"),
        ("has", "l.one", [f"tag{n}" for n in range(500)], ["tag7", "other"]),
        ("is", "n.one", list(range(500)), "7"),
    ],
)  # fmt: skip
def test_of_many_rules_few_are_asked(
    make: Callable[..., Any], op: str, kind: str, values: list[Any], seen: Any
) -> None:
    release = make([only(kind, op, value) for value in values])
    asked = found(release, {kind: seen})
    assert 7 in asked
    assert len(asked) <= 3
    assert release.evaluate("sample", {kind: seen}, now=NOW).matched == ("rule7",)


@pytest.mark.parametrize(
    ("op", "fact", "values", "seen", "right"),
    [
        ("gt", "n.one", range(100), 90, set(range(90))),
        ("gte", "n.one", range(100), 90, set(range(91))),
        ("lt", "n.one", range(100), 90, set(range(91, 100))),
        ("lte", "n.one", range(100), 90, set(range(90, 100))),
        ("older_than_minutes", "d.one", range(100), "2026-05-03T11:00:00Z", set(range(60))),
    ],
)  # fmt: skip
def test_bounds_find_no_rule_too_many(
    make: Callable[..., Any], op: str, fact: str, values: Any, seen: Any, right: set[int]
) -> None:
    release = make([only(fact, op, value) for value in values])
    assert found(release, {fact: seen}) == right


def test_a_shared_condition_is_passed_over_for_the_rare_one(make: Callable[..., Any]) -> None:
    shared = {"fact": "s.one", "op": "is", "value": "service desk"}
    release = make([
        {"when": {"all": [shared, {"fact": "t.one", "op": "contains", "value": f"word{n:03}"}]}}
        for n in range(300)
    ])  # fmt: skip
    assert found(release, {"s.one": "Service Desk", "t.one": "about word007"}) == {7}


def test_one_of_several_and_none_of_several_are_filed(make: Callable[..., Any]) -> None:
    one, two = ({"fact": "s.one", "op": "is", "value": "a"},
                {"fact": "l.one", "op": "has", "value": "b"})  # fmt: skip
    other = {"fact": "s.one", "op": "is_not", "value": "c"}
    rules = [{"when": {"any": [one, two]}}, {"when": {"none": [other]}}, {"when": {"none": [one]}}]
    release = make(rules)
    assert found(release, {"s.one": "a"}) == {0, 2}
    assert found(release, {"l.one": ["b"]}) == {0, 2}
    assert found(release, {"s.one": "c"}) == {1, 2}
    assert found(release, {}) == {2}


def test_changes_are_filed(make: Callable[..., Any]) -> None:
    release = make([only("s.one", "changed_to", f"v{n}") for n in range(50)]
                   + [only("s.one", "changed_from", "x"), only("s.one", "changed")])  # fmt: skip
    assert found(release, {"s.one": "v7"}) == set()
    assert found(release, {"s.one": "v7"}, {"s.one": ("x", "v7")}) == {7, 50, 51}


def test_a_small_ruleset_is_asked_whole_and_a_blind_index_is_seen(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    release = make([only("s.one", "is", "a"), {}])
    monkeypatch.setattr(Index, "candidates", lambda filed, facts: {1})
    with caplog.at_level(logging.ERROR):
        result = release.evaluate("sample", {"s.one": "a"}, now=NOW)
    assert result.matched == ("rule0", "rule1")
    assert result.trace["differs"] is True
    assert "index differs in sample" in caplog.text
    assert "rule0" in caplog.text


def test_a_blind_index_of_a_large_ruleset_is_seen_at_once_and_again(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = make([only("s.one", "is", "a")] * (matcher.ALWAYS_ALL + 1))
    monkeypatch.setattr(Index, "candidates", lambda filed, facts: set())
    monkeypatch.setattr(matcher, "ALL_ONCE_IN", 5)
    told = [release.evaluate("sample", {"s.one": "a"}, now=NOW).trace["differs"] for _ in range(11)]
    assert [turn for turn, differs in enumerate(told) if differs] == [0, 5, 10]


def test_an_index_that_fails_leaves_the_answer_to_the_oracle(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(filed: Index, facts: Facts) -> set[int]:
        raise TypeError("unhashable")

    release = make([only("s.one", "is", "a")])
    monkeypatch.setattr(Index, "candidates", fail)
    result = release.evaluate("sample", {"s.one": "a"}, now=NOW)
    assert result.matched == ("rule0",)
    assert result.trace["differs"] is True
    assert "index failed in sample" in caplog.text


def test_rules_that_are_not_asked_are_named_all_the_same(make: Callable[..., Any]) -> None:
    release = make([only("n.one", "is", n) for n in range(400)] + [only("n.one", "gte", 0)])
    entries = release.evaluate("sample", {"n.one": 399}, now=NOW).trace["rules"]
    assert [entry["id"] for entry in entries[:200]] == [f"rule{n}" for n in range(200)]
    assert [(e["id"], e["matched"]) for e in entries[200:]] == [
        ("rule399", True),
        ("rule400", True),
    ]


PATTERNS = ["vpn", "VPN[0-9]+", "a(b|c)d", "^printer$", "x?yy", "[vw]pn", "(vpn)", "vpn|dns", "v.n",
            "straße", "\\bvpn\\b", "(?:ab)+c", "vp{2}n", "İnfo", "pass"]  # fmt: skip
TEXTS = ["VPN", "vpn7", "abd", "Printer", "yy", "wpn", "dns", "van", "STRASSE", "Straße", "a vpn b",
         "ababc", "vppn", "info", "Paß", "paſs", "\u212ay", "", "ﬁx"]  # fmt: skip


def test_patterns_are_filed_under_what_they_cannot_do_without(make: Callable[..., Any]) -> None:
    release = make([only("t.one", "matches", pattern) for pattern in PATTERNS])
    rules = release.rulesets["sample"].in_order()
    for text in TEXTS:
        assert oracle.matching(Facts({"t.one": text}, None, NOW), rules) <= found(
            release, {"t.one": text}
        )
    assert len(found(release, {"t.one": "nothing of it"})) < len(PATTERNS) / 2
