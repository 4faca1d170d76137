"""Every form can be filled in, in German and in English, and asks nothing that it cannot show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.processes.folders import FORMS, LANGUAGES, ROOT

WIDGETS = {
    "text", "textarea", "select", "radio", "checkbox", "number", "date", "queue", "agent",
}  # fmt: skip
TYPES = {"number": "integer", "checkbox": "boolean"}


def read(name: str, part: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ROOT / f"{name}.{part}.json").read_text(encoding="utf-8"))
    return data


def spoken(text: object) -> bool:
    return (
        isinstance(text, dict)
        and set(text) == set(LANGUAGES)
        and all(isinstance(t, str) and t.strip() for t in text.values())
    )


def test_there_are_forms_in_every_corner() -> None:
    corners = {name.split("/")[0] for name in FORMS}
    assert corners >= {"incident", "question", "service_request", "change", "complaint", "offers"}


@pytest.mark.parametrize("name", FORMS)
def test_the_schema_is_valid_and_bounded(name: str) -> None:
    schema = read(name, "schema")
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) <= set(schema["properties"])
    for field, rule in schema["properties"].items():
        bounded = {"maxLength", "enum", "format", "maximum"} & set(rule)
        assert bounded or rule["type"] == "boolean", field


@pytest.mark.parametrize("name", FORMS)
def test_every_field_is_shown_once_and_labelled_in_both_languages(name: str) -> None:
    schema, ui = read(name, "schema"), read(name, "ui")
    assert spoken(ui["title"])
    assert spoken(ui["submit"])
    assert sorted(ui["order"]) == sorted(ui["fields"]) == sorted(schema["properties"])
    for field, look in ui["fields"].items():
        assert spoken(look["label"]), field
        assert "help" not in look or spoken(look["help"]), field


@pytest.mark.parametrize("name", FORMS)
def test_every_choice_has_its_words_and_every_widget_its_type(name: str) -> None:
    schema, ui = read(name, "schema"), read(name, "ui")
    for field, look in ui["fields"].items():
        rule = schema["properties"][field]
        assert look["widget"] in WIDGETS, field
        assert rule["type"] == TYPES.get(look["widget"], "string"), field
        assert sorted(look.get("choices", {})) == sorted(rule.get("enum", [])), field
        assert all(spoken(words) for words in look.get("choices", {}).values()), field
        assert bool(rule.get("enum")) == (look["widget"] in ("select", "radio")), field


@pytest.mark.parametrize("name", FORMS)
def test_conditions_name_fields_and_choices_that_exist(name: str) -> None:
    schema = read(name, "schema")
    for rule in schema.get("allOf", []):
        for field, wanted in rule["if"]["properties"].items():
            assert set(wanted["enum"]) <= set(schema["properties"][field]["enum"])
        then = rule["then"]
        assert set(then.get("required", [])) <= set(schema["properties"])
        assert set(then.get("properties", {})) <= set(schema["properties"])


def problems(name: str, answers: dict[str, Any]) -> list[str]:
    return [e.message for e in Draft202012Validator(read(name, "schema")).iter_errors(answers)]


def test_a_solution_needs_its_message_but_closing_does_not() -> None:
    assert problems("incident/work", {"work_result": "solved"})
    assert problems("incident/work", {"work_result": "hand_on"})
    assert problems("incident/work", {"work_result": "close"}) == []
    assert problems("incident/work", {"work_result": "solved", "message": "Cable replaced"}) == []


def test_an_answer_that_is_sent_back_cannot_go_out() -> None:
    back = {"second_look": "back", "objection": "Not in this tone"}
    assert problems("complaint/second_look", back) == []
    assert problems("complaint/second_look", back | {"answer": "You are wrong"})
    assert problems("complaint/second_look", {"second_look": "agreed"})


@pytest.mark.parametrize("time", ["24:00", "7:00", "22:60", "22:00+", "now", "22:00\n"])
def test_a_window_needs_a_time_that_a_clock_can_show(time: str) -> None:
    plan = {"risk": "low", "effects": "None", "plan": "Update", "back_out_plan": "Old version"}
    planned = plan | {"window": "planned", "window_date": "2030-01-10", "window_zone": "+01:00"}
    assert problems("change/assess", planned | {"window_time": "22:00"}) == []
    assert problems("change/assess", planned | {"window_time": time})
    assert problems("change/assess", planned)
