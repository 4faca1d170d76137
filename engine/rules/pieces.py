"""Pieces of a rule read by themselves, so that a form can say what is wrong at the row it is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Problem
from engine.rules.actions import read_actions
from engine.rules.conditions import ConditionReader, Findings
from engine.rules.document import parse_ruleset
from engine.rules.editing import text_of
from engine.rules.layout import written
from engine.rules.source import read_yaml
from engine.rules.vocabulary import Vocabulary


def rule_problems(rule: Mapping[str, Any], head: Any, vocabulary: Vocabulary) -> list[Problem]:
    """What refuses a rule, were it alone in its set; `head` gives the set's events."""
    events = head.get("events") if isinstance(head.get("events"), list) else []
    title = {"de": "x", "en": "x"}
    data = {"ruleset": "x", "title": title, "events": events, "rules": [dict(rule)]}
    _, problems = parse_ruleset(None, text_of(data), vocabulary)
    return [problem for problem in problems if problem.severity == "error"]


def events_needed(then: Any, vocabulary: Vocabulary) -> list[str]:
    """The events without which these actions have no meaning: what a set of this rule hears."""
    listed = then if isinstance(then, list) else []
    verbs = [
        vocabulary.actions.get(str(name)) for one in listed if isinstance(one, dict) for name in one
    ]
    return sorted({verb.event for verb in verbs if verb and verb.event})


def condition_problems(condition: Any, vocabulary: Vocabulary) -> list[Problem]:
    """What is wrong with one condition."""
    findings = Findings()
    data, problems = _read({"all": [condition]})
    if not problems:
        ConditionReader(vocabulary, findings, None).when(data, 1)
    return [*problems, *findings.problems]


def action_problems(action: Any, vocabulary: Vocabulary) -> list[Problem]:
    """What is wrong with one action."""
    findings = Findings()
    data, problems = _read({"then": [action]})
    if not problems:
        read_actions(data["then"], vocabulary, findings, None, 1)
    return [*problems, *findings.problems]


def value_missing() -> list[Problem]:
    """What is said of a condition that was begun; empty words would be found in every text."""
    said, mend = "a value is missing here", "say what it is compared with, or take it away"
    return [Problem("no-value", "error", None, None, said, mend)]


def _read(data: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    return read_yaml("\n".join(written(data)) + "\n")
