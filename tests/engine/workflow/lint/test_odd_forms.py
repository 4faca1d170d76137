"""Forms of any shape end in a list of reasons: no check stumbles over one."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.workflow import known_at
from engine.workflow.lint import forms
from engine.workflow.lint.run import check_all
from tests.town import ROOT

CALLED = "triage"
ODD: list[Any] = [
    None, True, -1, 10**400, "", "\x00", "\ud800", [], [[]], ["x"], {}, {"__proto__": {"x": 1}},
]  # fmt: skip
PARTS: list[Any] = [
    *ODD, {"type": ["null"]}, {"enum": [[], {}, None, "a"]}, {"const": []}, {"enum": {}},
    {"maxLength": "x"}, {"title": {}, "description": []}, {"minimum": "a", "format": []},
]  # fmt: skip
LOOKS = ("label", "help", "widget", "choices", "show_if", "ticket", "article")


@cache
def incident() -> tuple[dict[str, bytes], dict[str, dict[str, bytes]]]:
    def read(folder: Any) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    shared = {one.name: read(one) for one in (ROOT / "processes/shared").iterdir() if one.is_dir()}
    return read(ROOT / "processes/incident"), shared


def stumbled(schema: Any = None, ui: Any = None) -> list[str]:
    """What a check says of itself, not of the form."""
    files, shared = incident()
    schema = json.loads(files[f"{CALLED}.schema.json"]) if schema is None else schema
    changed = {f"{CALLED}.schema.json": json.dumps(schema).encode(),
               f"{CALLED}.ui.json": json.dumps(ui or {}).encode()}  # fmt: skip
    known_at("incident", files | changed, shared)
    found = check_all("incident", files | changed, shared, None, sound=False)
    return [p.message for p in found if p.code in ("defect", "parser")]


@pytest.mark.parametrize("part", PARTS)
def test_no_check_stumbles_over_a_schema(part: Any) -> None:
    fields = {"a": part, "queue": part}
    assert stumbled({"type": "object", "properties": fields, "required": ["queue"]}) == []
    assert stumbled(part if part is not None else 0) == []
    for keyword in ("properties", "required", "allOf"):
        assert stumbled({"type": "object", "properties": {"queue": {}}, keyword: part}) == []


@pytest.mark.parametrize("odd", ODD)
def test_no_check_stumbles_over_looks(odd: Any) -> None:
    for ui in (odd, {"fields": odd}, {"order": odd}, {"fields": {"queue": odd}}):
        assert stumbled(ui=ui) == []
    for name in LOOKS:
        assert stumbled(ui={"fields": {"queue": {name: odd}}}) == []


def test_a_schema_that_stays_the_same_is_held_against_the_standard_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[Any] = []

    class Counting:
        @staticmethod
        def check_schema(schema: Any) -> None:
            looked.append(schema)
            Draft202012Validator.check_schema(schema)

    monkeypatch.setattr(forms, "Draft202012Validator", Counting)
    files, shared = incident()

    def found(schema: dict[str, Any]) -> list[str]:
        looked.clear()
        changed = {f"{CALLED}.schema.json": json.dumps(schema).encode()}
        problems = check_all("incident", files | changed, shared, None, sound=False)
        return [p.message for p in problems if p.code == "form-schema"]

    forms._fault_of.cache_clear()
    broken = {"type": "strung", "properties": {}}
    (said,) = found(broken)
    assert broken in looked
    assert (found(broken), looked) == ([said], [])
    sound = json.loads(files[f"{CALLED}.schema.json"])
    assert (found(sound), looked) == ([], [sound])
