"""Order, stop, activity, validity, events, changes and the oracle's last word."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import NotFound
from engine.rules import Vocabulary, compile_release
from engine.rules.compiler import Plan
from engine.rules.release import Decision

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
HIT = {"all": [{"fact": "s.one", "op": "is", "value": "a"}]}
FACTS = {"s.one": "a"}


def matched(release: Any, facts: dict[str, Any] = FACTS, **more: Any) -> tuple[str, ...]:
    return release.evaluate("sample", facts, **{"now": NOW, **more}).matched


def test_rules_are_asked_by_order_then_as_written(make: Callable[..., Any]) -> None:
    rules = [{"when": HIT, "order": order} for order in (30, 10, 20, 10)]
    assert matched(make(rules)) == ("rule1", "rule3", "rule2", "rule0")


def test_stop_ends_and_is_named(make: Callable[..., Any]) -> None:
    release = make([{"when": HIT}, {"when": HIT, "stop": True}, {}])
    result = release.evaluate("sample", FACTS, now=NOW)
    assert result.matched == ("rule0", "rule1")
    assert result.trace["stopped_by"] == "rule1"
    assert matched(release, {}) == ("rule2",)


def test_an_inactive_rule_neither_fires_nor_stops(make: Callable[..., Any]) -> None:
    release = make([{"when": HIT, "stop": True, "active": False}, {"when": HIT}])
    assert matched(release) == ("rule1",)


@pytest.mark.parametrize(
    ("now", "fires"),
    [
        ("2026-05-01T05:59:59+00:00", False),
        ("2026-05-01T06:00:00+00:00", True),
        ("2026-05-31T23:59:59+00:00", True),
        ("2026-06-01T00:00:00+00:00", False),
    ],
)
def test_validity(make: Callable[..., Any], now: str, fires: bool) -> None:
    rule = {"valid_from": "2026-05-01T08:00:00+02:00", "valid_until": "2026-06-01"}
    assert bool(matched(make([rule]), now=datetime.fromisoformat(now))) is fires


def test_a_rule_may_hear_less_than_its_set(make: Callable[..., Any]) -> None:
    release = make([{"events": ["ticket.created"]}, {}])
    assert matched(release, event="ticket.created") == ("rule0", "rule1")
    assert matched(release, event="ticket.changed") == ("rule1",)
    assert matched(release) == ("rule1",)


@pytest.mark.parametrize("skip", ["rule0", "sample/rule0"])
def test_a_rule_that_led_here_does_nothing_again_and_ends_the_asking_as_it_did(
    make: Callable[..., Any], skip: str
) -> None:
    release = make([{"when": HIT, "stop": True}, {}], default=[{"set": {"queue": "Rest"}}])
    caused = frozenset({skip, "other/rule1"})
    result = release.evaluate("sample", FACTS, skip=caused, now=NOW)
    assert (result.matched, result.decisions) == ((), ())
    assert result.trace["stopped_by"] == "rule0"
    first, second = result.trace["rules"]
    assert (first["id"], first["matched"], first["caused"]) == ("rule0", False, True)
    assert [condition["truth"] for condition in first["conditions"]] == [True]
    assert second == {"id": "rule1", "matched": False}


def test_a_rule_that_led_here_and_holds_no_more_lets_the_others_be_asked(
    make: Callable[..., Any],
) -> None:
    release = make([{"when": HIT, "stop": True}, {}])
    result = release.evaluate("sample", {}, skip=frozenset({"sample/rule0"}), now=NOW)
    assert result.matched == ("rule1",)
    assert result.trace["stopped_by"] is None


def test_a_rule_that_led_here_without_ending_anything_leaves_the_others_alone(
    make: Callable[..., Any],
) -> None:
    release = make([{"when": HIT}, {}])
    assert matched(release, skip=frozenset({"rule0"})) == ("rule1",)


def test_a_default_does_not_undo_what_a_rule_has_just_done_nor_repeat_itself(
    make: Callable[..., Any],
) -> None:
    release = make([{"when": HIT}], default=[{"set": {"queue": "Rest"}}])
    caused = frozenset({"sample/rule0"})
    assert release.evaluate("sample", FACTS, skip=caused, now=NOW).decisions == ()
    (decision,) = release.evaluate("sample", {}, skip=caused, now=NOW).decisions
    assert decision.rule == "default"
    own = frozenset({"sample/default"})
    assert release.evaluate("sample", {}, skip=own, now=NOW).decisions == ()


def test_a_rule_for_changes_of_certain_facts(make: Callable[..., Any]) -> None:
    release = make([{"changed": ["s.one"]}])
    assert matched(release, changed={"s.one": ("b", "a")}) == ("rule0",)
    assert matched(release, changed={"s.two": ("b", "a")}) == ()
    assert matched(release, changed={"s.one": ("a", "a")}) == ()
    assert matched(release) == ()


def test_decisions_in_order_one_field_each(make: Callable[..., Any]) -> None:
    then = [{"set": {"queue": "Network", "priority": 4}}, {"add_tag": "vpn"},
            {"notify": {"to": "owner", "template": "t"}}, {"variable": {"way": "x"}}]  # fmt: skip
    result = make([{"then": then}]).evaluate("sample", {}, now=NOW)
    assert result.decisions == (
        Decision("rule0", "set", {"queue": "Network"}),
        Decision("rule0", "set", {"priority": 4}),
        Decision("rule0", "add_tag", "vpn"),
        Decision("rule0", "notify", {"to": "owner", "template": "t"}),
        Decision("rule0", "variable", {"way": "x"}),
    )


def test_the_default_is_for_tickets_that_no_rule_took(make: Callable[..., Any]) -> None:
    release = make([{"when": HIT}], default=[{"set": {"queue": "Rest"}}])
    result = release.evaluate("sample", {}, now=NOW)
    assert result.decisions == (Decision("default", "set", {"queue": "Rest"}),)
    assert [d.rule for d in release.evaluate("sample", FACTS, now=NOW).decisions] == ["rule0"]


def test_an_unknown_ruleset_is_not_found(make: Callable[..., Any]) -> None:
    with pytest.raises(NotFound):
        make([{}]).evaluate("other", {}, now=NOW)


def test_where_core_and_oracle_differ_the_oracle_is_right(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    release = make([{"when": HIT}, {}])
    monkeypatch.setattr(Plan, "match", lambda plan, facts, among=None: {0})
    with caplog.at_level(logging.ERROR):
        result = release.evaluate("sample", {}, now=NOW)
    assert result.matched == ("rule1",)
    assert result.trace["differs"] is True
    assert "differs in sample" in caplog.text
    assert "rule0" in caplog.text


def test_where_the_core_fails_the_oracle_answers(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(plan: Plan, facts: Any, among: Any = None) -> set[int]:
        raise RuntimeError("302")

    release = make([{"when": HIT}])
    monkeypatch.setattr(Plan, "match", fail)
    result = release.evaluate("sample", FACTS, now=NOW)
    assert result.matched == ("rule0",)
    assert result.trace["differs"] is True
    assert "core failed" in caplog.text


def test_the_trace_says_what_was_seen(make: Callable[..., Any]) -> None:
    release = make([{"when": HIT}, {"when": {"none": HIT["all"]}}])
    facts = {"s.one": "A", "n.one": 5}
    changed = {"s.one": ("b", "A")}
    trace = release.evaluate(
        "sample", facts, event="ticket.changed", changed=changed, now=NOW
    ).trace
    assert trace["release"] == release.digest
    assert trace["facts"] == {"s.one": "A"}
    assert trace["changed"] == {"s.one": ["b", "A"]}
    assert trace["event"] == "ticket.changed"
    first, second = trace["rules"]
    assert first["title"]["en"] == "Rule 0"
    assert first["conditions"] == [
        {"fact": "s.one", "op": "is", "value": "a", "seen": "A", "truth": True, "wanted": True}
    ]
    assert second == {"id": "rule1", "matched": False}
    assert trace["micros"] >= 0


def test_the_trace_is_json_and_small_whatever_was_seen(
    make: Callable[..., Any], odd: Callable[[int], Any]
) -> None:
    facts = ["s.one", "t.one", "n.one", "l.one", "d.one", "b.one"]
    when = {"any": [{"fact": fact, "op": "is_empty", "value": flag} for fact in facts
                    for flag in (True, False)]}  # fmt: skip
    release = make([{"when": when}])
    maker = odd(5)
    for _ in range(100):
        text = json.dumps(
            release.evaluate("sample", maker.ticket(), changed=maker.changed(), now=NOW).trace,
            ensure_ascii=False, allow_nan=False,
        )  # fmt: skip
        assert len(text.encode("utf-8")) < 20_000
        assert "\\u0000" not in text


def test_why_a_rule_did_not_fire(make: Callable[..., Any]) -> None:
    release = make([{"when": HIT}])
    (condition,) = release.why("sample", "rule0", {"s.one": "b"}, now=NOW)
    assert (condition["truth"], condition["wanted"], condition["seen"]) == (False, True, "b")
    with pytest.raises(NotFound):
        release.why("sample", "rule7", {}, now=NOW)


def test_the_digest_is_of_the_content(make: Callable[..., Any]) -> None:
    assert make([{"when": HIT}]).digest == make([{"when": HIT}]).digest
    assert make([{"when": HIT}]).digest != make([{}]).digest


def test_a_release_of_nothing(vocabulary: Vocabulary) -> None:
    release = compile_release([], vocabulary)
    assert release.names == ()
    assert release.listening("ticket.created") == []


def test_a_ruleset_without_rules_gives_its_default(make: Callable[..., Any]) -> None:
    release = make([], default=[{"add_tag": "x"}])
    assert release.evaluate("sample", {}, now=NOW).decisions[0].value == "x"
