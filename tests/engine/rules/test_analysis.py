"""Rules that can never fire are found, and no alarm is raised about those that can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.rules import Vocabulary, preview_release
from engine.rules.facts import NOON
from engine.rules.lint import lint_rulesets


def condition(fact: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "op": op} | ({} if value is None else {"value": value})


CONTRADICTIONS = [
    [condition("n.one", "gt", 4), condition("n.one", "lt", 3)],
    [condition("n.one", "gte", 4), condition("n.one", "lt", 4)],
    [condition("n.one", "gt", 4), condition("n.one", "lte", 4)],
    [condition("n.one", "is", 3), condition("n.one", "gt", 3)],
    [condition("n.one", "in", [1, 2]), condition("n.one", "gte", 3)],
    [condition("s.one", "is", "a"), condition("s.one", "is", "b")],
    [condition("s.one", "is", "a"), condition("s.one", "is_not", "A")],
    [condition("s.one", "in", ["a", "b"]), condition("s.one", "not_in", ["a", "b", "c"])],
    [condition("s.one", "is", "a"), condition("s.one", "is_empty")],
    [condition("s.one", "is", "a"), {"none": [condition("s.one", "is", "a")]}],
    [condition("t.one", "contains", "a"), {"none": [condition("t.one", "contains", "A")]}],
    [condition("d.one", "before", "2026-01-01"), condition("d.one", "after", "2026-02-01")],
    [
        condition("d.one", "older_than_minutes", 60),
        {"none": [condition("d.one", "older_than_minutes", 30)]},
    ],
    [condition("d.one", "before_now", "-2d"), condition("d.one", "after_now", "-1d")],
    [condition("d.one", "before_now", "-2d"), {"none": [condition("d.one", "before_now", "-1d")]}],
    [
        condition("d.one", "older_than_working_hours", 8),
        condition("d.one", "younger_than_working_hours", 4),
    ],
    [
        condition("d.one", "within_calendar", "a"),
        {"none": [condition("d.one", "within_calendar", ["a", "b"])]},
    ],
    [condition("l.one", "has", "a"), condition("l.one", "has_none", ["a", "b"])],
    [condition("t.one", "starts_with", "abc"), condition("t.one", "starts_with", "abd")],
    [
        condition("t.one", "contains_word", "abc"),
        {"none": [condition("t.one", "contains", ["x", "b"])]},
    ],
    [condition("s.one", "domain_is", ["a.de", "b.de"]), condition("s.one", "domain_is", "c.de")],
    [condition("l.one", "has", "a"), {"none": [condition("l.one", "has_any", ["a", "b"])]}],
    [condition("b.one", "is", True), condition("b.one", "is", False)],
    [condition("t.one", "starts_with", "abc"), condition("t.one", "not_contains", ["x", "b"])],
    [condition("color", "is_empty", False), condition("color", "not_in", ["red", "green"])],
    [condition("s.one", "changed_to", "a"), {"none": [condition("s.one", "changed")]}],
    [
        condition("s.one", "is", "a"),
        {"any": [condition("s.one", "is", "b"), condition("s.one", "is_empty")]},
    ],
]


@pytest.mark.parametrize("conditions", CONTRADICTIONS)
def test_a_contradiction_is_an_error(parse: Callable[..., Any], conditions: Any) -> None:
    ruleset, problems = parse([{"when": {"all": conditions}}])
    assert ruleset is None
    assert [problem.code for problem in problems] == ["contradiction"]


@pytest.mark.parametrize("conditions", CONTRADICTIONS)
def test_a_contradiction_shows_a_ticket_that_one_condition_alone_shuts_out(
    parse: Callable[..., Any], vocabulary: Vocabulary, conditions: Any
) -> None:
    witness = parse([{"when": {"all": conditions}}])[1][0].witness
    alone = []
    for one in conditions:
        ruleset, _ = parse([{"when": {"all": [one]}}])
        release = preview_release([ruleset], vocabulary)
        alone.append(bool(release.evaluate("sample", witness["facts"], now=NOON).matched))
    assert alone.count(False) == 1


POSSIBLE = [
    [condition("n.one", "gte", 4), condition("n.one", "lte", 4)],
    [condition("n.one", "gt", 4), condition("n.two", "lt", 3)],
    [condition("n.one", "in", [1, 2]), condition("n.one", "gte", 2)],
    [condition("s.one", "is", "a"), condition("s.one", "is_not", "b")],
    [condition("s.one", "is", "a"), condition("s.one", "is_empty", False)],
    [condition("s.one", "changed_from", "a"), condition("s.one", "is", "b")],
    [{"any": [condition("s.one", "is", "a"), condition("s.one", "is", "b")]}],
    [{"none": [condition("n.one", "gt", 4), condition("n.one", "lt", 3)]}],
    [condition("l.one", "has", "a"), condition("l.one", "has", "b")],
    [condition("d.one", "before_now", "-1d"), condition("d.one", "after_now", "-2d")],
    [condition("d.one", "older_than_working_hours", 1),
     {"none": [condition("d.one", "due_in_working_hours", 2)]}],
    [condition("d.one", "within_calendar", "a"), condition("d.one", "within_calendar", "b")],
    [condition("t.one", "written_in", "de"), condition("t.one", "contains", "the")],
    [condition("s.one", "domain_within", "a.de"), condition("s.one", "domain_is", "b.a.de")],
]  # fmt: skip


@pytest.mark.parametrize("conditions", POSSIBLE)
def test_what_is_possible_is_left_alone(parse: Callable[..., Any], conditions: Any) -> None:
    ruleset, problems = parse([{"when": {"all": conditions}}])
    assert ruleset is not None
    assert problems == []


A, B = condition("s.one", "is", "a"), condition("s.two", "is", "b")
WHOLE = {"when": {"all": [A]}}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"when": {"all": [A]}, "stop": True}, {"when": {"all": [A]}}),
        ({"when": {"all": [A]}, "stop": True}, {"when": {"all": [B, A]}}),
        ({"stop": True}, {"when": {"all": [A]}}),
        ({"stop": True, "order": 1, "when": {"any": [A]}}, {"when": {"all": [A]}, "order": 2}),
    ],
)
def test_a_shadowed_rule_is_a_warning(
    parse: Callable[..., Any],
    vocabulary: Vocabulary,
    first: dict[str, Any],
    second: dict[str, Any],
) -> None:
    ruleset, problems = parse([first, second])
    assert problems == []
    problems = lint_rulesets([ruleset], vocabulary)["sample"]
    assert [(p.code, p.severity, p.element) for p in problems] == [("shadowed", "warning", "rule1")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"when": {"all": [A]}}, {"when": {"all": [A]}}),
        ({"when": {"all": [A, B]}, "stop": True}, {"when": {"all": [A]}}),
        ({"when": {"all": [A]}, "stop": True, "active": False}, {"when": {"all": [A]}}),
        ({"when": {"all": [A]}, "stop": True, "order": 9}, {"when": {"all": [A]}, "order": 1}),
        ({"when": {"all": [A]}, "stop": True, "events": ["ticket.created"]}, WHOLE),
        ({"when": {"all": [A]}, "stop": True, "changed": ["s.one"]}, {"when": {"all": [A]}}),
        ({"when": {"all": [A]}, "stop": True, "valid_until": "2030-01-01"}, WHOLE),
    ],
)
def test_no_false_alarm(
    parse: Callable[..., Any],
    vocabulary: Vocabulary,
    first: dict[str, Any],
    second: dict[str, Any],
) -> None:
    ruleset, problems = parse([{**first, "then": [{"add_tag": "x"}]}, second])
    assert problems == []
    assert lint_rulesets([ruleset], vocabulary) == {}


def test_a_doubled_rule_is_a_warning(parse: Callable[..., Any], vocabulary: Vocabulary) -> None:
    rule = {"when": {"all": [A]}, "then": [{"add_tag": "x"}]}
    ruleset, problems = parse([rule, rule])
    assert problems == []
    problems = lint_rulesets([ruleset], vocabulary)["sample"]
    assert [problem.code for problem in problems] == ["duplicate"]
