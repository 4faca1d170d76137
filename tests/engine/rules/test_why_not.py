"""Why a rule did not fire is told from what the evaluation left behind, and only from that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from engine.rules import Asked, load_vocabulary, parse_ruleset, preview_release
from tests.engine.rules.conftest import VOCABULARY

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def rule(name: str, when: Any = None, **more: Any) -> dict[str, Any]:
    data = {"id": name, "title": {"de": name, "en": name}, "then": [{"add_tag": name}], **more}
    return data | ({"when": when} if when else {})


def says(fact: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value}


def asked(rules: list[Any], facts: dict[str, Any], *, whole: Any = None, **how: Any) -> Asked:
    """The evaluation as it stands in the database afterwards."""
    words = load_vocabulary(yaml.safe_dump(VOCABULARY))
    title = {"de": "Regeln", "en": "rules"}
    data = {"ruleset": "r", "title": title, "events": list(words.events), "rules": rules}
    parsed, problems = parse_ruleset("r", yaml.safe_dump(data), words)
    assert parsed is not None, problems
    release = preview_release([parsed], words)
    caused = how.pop("caused", [])
    trace = release.evaluate("r", facts, now=NOW, skip=frozenset(caused), **how).trace
    return Asked(parsed, {**trace, "caused": caused}, whole)


def test_the_conditions_that_spoke_against_it_are_named_and_no_others() -> None:
    when = {"all": [says("s.one", "is", "a"), {"any": [says("n.one", "gt", 5),
            says("t.one", "contains", "vpn")]}, {"none": [says("s.two", "is", "b")]}]}  # fmt: skip
    facts = {"s.one": "a", "n.one": 1, "t.one": "printer", "s.two": "b"}
    why = asked([rule("one", when)], facts).why_not("one")
    assert why.kind == "conditions"
    assert [c["fact"] for c in why.conditions if c["failed"]] == ["n.one", "t.one", "s.two"]
    assert [c["seen"] for c in why.conditions] == ["a", 1, "printer", "b"]


@pytest.mark.parametrize(
    ("more", "how", "kind"),
    [
        ({"active": False}, {}, "off"),
        ({"valid_from": "2026-06-01"}, {}, "early"),
        ({"valid_until": "2026-05-01"}, {}, "late"),
        ({"changed": ["s.one"]}, {"changed": {"s.two": ("x", "y")}}, "unchanged"),
        ({}, {"caused": ["r/one"]}, "caused"),
        ({"stop": True}, {"caused": ["r/one"]}, "caused-stop"),
        ({"when": {"all": [says("s.one", "is", "b")]}}, {"caused": ["r/one"]}, "conditions"),
        ({}, {}, "fired"),
    ],
)
def test_what_kept_it_from_being_asked(more: Any, how: Any, kind: str) -> None:
    assert asked([rule("one", **more)], {"s.one": "a"}, **how).why_not("one").kind == kind


def test_another_event_is_the_reason() -> None:
    names = sorted(VOCABULARY["events"])
    found = asked([rule("one", events=[names[0]])], {}, event=names[-1])
    assert found.why_not("one").kind == "event"


def test_an_earlier_rule_ended_the_asking_unless_the_later_did_not_fit_anyway() -> None:
    rules = [rule("first", stop=True), rule("fits"), rule("not", {"all": [says("n.one", "gt", 5)]})]
    found = asked(rules, {"n.one": 1})
    assert (found.why_not("fits").kind, found.why_not("fits").stopped_by) == ("stopped", "first")
    assert found.why_not("not").kind == "conditions"
    assert found.why_not("gone").kind == "absent"
    idle = asked(rules, {"n.one": 1}, caused=["r/first"])
    assert idle.why_not("first").kind == "caused-stop"
    assert (idle.why_not("fits").kind, idle.why_not("fits").stopped_by) == ("stopped-idle", "first")


def test_a_long_text_that_was_kept_shortened_is_not_held_against_the_rule() -> None:
    text = "x" * 500 + " vpn"
    none = rule("none", {"none": [says("t.one", "contains", "vpn")]})
    found = asked([none], {"t.one": text})
    why = found.why_not("none")
    assert why.kind == "unclear"
    assert why.conditions[0]["shortened"]
    known = asked([none], {"t.one": text}, whole={"t.one": text}).why_not("none")
    assert known.kind == "conditions"
    other = asked([none], {"t.one": text}, whole={"t.one": "another vpn"}).why_not("none")
    assert other.kind == "unclear"


def test_a_hostile_trace_is_answered_all_the_same() -> None:
    found = asked([rule("one", {"all": [says("n.one", "gt", 5)]})], {"n.one": "\ud800" * 9})
    assert found.why_not("one").kind == "conditions"
    empty = Asked(found.ruleset, {"facts": None, "now": "never", "rules": None, "changed": None})
    assert empty.why_not("one").kind == "conditions"


def test_two_hundred_rules_are_each_answered() -> None:
    rules = [rule(f"r{n}", {"all": [says("n.one", "is", n)]}) for n in range(200)]
    found = asked(rules, {"n.one": 7})
    kinds = [found.why_not(one.id).kind for one in found.rules()]
    assert kinds.count("fired") == 1
    assert kinds.count("conditions") == 199
