"""Schemas of forms that would fetch, hang, or lead nowhere."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from engine.workflow.form_schema import SchemaFault, fits, problems_of
from engine.workflow.lint.forms import _check_schema
from engine.workflow.soundness.witness import sample

ALMOST = "a" * 5_000 + "!"


def form(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": part}, **more}


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_no_pattern_takes_longer_with_a_longer_answer(pattern: str) -> None:
    assert not fits(form({"type": "string", "pattern": pattern}), {"x": ALMOST})


@pytest.mark.parametrize("pattern", [r"^(?=a)b", r"(a)\1", "(", "a{5000}"])
def test_a_pattern_that_needs_more_than_that_is_none(pattern: str) -> None:
    with pytest.raises(SchemaFault):
        problems_of(form({"type": "string", "pattern": pattern}), {"x": "ab"})


def test_patterns_look_at_case() -> None:
    schema = form({"type": "string", "pattern": "^DE[0-9]{2}$"})
    assert fits(schema, {"x": "DE12"})
    assert not fits(schema, {"x": "de12"})


@pytest.mark.parametrize(
    "schema",
    [
        form({"$ref": "http://127.0.0.1:9/x.json"}),
        form({"$ref": "file:///etc/passwd"}),
        form({"$ref": "#/$defs/none"}),
        form({"$dynamicRef": "http://127.0.0.1:9/x.json"}),
        form({"$id": "http://127.0.0.1:9/", "$ref": "#/x"}),
        form({"$ref": "#/properties/x"}),
        {"$ref": "#"},
        {"patternProperties": {"(a+)+$": {}}},
        form({"type": "strung"}),
        form({"items": {"$ref": "#/$defs/a"}}, **{"$defs": {"a": {"$ref": "http://127.0.0.1:9/"}}}),
    ],
)
def test_what_a_schema_refers_to_is_in_it(
    schema: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(*_: Any) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", reached)
    with pytest.raises(SchemaFault):
        problems_of(schema, {"x": ["a"]})
    assert not fits(schema, {"x": ["a"]})


def test_fields_may_be_called_like_what_is_refused() -> None:
    schema = {
        "properties": {"patternProperties": {"type": "string"}, "enum": {"enum": ["pattern"]}}
    }
    assert fits(schema, {"patternProperties": "a", "enum": "pattern"})


@pytest.mark.parametrize(
    "answer", [10**400, -(10**400), "\ud800", "\x00", [[[[]]]], {"__proto__": {}}]
)
def test_any_answer_fits_or_does_not(answer: Any) -> None:
    for part in (
        {"type": "number", "multipleOf": 0.1},
        {"type": "integer", "minimum": 1},
        {"format": "regex"},
    ):
        assert fits(form(part), {"x": answer}) in (True, False)


def test_an_answer_that_is_made_up_is_bounded() -> None:
    assert len(sample({"type": "string", "minLength": 10**15})) < 10**6
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        deep = {"type": "array", "minItems": 10**6, "items": deep}
    assert len(str(sample(deep))) < 10**7


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({f"f{n}": {} for n in range(101)}, "a form has at most 100 fields"),
        ({"a": {"enum": [str(n) for n in range(1001)]}}, "a question has more than 1000 choices"),
        ({"__proto__": {}}, '"__proto__" cannot be the name of a field'),
        ({"csrf_token": {}}, '"csrf_token" means something else here'),
        ({"class": {}}, '"class" means something else here'),
        ({"a": {"$ref": "#/nowhere"}}, "it cannot be used"),
        ({"a": {"$ref": "#/properties/a"}}, "it cannot be used"),
        ({"a": {"pattern": "(?=a)"}}, '"(?=a)" is no pattern'),
    ],
)
def test_the_check_says_so_before_anybody_fills_it_in(fields: dict[str, Any], message: str) -> None:
    data = json.dumps({"type": "object", "properties": fields}).encode()
    found = [problem.message for problem in _check_schema("f.schema.json", data)]
    assert any(message in text for text in found), found
