"""What rules can say: each example is read as a rule, so that it can be copied as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rules import load_vocabulary
from engine.rules.operators import OPERATORS
from engine.rules.pieces import action_problems, condition_problems
from engine.rules.reference import (
    action_for,
    as_text,
    condition_by,
    condition_for,
    operators_for,
)
from engine.rules.source import read_yaml

VOCABULARY = load_vocabulary(
    (Path(__file__).parents[3] / "rules" / "vocabulary.yaml").read_text("utf-8")
)
PAIRS = [
    (fact.name, operator.name)
    for fact in VOCABULARY.facts.values()
    for operator in operators_for(fact)
]


@pytest.mark.parametrize(("fact", "op"), PAIRS)
def test_each_fact_can_be_asked_about_by_each_of_its_operators(fact: str, op: str) -> None:
    text = as_text(condition_for(VOCABULARY.facts[fact], op=op))
    data, problems = read_yaml(text)
    assert problems == []
    assert condition_problems(dict(data[0]), VOCABULARY) == []


@pytest.mark.parametrize("op", OPERATORS)
def test_each_operator_has_an_example(op: str) -> None:
    condition = condition_by(OPERATORS[op], VOCABULARY)
    assert condition["op"] == op
    assert condition_problems(condition, VOCABULARY) == []


@pytest.mark.parametrize("verb", VOCABULARY.actions)
def test_each_action_has_an_example_also_with_what_a_desk_has(verb: str) -> None:
    known = VOCABULARY.actions[verb]
    assert action_problems(action_for(known), VOCABULARY) == []
    numbers = {name: ["3"] for name, field in known.fields.items() if field["type"] == "number"}
    numbers |= {"": ["3"]} if known.value == "number" else {}
    few = {name: field["values"] for name, field in known.fields.items() if field.get("values")}
    made = action_for(known, lambda _, field: (numbers | few).get(field, ["Network::VPN"]))
    assert action_problems(made, VOCABULARY) == []
    data, _ = read_yaml(as_text(made))
    assert dict(data[0]) == made


def test_values_of_the_desk_are_those_of_the_example() -> None:
    queue, vip = VOCABULARY.facts["ticket.queue"], VOCABULARY.facts["customer.vip"]
    priority = VOCABULARY.facts["ticket.priority"]
    assert condition_for(queue, ["Network::VPN"])["value"] == "Network::VPN"
    assert condition_for(queue, ["A", "B", "C"], "in")["value"] == ["A", "B"]
    assert condition_for(vip, ["true", "false"])["value"] is True
    assert condition_for(priority, ["4"])["value"] == 4
