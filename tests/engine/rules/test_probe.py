"""A new release is built in a child first, and comes here only when its examples are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import patterns
from engine.errors import Invalid
from engine.rules import Vocabulary, build_checked, core, oracle, probe, trial
from engine.rules.facts import Facts
from engine.rules.trial import tickets

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
RULES = [{"when": {"all": [{"fact": "s.one", "op": "is", "value": "Straße"}]}}]
RIGHT = {"name": "right", "facts": {"s.one": "STRASSE"}, "expect": {"rules": ["rule0"]}}
WRONG = {"name": "wrong", "facts": {"s.one": "x"}, "expect": {"rules": ["rule0"]}}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test asks a child, whatever stood it before."""
    monkeypatch.setattr(probe, "_stood", {})


def test_what_stood_it_is_not_tried_again_and_what_did_not_is(
    make: Callable[..., Any], vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = make(RULES, tests=[RIGHT]).rulesets.values()
    bad = make(RULES, tests=[WRONG]).rulesets.values()
    build_checked(good, vocabulary, {})
    with pytest.raises(Invalid):
        build_checked(bad, vocabulary, {})
    monkeypatch.setattr(probe.sys, "executable", "/bin/false")  # no child answers any more
    assert build_checked(good, vocabulary, {}).names == ("sample",)
    for other in ({"sample": [RIGHT]}, {"other": [RIGHT]}):
        with pytest.raises(Invalid, match="examples") as caught:
            build_checked(good, vocabulary, other)
        assert [p.code for p in caught.value.problems] == ["build"]
    with pytest.raises(Invalid) as caught:
        build_checked(bad, vocabulary, {})
    assert [p.code for p in caught.value.problems] == ["build"]


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


LIAR = """
import importlib.util
import sys
me = sys.modules[__name__]
spec = importlib.util.spec_from_file_location("durable_rules_engine", {real!r})
real = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)
sys.modules[__name__] = me
globals().update({{k: v for k, v in vars(real).items() if not k.startswith("__")}})

def assert_fact(handle, fact):
    return (1, 0) if ',"v0":7' in fact else real.assert_fact(handle, fact)
"""


def test_a_core_that_overlooks_one_value_lets_nothing_in_force(
    make: Callable[..., Any], vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    rules = [{"when": {"all": [{"fact": "n.one", "op": "is", "value": n}]}} for n in range(70)]
    rulesets = make(rules).rulesets.values()
    (tmp_path / "durable_rules_engine.py").write_text(LIAR.format(real=core.durable.__file__))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Invalid) as caught:
        build_checked(rulesets, vocabulary, {})
    # the fourth value is handed down as 7
    found = {(problem.code, problem.element) for problem in caught.value.problems}
    assert ("core-differs", "rule3") in found
    monkeypatch.delenv("PYTHONPATH")
    assert build_checked(rulesets, vocabulary, {}).names == ("sample",)


CONDITIONS = [
    ("s.one", "is", "Straße"), ("s.one", "in", ["a", "b"]), ("t.one", "contains", "vpn"),
    ("t.one", "contains_word", ["vpn", "toner"]), ("t.one", "starts_with", "Re:"),
    ("t.one", "ends_with", "?"), ("t.one", "matches", "vpn"), ("n.one", "lt", 3),
    ("n.one", "lte", 3), ("n.one", "gt", 3.5), ("n.one", "gte", -3), ("n.one", "is", 10**20),
    ("d.one", "before", "2026-05-03"), ("d.one", "after", "9999-12-31T23:59:59+00:00"),
    ("d.one", "older_than_minutes", 60), ("l.one", "has", "VPN"), ("l.one", "has_any", ["a", "b"]),
    ("s.one", "domain_is", "example.com"), ("s.one", "changed", None), ("b.one", "is", True),
    ("s.one", "changed_from", "a"), ("s.one", "changed_to", ["a", "b"]),
    ("s.one", "is_empty", None), ("s.one", "is_not", "a"), ("s.one", "not_in", ["a", "b"]),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["all", "none"])
@pytest.mark.parametrize(("fact", "op", "value"), CONDITIONS)
def test_each_rule_is_tried_on_tickets_that_it_takes_and_that_it_leaves(
    parse: Callable[..., Any], fact: str, op: str, value: Any, mode: str
) -> None:
    condition = {"fact": fact, "op": op} | ({} if value is None else {"value": value})
    if op == "matches" and not patterns.available():
        pytest.skip("google-re2 is missing")
    (rule,) = parse([{"when": {mode: [condition]}}])[0].in_order()
    told = [bool(oracle.matching(Facts(*ticket, trial.NOW), [rule])) for ticket in tickets(rule)]
    assert told[0] is True or op == "after"
    assert False in told
