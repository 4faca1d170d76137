"""Each fault that is planted among clean rules is found, and its ticket proves it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules import Ruleset
from engine.rules.lint import Awaited, lint_rulesets
from tests.engine.rules.lint.planted import (
    FAMILIES,
    VOCABULARY,
    Data,
    clean,
    condition,
    planted,
    rule,
    ruleset,
)
from tests.engine.rules.lint.proof import Prover

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
SIZES = [10, 100, pytest.param(1_000, marks=pytest.mark.long)]
AWAITED = [Awaited("incident", "known"),
           Awaited("circle", "again", frozenset({"sample"}), frozenset({"again"}))]  # fmt: skip
STOP: dict[str, Any] = {"stop": True}
F = condition
GOLD = F("ticket.sla", "is", "g")
NAME = F("customer.name", "is", "X")
CREATED, CHANGED = {"events": ["ticket.created"]}, {"events": ["ticket.changed"]}


def shadow(first: Any, second: Any, **more: Any) -> list[Data]:
    """A rule that stops, and one that asks for no more."""
    return [rule("fault-a", first, {"custom.a": "1"}, **STOP, **more),
            rule("fault-b", second, {"custom.b": "1"})]  # fmt: skip


def together(firsts: list[Any], second: Any) -> list[Data]:
    """Several that stop, and one that asks for what only they let through."""
    stops = [rule(f"fault-{n}", when, {"custom.a": str(n)}, **STOP)
             for n, when in enumerate(firsts)]  # fmt: skip
    return [*stops, rule("fault-b", second, {"custom.b": "1"})]


def opposed(first: Any, second: Any, one: Any, other: Any) -> list[Data]:
    return [rule("fault-a", first, one), rule("fault-b", second, other)]


LONG, SHORT = "Zugangsproblem im Werk", "zugangsproblem"
CHANNELS = ["email", "web", "phone", "sms", "fax", "api", "note"]
FAULTS: dict[str, tuple[str, list[Data]]] = {
    "always": ("shadowed", shadow(None, [NAME])),
    "same": ("shadowed", shadow([NAME], [F("customer.name", "is", "x")])),
    "is in": ("shadowed", shadow([F("customer.name", "in", ["A", "X"])],
                                 [F("customer.name", "is", "x")])),
    "is contains": ("shadowed", shadow([F("customer.name", "contains", "gm")],
                                       [F("customer.name", "is", "Sigma")])),
    "is starts": ("shadowed", shadow([F("customer.name", "starts_with", "SI")],
                                     [F("customer.name", "in", ["Sigma", "Silva"])])),
    "is pattern": ("shadowed", shadow([F("customer.name", "matches", "^si.*a$")],
                                      [F("customer.name", "is", "Sigma")])),
    "is not": ("shadowed", shadow([F("customer.name", "is_not", "A")],
                                  [F("customer.name", "is", "B")])),
    "starts contains": ("shadowed", shadow([F("ticket.title", "contains", SHORT)],
                                           [F("ticket.title", "starts_with", LONG)])),
    "starts starts": ("shadowed", shadow([F("ticket.title", "starts_with", SHORT)],
                                         [F("ticket.title", "starts_with", LONG)])),
    "ends": ("shadowed", shadow([F("ticket.title", "ends_with", "werk")],
                                [F("ticket.title", "ends_with", LONG)])),
    "word contains": ("shadowed", shadow([F("ticket.title", "contains", [SHORT])],
                                         [F("ticket.title", "contains_word", [LONG, SHORT])])),
    "word word": ("shadowed", shadow([F("ticket.title", "contains_word", "Werk")],
                                     [F("ticket.title", "contains_word", LONG)])),
    "contains pattern": ("shadowed", shadow([F("ticket.title", "matches", "zugang.?problem")],
                                            [F("ticket.title", "contains", SHORT)])),
    "pattern pattern": ("shadowed", shadow([F("ticket.title", "matches", "zug[a-z]+")],
                                           [F("ticket.title", "matches", SHORT)])),
    "domain": ("shadowed", shadow([F("customer.email", "contains", "acme")],
                                  [F("customer.email", "domain_is", ["acme.test"])])),
    "range": ("shadowed", shadow([F("clock.left_minutes", "lt", 60)],
                                 [F("clock.left_minutes", "lte", 30)])),
    "range in": ("shadowed", shadow([F("clock.left_minutes", "gte", 5)],
                                    [F("clock.left_minutes", "in", [5, 7.5])])),
    "dates": ("shadowed", shadow([F("ticket.created", "before", "1990-01-01")],
                                 [F("ticket.created", "after", "1985-06-01"),
                                  F("ticket.created", "before", "1989-06-01")])),
    "age": ("shadowed", shadow([F("ticket.created", "older_than_minutes", 60)],
                               [F("ticket.created", "older_than_minutes", 90)])),
    "list": ("shadowed", shadow([F("ticket.tags", "has_any", ["x", "y"])],
                                [F("ticket.tags", "has", "y")])),
    "empty": ("shadowed", shadow([F("ticket.sla", "is_empty", False)],
                                 [F("ticket.sla", "starts_with", "g")])),
    "boolean": ("shadowed", shadow([F("mail.automatic", "is_not", False)],
                                   [F("mail.automatic", "is", True)])),
    "changed": ("shadowed", shadow([F("ticket.sla", "changed")],
                                   [F("ticket.sla", "changed_to", "gold")])),
    "only changed": ("shadowed", shadow(None, [F("ticket.sla", "changed_from", "gold")],
                                        changed=["ticket.sla"])),
    "any": ("shadowed", shadow({"any": [F("ticket.sla", "is", "gold"),
                                        F("ticket.sla", "is", "tin")]},
                               [F("ticket.sla", "in", ["tin", "gold"])])),
    "none": ("shadowed", shadow({"none": [F("ticket.sla", "is", "gold")]},
                                [F("ticket.sla", "is", "tin")])),
    "events": ("shadowed", [*shadow([GOLD], None, **CREATED)[:1],
                            rule("fault-b", [GOLD], {"custom.b": "1"},
                                 **CREATED)]),
    "channels": ("shadowed", together([[F("ticket.channel", "in", CHANNELS[:3])],
                                       [F("ticket.channel", "is_not", "email")]],
                                      [NAME])),
    "vip or not": ("shadowed", together([[F("customer.vip", "is", True)],
                                         [F("customer.vip", "is", False)]],
                                        [NAME])),
    "ranges": ("shadowed", together([[F("ticket.age_minutes", "lt", 5)],
                                     [F("ticket.age_minutes", "gte", 5)]],
                                    [F("ticket.age_minutes", "gt", 0)])),
    "words": ("shadowed", together([[F("ticket.title", "contains", "alpha")],
                                    [F("ticket.title", "contains", "omega")]],
                                   [F("ticket.title", "contains_word", ["alphabet", "omega"])])),
    "both events": ("shadowed", [
        rule("fault-0", [GOLD], {"custom.a": "1"}, **STOP, **CREATED),
        rule("fault-1", [GOLD], {"custom.a": "2"}, **STOP, **CHANGED),
        rule("fault-b", [GOLD], {"custom.b": "1"},
             events=["ticket.created", "ticket.changed"])]),
    "double": ("duplicate", opposed([GOLD, NAME],
                                    [F("customer.name", "in", ["x"]), F("ticket.sla", "is", "G")],
                                    {"custom.a": "1"}, {"custom.a": "1"})),
    "two queues": ("conflict", opposed([GOLD], [NAME],
                                       {"custom.a": "1"}, {"custom.a": "2"})),
    "two texts": ("conflict", opposed([F("ticket.title", "contains", "alpha")],
                                      [F("ticket.title", "ends_with", "omega")],
                                      {"custom.a": "1"}, {"custom.a": "2"})),
    "two ranges": ("conflict", opposed([F("ticket.age_minutes", "lte", 5)],
                                       [F("ticket.age_minutes", "gte", 5)],
                                       {"custom.a": 1}, {"custom.a": 2})),
    "tag on and off": ("conflict", opposed([GOLD],
                                           [F("ticket.sla", "starts_with", "g")],
                                           [{"add_tag": "hot"}], [{"remove_tag": "Hot"}])),
    "variable": ("conflict", opposed([GOLD],
                                     [F("ticket.sla", "is_empty", False)],
                                     [{"variable": {"x": 1}}], [{"variable": {"x": 2}}])),
    "back and forth": ("loop", opposed([GOLD, F("custom.a", "is_not", "1")],
                                       [F("custom.a", "is", "1")],
                                       {"custom.a": "1"}, {"custom.a": "2"})),
    "tag loop": ("loop", opposed({"all": [GOLD],
                                  "none": [F("ticket.tags", "has", "hot")]},
                                 [F("ticket.tags", "has", "hot")],
                                 [{"add_tag": "hot"}], [{"remove_tag": "hot"}])),
    "loop of three": ("loop", [
        rule("fault-a", [F("custom.a", "is", "1")], {"custom.a": "2"}),
        rule("fault-b", [F("custom.a", "is", "2")], {"custom.a": "3"}),
        rule("fault-c", [F("custom.a", "changed_to", "3")], {"custom.a": "1"})]),
    "over": ("expired", [rule("fault-a", [GOLD], {"custom.a": "1"},
                              valid_until="2026-05-01")]),
    "pattern in pattern": ("pattern", [rule("fault-a", {"any": [
        F("ticket.title", "matches", "omega[0-9]+"), F("ticket.title", "matches", "omega77")]},
        {"custom.a": "1"}, **STOP)]),
    "pattern twice": ("pattern", [rule("fault-a", {"any": [
        F("ticket.title", "matches", "om.ga"), F("ticket.title", "matches", "om.ga")]},
        {"custom.a": "1"}, **STOP)]),
    "word in word": ("word", [rule("fault-a", [
        F("ticket.title", "contains", ["omega", "omegas"])], {"custom.a": "1"}, **STOP)]),
    "nobody waits": ("unawaited", [rule("fault-a", [GOLD],
                                        [{"message": "unknown"}])]),
    "round by a process": ("message-loop", [rule("fault-a", [GOLD],
                                                 [{"message": "again"}])]),
}  # fmt: skip


def found_in(one: Ruleset) -> list[Any]:
    return lint_rulesets([one], VOCABULARY, now=NOW, awaited=AWAITED).get(one.name, [])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_shown(name: str, size: int) -> None:
    code, fault = FAULTS[name]
    # What stops everything shadows whatever is behind it; that is right, and not asked here.
    last = name in ("always", "channels", "vip or not", "none", "is not")
    rules = clean(size)
    one = ruleset([*rules, *fault] if last else planted(rules, fault, size))
    found = found_in(one)
    mine = [p for p in found if (p.element or "").startswith("fault")]
    assert code in {problem.code for problem in mine}, (found, fault)
    prover = Prover([one])
    assert [problem for problem in found if not prover.proves(one.name, problem)] == []
    assert found == mine


def test_faults_of_all_classes_among_a_thousand_rules() -> None:
    rules, wanted = clean(1_000), set()
    for name in ("range", "dates", "double", "two queues", "loop of three", "over", "word in word",
                 "pattern in pattern", "nobody waits", "round by a process"):  # fmt: skip
        code, fault = FAULTS[name]
        wanted.add(code)
        said = json.dumps(fault).replace("fault-", f"fault-{name.replace(' ', '-')}-")
        rules = planted(rules, json.loads(said.replace("custom.a", f"custom.{len(wanted)}")))
    one = ruleset(rules)
    found = found_in(one)
    assert {problem.code for problem in found} == wanted
    assert all((problem.element or "").startswith("fault-") for problem in found)
    prover = Prover([one])
    assert [problem for problem in found if not prover.proves(one.name, problem)] == []


@pytest.mark.parametrize(
    "size", [0, 1, 10, 100, 1_000, pytest.param(10_000, marks=pytest.mark.long)]
)
def test_nothing_is_said_of_clean_rules(size: int) -> None:
    assert found_in(ruleset(clean(size, seed=size))) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 400), unique=True, max_size=60))
def test_nothing_is_said_of_any_clean_rules(numbers: list[int]) -> None:
    assert found_in(ruleset([FAMILIES[n % len(FAMILIES)](n) for n in numbers])) == []


def table(facts: dict[str, list[str]], left_out: int) -> list[Data]:
    """A rule for each combination of the values but one."""
    combinations = list(product(*facts.values()))
    return [
        rule(f"r{n}", [F(fact, "is", value) for fact, value in zip(facts, values, strict=True)],
             {"custom.a": f"{n}"}, **STOP)
        for n, values in enumerate(combinations) if n != left_out
    ]  # fmt: skip


COLUMNS = {
    10: {"ticket.channel": CHANNELS, "article.direction": ["in", "out", "internal"]},
    100: {"ticket.channel": CHANNELS, "article.channel": CHANNELS,
          "article.direction": ["in", "out", "internal"]},
    1_000: {"ticket.channel": CHANNELS, "article.channel": CHANNELS,
            "article.direction": ["in", "out", "internal"],
            "article.writer": ["customer", "owner", "agent", "participant", "stranger", "bounce",
                               "machine"]},
}  # fmt: skip


@pytest.mark.parametrize("size", COLUMNS)
def test_a_combination_without_a_rule_is_told(size: int) -> None:
    one = ruleset(table(COLUMNS[size], size // 2), default=[{"set": {"queue": "Q"}}])
    (problem,) = found_in(one)
    assert (problem.code, problem.severity, problem.element) == ("gap", "info", None)
    assert Prover([one]).proves(one.name, problem)
    values = list(product(*COLUMNS[size].values()))[size // 2]
    told = "; ".join(
        f"{f}: {v}" for f, v in zip(sorted(COLUMNS[size]), sorted_by(size, values), strict=True)
    )
    assert sorted(problem.message.removeprefix("only the default catches ").split("; ")) == sorted(
        told.split("; ")
    )


def sorted_by(size: int, values: tuple[str, ...]) -> list[str]:
    return [value for _, value in sorted(zip(COLUMNS[size], values, strict=True))]


def test_a_full_table_has_no_gaps() -> None:
    assert found_in(ruleset(table(COLUMNS[100], -1))) == []


def test_many_gaps_are_told_in_few_words() -> None:
    rules = table(COLUMNS[100], -1)
    one = ruleset([one for n, one in enumerate(rules) if n % 7 < 4])
    found = found_in(one)
    assert 1 <= len(found) <= 6
    assert all(Prover([one]).proves(one.name, problem) for problem in found)


def test_a_rule_for_some_means_nothing_about_the_others() -> None:
    rules = [rule("a", [F("customer.vip", "is", True)], {"custom.a": "1"})]
    assert found_in(ruleset(rules, default=[{"set": {"queue": "Q"}}])) == []


def test_what_the_desk_has_counts_for_gaps() -> None:
    rules = [rule(f"r{n}", [F("ticket.type", "is", kind)], {"custom.a": kind}, **STOP)
             for n, kind in enumerate(["incident", "question"])]  # fmt: skip
    one = ruleset(rules)
    (problem,) = lint_rulesets(
        [one], VOCABULARY, values={"ticket.type": ["incident", "question", "change"]}
    )["sample"]
    assert problem.message == "nothing catches ticket.type: change"
    assert problem.witness == {"event": "ticket.created", "facts": {"ticket.type": "change"}}
    assert lint_rulesets([one], VOCABULARY) == {}


def test_a_loop_between_rulesets() -> None:
    first = ruleset(
        [rule("a", [F("ticket.queue", "is", "One")], {"queue": "Two"}, **STOP)], "first"
    )
    second = ruleset(
        [rule("b", [F("ticket.queue", "is", "Two")], {"queue": "One"}, **STOP)], "second"
    )
    found = lint_rulesets([second, first], VOCABULARY)
    (problem,) = found.pop("first")
    assert found == {}
    assert problem.message == "these rules set each other off: first/a → second/b → first/a"
    assert Prover([first, second]).proves("first", problem)


def test_what_a_rule_changes_itself_is_no_loop() -> None:
    rules = [rule("a", [F("ticket.queue", "is", "One")], {"queue": "Two"}, **STOP),
             rule("b", [F("ticket.queue", "is", "Two")], {"queue": "Three"}, **STOP)]  # fmt: skip
    assert lint_rulesets([ruleset(rules)], VOCABULARY) == {}


def test_a_base_that_many_override_is_told_once() -> None:
    rules = [rule("base", None, {"custom.a": "base"})]
    rules += [rule(f"r{n}", [F("customer.name", "is", f"N{n}")], {"custom.a": f"{n}"})
              for n in range(50)]  # fmt: skip
    one = ruleset(rules)
    (problem,) = found_in(one)
    assert problem.element == "base"
    assert problem.message.startswith("custom.a: 50 later rules set it otherwise")
    assert Prover([one]).proves(one.name, problem)


def test_a_step_that_is_entered_again_by_its_own_message() -> None:
    step = Awaited("circle", "again", frozenset(), frozenset({"again"}),
                   frozenset({("ask", "customer")}))  # fmt: skip
    asked = [rule("a", [F("step.lane", "is", "customer")], [{"message": "again"}],
                  events=["step.entered"])]  # fmt: skip
    one = ruleset(asked, events=["step.entered"])
    (problem,) = lint_rulesets([one], VOCABULARY, awaited=[step])["sample"]
    assert problem.code == "message-loop"
    assert problem.witness is not None
    assert problem.witness["facts"]["step.id"] == "ask"
    elsewhere = Awaited("circle", "again", frozenset(), frozenset({"again"}),
                        frozenset({("ask", "staff")}))  # fmt: skip
    assert lint_rulesets([one], VOCABULARY, awaited=[elsewhere]) == {}


NOT_WRONG: dict[str, list[Data]] = {
    "a wider one behind": shadow([GOLD], [F("ticket.sla", "starts_with", "g")]),
    "another event": [rule("a", None, {"custom.a": "1"}, **STOP, **CREATED),
                      rule("b", None, {"custom.b": "1"})],
    "another time": [rule("a", None, {"custom.a": "1"}, **STOP, valid_until="2030-01-01"),
                     rule("b", None, {"custom.b": "1"})],
    "off": [rule("a", None, {"custom.a": "1"}, **STOP, active=False),
            rule("b", None, {"custom.b": "1"})],
    "only when changed": [rule("a", None, {"custom.a": "1"}, **STOP, changed=["ticket.sla"]),
                          rule("b", None, {"custom.b": "1"})],
    "folded letters": shadow([F("ticket.title", "matches", "strasse")],
                             [F("ticket.title", "contains", "strasse")]),
    "words beside each other": shadow([F("ticket.title", "contains_word", "Werk")],
                                      [F("ticket.title", "contains", "Werk")]),
    "all but one value": together([[F("ticket.channel", "is", c)] for c in CHANNELS[1:]], None),
    "between whole numbers": together([[F("ticket.age_minutes", "lte", 1)],
                                       [F("ticket.age_minutes", "gte", 2)]],
                                      [F("ticket.age_minutes", "gt", 0)]),
    "the same value": opposed([GOLD], [NAME],
                              {"custom.a": "1"}, {"custom.a": "1"}),
    "apart": opposed([GOLD], [F("ticket.sla", "is", "h")],
                     {"custom.a": "1"}, {"custom.a": "2"}),
    "apart by a stop before": [rule("x", [GOLD], {"custom.b": "1"}, **STOP),
                               *opposed([F("ticket.sla", "in", ["g", "h"])],
                                        [F("ticket.sla", "in", ["g", "i"])],
                                        {"custom.a": "1"}, {"custom.a": "2"})],
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_WRONG)
def test_no_false_alarm(name: str) -> None:
    found = lint_rulesets([ruleset(NOT_WRONG[name])], VOCABULARY)
    assert [p for problems in found.values() for p in problems if p.severity != "info"] == []
