"""The JSON Schema of rule files says of each file what the reader says of its shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.rules import load_vocabulary
from engine.rules.conditions import ConditionReader, Findings
from engine.rules.document import parse_ruleset
from engine.rules.schema import examples_schema, schema_of
from engine.rules.source import read_yaml

RULES = Path(__file__).parents[3] / "rules"
VOCABULARY = load_vocabulary((RULES / "vocabulary.yaml").read_text("utf-8"))
SCHEMA = Draft202012Validator(schema_of(VOCABULARY))
NOT_RULES = ("vocabulary", "calendars", "slas")
GOOD = """ruleset: sample
title: {de: A, en: A}
events: [ticket.created]
rules:
  - id: one
    title: {de: A, en: A}
    when: {all: [{fact: ticket.title, op: contains, value: VPN}]}
    then: [{set: {queue: Network}}]
"""
TITLE = "title: {de: A, en: A}"
WHEN = "{fact: ticket.title, op: contains, value: VPN}"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema_of(VOCABULARY))


@pytest.mark.parametrize(
    "path", [p for p in sorted(RULES.glob("*.yaml")) if p.stem not in NOT_RULES], ids=str
)
def test_every_ruleset_that_is_shipped_fits(path: Path) -> None:
    data = read_yaml(path.read_text("utf-8"))[0]
    assert [error.message for error in SCHEMA.iter_errors(data)] == []


@pytest.mark.parametrize(("old", "new"), [
    ("ruleset: sample", "ruleset: Not so"), (TITLE, "title: {de: A}"), ("rules:", "rule:"),
    ("ticket.created", "ticket.born"), ("id: one", "id: default"),
    ("id: one", "id: one\n    odd: 1"),
    ("id: one", "id: one\n    stop: 3"), ("id: one", "id: one\n    order: first"),
    ("id: one", "id: one\n    changed: []"), ("id: one", "id: one\n    changed: [ticket.nothing]"),
    ("{all: ", "{every: "), (f"[{WHEN}]", "[]"), ("op: contains", "op: holds"),
    ("op: contains", "op: gte"), ("fact: ticket.title", "fact: ticket.nothing"),
    ("value: VPN", "value: 5"), ("value: VPN", "values: VPN"), (", value: VPN", ""),
    (WHEN, "{fact: ticket.priority, op: is, value: many}"),
    (WHEN, "{fact: ticket.channel, op: is, value: pigeon}"),
    (WHEN, "{fact: ticket.queue, op: in, value: HR}"),
    (WHEN, "{fact: ticket.created, op: older_than_minutes, value: -5}"),
    (WHEN, "{fact: ticket.queue, op: changed, value: maybe}"),
    (WHEN, "{fact: custom.site, op: before, value: 5}"),
    ("{set: {queue: Network}}", "{}"), ("[{set: {queue: Network}}]", "[]"),
    ("set: {queue: Network}", "put: Network"), ("{queue: Network}", "{place: Network}"),
    ("{queue: Network}", "{priority: 9}"), ("set: {queue: Network}", "assign: {to: dice}"),
    ("set: {queue: Network}", "assign: {group: hr}"), ("set: {queue: Network}", "add_tag: [a]"),
    ("set: {queue: Network}", "notify: {to: owner}"), ("{queue: Network}", "{custom.a: [x]}"),
])  # fmt: skip
def test_what_the_reader_refuses_in_shape_the_schema_refuses_too(old: str, new: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    assert parse_ruleset(None, text, VOCABULARY)[0] is None
    assert not SCHEMA.is_valid(read_yaml(text)[0])
    assert SCHEMA.is_valid(read_yaml(GOOD)[0])


def test_of_any_condition_both_say_the_same(odd: Any, vocabulary: Any) -> None:
    whole = schema_of(vocabulary)
    schema = Draft202012Validator({**whole, "$ref": "#/$defs/group", "type": "object",
                                   "required": [], "properties": {},
                                   "additionalProperties": True})  # fmt: skip
    told = {True: 0, False: 0}
    for seed in range(150):
        data = read_yaml(yaml.safe_dump(odd(seed).group(0), allow_unicode=True))[0]
        findings = Findings()
        ConditionReader(vocabulary, findings, "r").when(data, 1)
        assert schema.is_valid(data) is not findings.failed, (seed, findings.problems)
        told[not findings.failed] += 1
    assert told[True] > 20


def test_own_fields_are_named_with_what_they_are_called() -> None:
    schema = Draft202012Validator(schema_of(VOCABULARY, {"site": "Site"}))
    known = GOOD.replace(WHEN, "{fact: custom.site, op: is, value: Ulm}")
    assert schema.is_valid(read_yaml(known)[0])
    assert not schema.is_valid(read_yaml(known.replace("custom.site", "custom.other"))[0])
    assert '"description": "Site"'.replace('"', "'") in str(schema.schema)


def test_files_of_examples_have_a_schema_too() -> None:
    schema = examples_schema(VOCABULARY)
    Draft202012Validator.check_schema(schema)
    fits = Draft202012Validator(schema)
    for path in sorted((RULES / "examples").glob("*.yaml")):
        data = read_yaml(path.read_text("utf-8"))[0]
        assert [error.message for error in fits.iter_errors(data)] == [], path.name
    good: dict[str, Any] = {"name": "a", "facts": {"ticket.title": "b"}, "expect": {"rules": []}}
    assert fits.is_valid([good])
    for odd in ({"facts": {"ticket.nothing": 1}}, {"expect": {}}, {"expect": {"queue": 1}},
                {"event": "ticket.born"}, {"odd": 1}):  # fmt: skip
        assert not fits.is_valid([good | odd]), odd


@pytest.mark.parametrize("language", ["de", "en"])
def test_everything_that_has_a_name_says_what_it_is_for(language: str) -> None:
    """Editors show it beside what they offer."""
    schema = schema_of(VOCABULARY, {"site": "Standort"}, language)
    parts = schema["$defs"]
    named = [schema["properties"], parts["rule"]["properties"], parts["group"]["properties"],
             parts["condition"]["properties"], parts["example"]["properties"],
             parts["actions"]["items"]["properties"], parts["title"]["properties"],
             parts["example"]["properties"]["expect"]["properties"],
             parts["actions"]["items"]["properties"]["set"]["properties"]]  # fmt: skip
    assert [key for one in named for key in one if not one[key].get("description")] == []
    said = parts["rule"]["properties"]["then"]["description"]
    assert said == {"de": "Aktionen", "en": "actions"}[language]
