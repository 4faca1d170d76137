"""A new release is built in a child first, and comes here only when its examples are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import Invalid
from engine.rules import Vocabulary, build_checked, probe

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
RULES = [{"when": {"all": [{"fact": "s.one", "op": "is", "value": "Straße"}]}}]
RIGHT = {"name": "right", "facts": {"s.one": "STRASSE"}, "expect": {"rules": ["rule0"]}}
WRONG = {"name": "wrong", "facts": {"s.one": "x"}, "expect": {"rules": ["rule0"]}}


def test_a_good_release(make: Callable[..., Any], vocabulary: Vocabulary) -> None:
    rulesets = make(RULES, tests=[RIGHT]).rulesets.values()
    release = build_checked(rulesets, vocabulary, {"sample": [RIGHT]})
    assert release.evaluate("sample", {"s.one": "straße"}, now=NOW).matched == ("rule0",)


@pytest.mark.parametrize("inside", [True, False])
def test_an_example_that_fails_stops_it(
    make: Callable[..., Any], vocabulary: Vocabulary, inside: bool
) -> None:
    rulesets = make(RULES, tests=[WRONG] if inside else []).rulesets.values()
    with pytest.raises(Invalid) as caught:
        build_checked(rulesets, vocabulary, {} if inside else {"sample": [RIGHT, WRONG]})
    assert [(p.code, p.element) for p in caught.value.problems] == [("example-failed", "wrong")]


def test_examples_of_no_ruleset_stop_it(make: Callable[..., Any], vocabulary: Vocabulary) -> None:
    with pytest.raises(Invalid):
        build_checked(make(RULES).rulesets.values(), vocabulary, {"other": [RIGHT]})


def test_a_text_that_does_not_parse_stops_it(
    make: Callable[..., Any], vocabulary: Vocabulary
) -> None:
    (ruleset,) = make(RULES).rulesets.values()
    with pytest.raises(Invalid) as caught:
        build_checked([replace(ruleset, text="rules: [")], vocabulary, {})
    assert caught.value.problems[0].code == "unreadable"


def test_a_build_that_takes_too_long_is_given_up(
    make: Callable[..., Any], vocabulary: Vocabulary
) -> None:
    with pytest.raises(Invalid) as caught:
        build_checked(make(RULES).rulesets.values(), vocabulary, {}, seconds=0)
    assert "0 seconds" in caught.value.problems[0].message


def test_a_build_that_dies_dies_alone(
    make: Callable[..., Any], vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe.sys, "executable", "/bin/false")
    with pytest.raises(Invalid) as caught:
        build_checked(make(RULES).rulesets.values(), vocabulary, {})
    assert [p.code for p in caught.value.problems] == ["build"]


def test_a_build_that_eats_memory_is_stopped(
    make: Callable[..., Any], vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "MEMORY", 30 * 2**20)
    with pytest.raises(Invalid):
        build_checked(make(RULES * 300).rulesets.values(), vocabulary, {})
