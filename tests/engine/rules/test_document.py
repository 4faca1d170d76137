"""Every mistake in a rule file is named with its line, all at once, and nothing gets past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import patterns
from engine.rules.conditions import close_to

HEAD = """ruleset: sample
title: {de: Probe, en: Sample}
events: [ticket.created]
rules:
"""
RULE = """  - id: one
    title: {de: Eins, en: One}
    when: {all: [{fact: s.one, op: is, value: x}]}
    then: [{set: {queue: Q}}]
"""


def codes(problems: list[Any]) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in problems]


def test_a_good_file(parse: Callable[..., Any]) -> None:
    ruleset, problems = parse(HEAD + RULE)
    assert problems == []
    assert ruleset.name == "sample"
    assert [rule.id for rule in ruleset.rules] == ["one"]
    assert ruleset.rules[0].line == 5


MISTAKES = [
    ("s.one", "s.tow", "unknown-fact", 7),
    ("op: is", "op: equals", "unknown-operator", 7),
    ("op: is", "op: lt", "wrong-operator", 7),
    ("value: x", "value: 5", "wrong-value", 7),
    ("value: x", "value: yes", "wrong-value", 7),
    ("value: x", "value: null", "wrong-value", 7),
    ("value: x", "value: 1:30", "odd-value", 7),
    ("value: x", "value: .inf", "odd-value", 7),
    ("value: x", "value: !!python/name:os.system x", "odd-value", 7),
    ("value: x", "vlaue: x", "unknown-key", 7),
    ("{fact: s.one, op: is, value: x}", "just a text", "condition", 7),
    ("[{fact: s.one, op: is, value: x}]", "[]", "empty-group", 7),
    ("{all: [{fact: s.one, op: is, value: x}]}", "{}", "when", 7),
    ("all:", "every:", "group", 7),
    ("{set:", "{put:", "unknown-action", 8),
    ("queue: Q", "quoue: Q", "wrong-value", 8),
    ("queue: Q", "queue: 5", "wrong-value", 8),
    ("queue: Q", "priority: 9", "wrong-value", 8),
    ("queue: Q", "priority: true", "wrong-value", 8),
    ("queue: Q", "state: opened", "wrong-value", 8),
    ("{set: {queue: Q}}", "{notify: {to: owner}}", "wrong-value", 8),
    ("[{set: {queue: Q}}]", "[]", "actions", 8),
    ("[{set: {queue: Q}}]", "queue", "actions", 8),
    ("id: one", "id: One two", "id", 5),
    ("id: one", "id: default", "id", 5),
    ("{de: Eins, en: One}", "Eins", "title", 6),
    ("events: [ticket.created]", "events: [ticket.creatde]", "unknown-event", 3),
    ("events: [ticket.created]", "on: [ticket.created]", "boolean-key", 3),
    ("rules:", "rulez:", "unknown-key", 4),
    ("ruleset: sample", "ruleset: Big Name", "name", 1),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "code", "line"), MISTAKES)
def test_a_mistake_is_named(
    parse: Callable[..., Any], good: str, bad: str, code: str, line: int
) -> None:
    text = HEAD + RULE
    assert good in text
    ruleset, problems = parse(text.replace(good, bad, 1))
    assert ruleset is None
    assert (code, line) in codes(problems)
    assert all(problem.message for problem in problems)


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ("    stop: maybe\n", "stop"),
        ("    active: 1\n", "active"),
        ("    order: first\n", "order"),
        ("    order: 1e99\n", "order"),
        ("    valid_from: tomorrow\n", "valid_from"),
        ("    valid_from: 2026-02-01\n    valid_until: 2026-01-01\n", "validity"),
        ("    events: [ticket.changed]\n", "event-not-heard"),
        ("    changed: [nothing]\n", "unknown-fact"),
        ("    changed: s.one\n", "changed"),
        ("    on: [ticket.created]\n", "boolean-key"),
        ("    1: 2\n", "odd-key"),
        ("    id: two\n", "duplicate-key"),
        (RULE, "duplicate-id"),
    ],
)
def test_a_mistake_beside_is_named(parse: Callable[..., Any], extra: str, code: str) -> None:
    ruleset, problems = parse(HEAD + RULE + extra)
    assert ruleset is None
    assert code in [problem.code for problem in problems]


def test_all_problems_come_at_once(parse: Callable[..., Any]) -> None:
    text = HEAD + RULE.replace("s.one", "nope") + RULE.replace("op: is", "op: nope")
    _, problems = parse(text.replace("{set:", "{nope:"))
    assert {"unknown-fact", "unknown-operator", "unknown-action", "duplicate-id"} <= {
        problem.code for problem in problems
    }


def test_a_near_word_is_offered(parse: Callable[..., Any]) -> None:
    _, problems = parse(HEAD + RULE.replace("op: is", "op: contians"))
    assert problems[0].mend == "did you mean 'contains'?"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a [x]\nb: [*a, *a]\n", "alias"),
        ("&a [*a]", "alias"),
        ("[" * 5000, "too-deep"),
        ("x: " + "a" * 5_000_000, "too-large"),
        ("a: 1\n---\nb: 2\n", "several-documents"),
        ("rules: [", "unreadable"),
        ("\tx: y", "unreadable"),
        (b"\xff\xfe\x00", "unreadable"),
        ("a: \x00", "unreadable"),
        ("just words", "not-a-ruleset"),
        ("[1, 2]", "not-a-ruleset"),
        ("", "not-a-ruleset"),
        ("\ud800", "unreadable"),
    ],
    ids=range(13),
)
def test_what_is_no_rule_file(parse: Callable[..., Any], text: str | bytes, code: str) -> None:
    ruleset, problems = parse(text)
    assert ruleset is None
    assert [problem.code for problem in problems] == [code]


@pytest.mark.parametrize("odd", ["\x00", "\x07", "\ud800", b"\xff", b"\x1b"])
def test_a_character_that_is_none_is_found_at_its_line(
    parse: Callable[..., Any], odd: str | bytes
) -> None:
    text = b"a: 1\n# \xc3\xbc\nb: " + odd if isinstance(odd, bytes) else f"a: 1\n# ü\nb: {odd}"
    assert [(one.code, one.line) for one in parse(text)[1]] == [("unreadable", 3)]


def test_groups_nested_too_deep(parse: Callable[..., Any]) -> None:
    when: dict[str, Any] = {"all": [{"fact": "s.one", "op": "is", "value": "x"}]}
    for _ in range(8):
        when = {"any": [when]}
    ruleset, problems = parse([{"when": when}])
    assert ruleset is None
    assert "too-deep" in [problem.code for problem in problems]


@pytest.mark.parametrize("pattern", ["(", "a{2000}", "x" * 501, "(?P<n", "\\"])
def test_a_pattern_that_is_none(parse: Callable[..., Any], pattern: str) -> None:
    condition = {"fact": "t.one", "op": "matches", "value": pattern}
    ruleset, problems = parse([{"when": {"all": [condition]}}])
    assert ruleset is None
    assert [problem.code for problem in problems] == ["wrong-value"]


def test_patterns_are_refused_clearly_without_their_package(
    parse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "re2", None)
    patterns.compiled.cache_clear()
    condition = {"fact": "t.one", "op": "matches", "value": "a+b"}
    ruleset, problems = parse([{"when": {"all": [condition]}}])
    assert ruleset is None
    assert "google-re2" in problems[0].message


def test_an_enum_knows_its_values(parse: Callable[..., Any]) -> None:
    condition = {"fact": "color", "op": "is", "value": "rde"}
    ruleset, problems = parse([{"when": {"all": [condition]}}])
    assert ruleset is None
    assert [(p.code, p.mend) for p in problems] == [("unknown-value", "did you mean 'red'?")]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.integers(0, len(HEAD + RULE)),
    length=st.integers(0, 12),
    put=st.text(alphabet="[]{}:,-&*!|>'\"\n\t #?x1\u0000é", max_size=8),
)
def test_no_damage_raises(parse: Callable[..., Any], at: int, length: int, put: str) -> None:
    text = HEAD + RULE
    ruleset, problems = parse(text[:at] + put + text[at + length :])
    assert ruleset is not None or problems


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(max_size=200))
def test_no_bytes_raise(parse: Callable[..., Any], raw: bytes) -> None:
    ruleset, problems = parse(raw)
    assert ruleset is None
    assert problems


@pytest.mark.parametrize(
    ("name", "known", "mend"),
    [
        ("prioritty", ["queue", "priority"], "did you mean 'priority'?"),
        ("x", ["queue", "priority"], "known are priority, queue"),
        ("x", [], "there is none yet"),
        ("x", map(str, range(100)), "see what rules can say"),
    ],
)
def test_a_name_that_is_unknown_is_told_what_could_be_meant(
    name: str, known: Any, mend: str
) -> None:
    assert close_to(name, known) == mend


def test_a_title_that_a_comma_has_cut_is_told(parse: Callable[..., Any]) -> None:
    _, problems = parse(HEAD + RULE.replace("{de: Eins, en: One}", "{de: Eins, zwei, en: One}"))
    assert [(one.code, one.line) for one in problems] == [("title", 6)]
    assert "'zwei' in the title is no language" in problems[0].message
