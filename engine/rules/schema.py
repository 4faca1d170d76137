"""The format of rule files as a JSON Schema, made from the vocabulary and the table of operators.

Editors complete and mark by it. It says what a file may look like; what the names in it lead to,
how deep groups may be nested and whether a pattern is one, only `vorgang rules check` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.rules import key_words
from engine.rules.actions import MOST as MOST_ACTIONS
from engine.rules.actions import MOST_MEMBERS
from engine.rules.conditions import LONGEST_AGE, MODES, MOST_VALUES, WHOLE
from engine.rules.document import ID, MOST_RULES, NAME, ORDER
from engine.rules.examples import EXPECTED, KEYS
from engine.rules.facts import BESIDE
from engine.rules.operators import OPERATORS, Operator
from engine.rules.spoken import OFFSET, TONGUES
from engine.rules.vocabulary import LANGUAGES, Verb, Vocabulary

Schema = dict[str, Any]
Choices = Mapping[str, Sequence[str]]  # by own field

DRAFT = "https://json-schema.org/draft/2020-12/schema"
OPEN = "[A-Za-z0-9_-]{1,60}"
WORD: Schema = {"type": "string", "pattern": r"\S"}
SCALARS: dict[str, Schema] = {
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "pattern": r"^\s*\d{4}"},
}
PLAIN: Schema = {"type": ["string", "number", "boolean"]}
FLAG: Schema = {"type": ["boolean", "null"]}
MISSING: Schema = {"type": "null"}
MOMENT: Schema = {"type": ["string", "null"]}


def schema_of(
    vocabulary: Vocabulary,
    own: Mapping[str, str] | None = None,
    language: str = "en",
    choices: Choices | None = None,
) -> Schema:
    """The schema of one ruleset's file; `own` are the company's fields by name, with their label.

    Without `own` any name may stand for an own field; `choices` are what those of that kind take.
    `language` is that of the descriptions.
    """
    return {
        "$schema": DRAFT,
        "title": "Vorgang ruleset",
        "type": "object",
        "required": ["ruleset", "title", "rules"],
        "additionalProperties": False,
        "properties": _said(key_words.RULESET, language, {
            "ruleset": {"type": "string", "pattern": _pattern(NAME)},
            "title": {"$ref": "#/$defs/title"},
            "events": {"$ref": "#/$defs/events"},
            "default": {"anyOf": [{"$ref": "#/$defs/actions"}, {"enum": [None, []]}]},
            "rules": {
                "type": "array", "items": {"$ref": "#/$defs/rule"}, "maxItems": MOST_RULES
            },
            "tests": {"type": ["array", "null"], "items": {"$ref": "#/$defs/example"}},
            "note": {},
        }),
        "$defs": _parts(vocabulary, own, language, choices or {}),
    }  # fmt: skip


def examples_schema(
    vocabulary: Vocabulary,
    own: Mapping[str, str] | None = None,
    language: str = "en",
    choices: Choices | None = None,
) -> Schema:
    """The schema of a file of examples, which stands beside a ruleset."""
    return {
        "$schema": DRAFT,
        "title": "Vorgang examples",
        "type": ["array", "null"],
        "items": {"$ref": "#/$defs/example"},
        "$defs": _parts(vocabulary, own, language, choices or {}),
    }


def _parts(
    vocabulary: Vocabulary, own: Mapping[str, str] | None, language: str, choices: Choices
) -> Schema:
    texts = {one: {"type": "string", "minLength": 1} for one in LANGUAGES}
    events = _named({n: e["label"] for n, e in vocabulary.events.items()}, language)
    verbs = {n: _verb(v, own, language, choices) for n, v in vocabulary.actions.items()}
    return {
        "title": {
            "type": "object",
            "required": list(LANGUAGES),
            "properties": _said(key_words.LANGUAGE, language, texts),
        },
        "event": events,
        "events": {"type": ["array", "null"], "items": {"$ref": "#/$defs/event"}},
        "rule": _rule(language),
        "group": _group(language),
        "fact": _fact_names(vocabulary, own, language),
        "condition": _condition(vocabulary, language, choices),
        "actions": {
            "type": "array", "minItems": 1, "maxItems": MOST_ACTIONS,
            "items": {
                "type": "object", "minProperties": 1, "maxProperties": 1,
                "additionalProperties": False, "properties": verbs,
            },
        },
        "example": _example(vocabulary, language),
    }  # fmt: skip


def _example(vocabulary: Vocabulary, language: str) -> Schema:
    """What an example may look like; whether what it expects can be decided, only a run says."""
    shapes: dict[str, Schema] = {key: {} for key in KEYS}
    labels = {name: verb.label for name, verb in vocabulary.actions.items()}
    beside = {"type": "string", "pattern": rf"\.({'|'.join(BESIDE)})$"}
    names = {"anyOf": [{"$ref": "#/$defs/fact"}, beside]}
    facts = {"type": "object", "propertyNames": names}
    expect = {
        "type": "object", "minProperties": 1, "additionalProperties": False,
        "properties": _said(labels | key_words.EXPECTED, language, {key: {} for key in EXPECTED}),
    }  # fmt: skip
    given: dict[str, Schema] = {
        "name": {"type": "string"}, "event": {"anyOf": [{"$ref": "#/$defs/event"}, MISSING]},
        "facts": facts, "changed": {"type": "object"}, "now": MOMENT, "expect": expect,
    }  # fmt: skip
    return {
        "type": "object",
        "required": ["name", "expect"],
        "additionalProperties": False,
        "properties": _said(key_words.EXAMPLE, language, shapes | given),
    }


def _rule(language: str) -> Schema:
    return {
        "type": "object",
        "required": ["id", "title", "then"],
        "additionalProperties": False,
        "properties": _said(key_words.RULE, language, {
            "id": {"type": "string", "pattern": _pattern(ID), "not": {"const": "default"}},
            "title": {"$ref": "#/$defs/title"},
            "order": {"type": "integer", "minimum": -ORDER, "maximum": ORDER},
            "when": {"$ref": "#/$defs/group"},
            "then": {"$ref": "#/$defs/actions"},
            "stop": {"type": "boolean"},
            "active": {"type": "boolean"},
            "valid_from": MOMENT,
            "valid_until": MOMENT,
            "events": {"$ref": "#/$defs/events"},
            "changed": {
                "type": ["array", "null"], "minItems": 1, "items": {"$ref": "#/$defs/fact"}
            },
            "note": {},
        }),
    }  # fmt: skip


def _group(language: str) -> Schema:
    """A member that has one of the keys of a group is one, as the reader takes it."""
    member = {
        "if": {"anyOf": [{"required": [mode]} for mode in MODES]},
        "then": {"$ref": "#/$defs/group"},
        "else": {"$ref": "#/$defs/condition"},
    }
    members = {"type": "array", "minItems": 1, "items": {"type": "object", **member}}
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": _said(key_words.GROUP, language, dict.fromkeys(MODES, members)),
    }


def _condition(vocabulary: Vocabulary, language: str, choices: Choices) -> Schema:
    """Which operators fit a fact of each kind, and what value each of them takes."""
    kinds: dict[tuple[str, tuple[str, ...]], list[Schema]] = {}
    for name, fact in vocabulary.facts.items():
        kinds.setdefault((fact.kind, fact.values), []).append(_one_fact(name))
    for name, listed in choices.items():
        kinds.setdefault(("enum", tuple(listed)), []).append(_one_fact(f"custom.{name}"))
    return {
        "type": "object",
        "required": ["fact", "op"],
        "additionalProperties": False,
        "properties": _said(key_words.CONDITION, language, {
            "fact": {"$ref": "#/$defs/fact"},
            "op": {"enum": list(OPERATORS)},
            "value": {},
        }),
        "allOf": [
            {
                "if": {"properties": {"fact": {"anyOf": names}}},
                "then": {"anyOf": _shapes(kind, values)},
            }
            for (kind, values), names in kinds.items()
        ],
    }  # fmt: skip


def _shapes(kind: str, values: tuple[str, ...]) -> list[Schema]:
    """Operators that take the same values stand together."""
    found: dict[str, tuple[list[str], Schema]] = {}
    for operator in OPERATORS.values():
        if kind == "any" or kind in operator.kinds:
            value = _value(operator, kind, values)
            found.setdefault(repr(value), ([], value))[0].append(operator.name)
    return [
        {
            "properties": {"op": {"enum": names}, "value": value},
            "required": [] if value == FLAG else ["value"],
        }
        for names, value in found.values()
    ]


def _value(operator: Operator, kind: str, values: tuple[str, ...]) -> Schema:
    if operator.value == "flag":
        return FLAG
    if operator.value == "minutes":
        return {"type": "integer", "minimum": 0, "maximum": LONGEST_AGE}
    if operator.value == "hours":
        return {"type": "number", "minimum": 0, "maximum": LONGEST_AGE / 60}
    if operator.value == "offset":
        return {"type": "string", "pattern": f"^({OFFSET})$"}
    if operator.name == "matches":
        return {"type": "string", "minLength": 1}
    if operator.name == "written_in":
        kind, values = "enum", tuple(TONGUES)
    whole = values if operator.name in WHOLE or operator.name == "written_in" else ()
    kinds = [operator.takes] if operator.takes else [kind] if kind != "any" else _kinds_of(operator)
    offered: list[Schema] = []
    for scalar in [{"enum": list(whole)} if whole else SCALARS.get(one, WORD) for one in kinds]:
        if operator.value != "many":
            offered.append(scalar)
        if operator.value != "one":
            offered.append(
                {"type": "array", "minItems": 1, "maxItems": MOST_VALUES, "items": scalar}
            )
    return offered[0] if len(offered) == 1 else {"anyOf": offered}


def _kinds_of(operator: Operator) -> list[str]:
    """As what a fact of an open name space may be read by this operator."""
    if len(operator.kinds) == 1:
        return list(operator.kinds)
    return ["string", "number", "boolean"] if "boolean" in operator.kinds else ["text"]


def _verb(verb: Verb, own: Mapping[str, str] | None, language: str, choices: Choices) -> Schema:
    said: Schema = {"description": verb.label[language]}
    if verb.value != "mapping":
        return said | ({"type": "number"} if verb.value == "number" else WORD)
    named = {n: _field(f, language) for n, f in verb.fields.items() if not n.endswith("*")}
    spaces = {n.removesuffix(".*"): f for n, f in verb.fields.items() if n.endswith("*")}
    patterns: dict[str, Schema] = {}
    for space, field in spaces.items():
        if space == "custom" and own is not None:
            for name, label in own.items():
                one = {**field, "values": choices.get(name)}
                named[f"custom.{name}"] = _field(one, language) | {"description": label}
        else:
            patterns[rf"^{space}\."] = _field(field, language)
    return said | {
        "type": "object",
        "minProperties": 1,
        "required": list(verb.required),
        "properties": named,
        "patternProperties": patterns,
        "additionalProperties": PLAIN if verb.open else False,
    }


def _field(field: Mapping[str, Any], language: str) -> Schema:
    label = field.get("label")
    said: Schema = {"description": label[language]} if isinstance(label, Mapping) else {}
    if field.get("values"):
        return said | {"enum": list(field["values"])}
    if field["type"] == "any":
        return said | PLAIN
    if field["type"] == "list":
        many = {"type": "array", "minItems": 1, "maxItems": MOST_MEMBERS, "items": dict(WORD)}
        return said | many
    if field["type"] != "number":
        return said | WORD
    bounds = {"minimum": field.get("min"), "maximum": field.get("max")}
    return said | {"type": "number"} | {n: to for n, to in bounds.items() if to is not None}


def _fact_names(vocabulary: Vocabulary, own: Mapping[str, str] | None, language: str) -> Schema:
    named = {n: f.label for n, f in vocabulary.facts.items() if not n.endswith("*")}
    offered = [_named(named, language)]
    for name in (n for n in vocabulary.facts if n.endswith("*")):
        if name == "custom.*" and own is not None:
            said = {f"custom.{n}": {language: label} for n, label in own.items()}
            offered.append(_named(said, language))
        else:
            offered.append(_one_fact(name))
    return {"anyOf": offered}


def _one_fact(name: str) -> Schema:
    if not name.endswith("*"):
        return {"const": name}
    return {"type": "string", "pattern": rf"^{re.escape(name[:-1])}{OPEN}$"}


def _named(labels: Mapping[str, Mapping[str, str]], language: str) -> Schema:
    """One of these names, each with what it is called."""
    said = [{"const": name, "description": label[language]} for name, label in labels.items()]
    return {"oneOf": said}


def _said(
    words: Mapping[str, Mapping[str, str]], language: str, shapes: Mapping[str, Schema]
) -> Schema:
    """The shapes by key, each with what the key is for."""
    return {
        key: {"description": words[key][language], **shape} if key in words else dict(shape)
        for key, shape in shapes.items()
    }


def _pattern(expression: re.Pattern[str]) -> str:
    return f"^{expression.pattern.removesuffix(chr(92) + 'Z')}$"
