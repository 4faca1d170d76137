"""What a definition says about a process: steps, lanes, forms, messages, and its digest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import Invalid
from engine.workflow.definition import check_files, load_definition

SCHEMA = {"type": "object", "properties": {"impact": {"enum": ["high", "low"]}}}
UI = {"order": ["impact"], "fields": {"impact": {"label": {"de": "Auswirkung", "en": "Impact"}}}}
FORM = (
    "<spiffworkflow:properties>"
    '<spiffworkflow:property name="formJsonSchemaFilename" value="triage.schema.json"/>'
    '<spiffworkflow:property name="formUiSchemaFilename" value="triage.ui.json"/>'
    "</spiffworkflow:properties>"
)
WORDS = (
    "<spiffworkflow:titleDe>Einordnen</spiffworkflow:titleDe>"
    "<spiffworkflow:titleEn> Sort </spiffworkflow:titleEn>"
    "<spiffworkflow:customerLabelEn>Being looked at</spiffworkflow:customerLabelEn>"
    "<spiffworkflow:customerShown>true</spiffworkflow:customerShown>"
    "<spiffworkflow:clockPause>true</spiffworkflow:clockPause>"
    "<spiffworkflow:ticketState>open</spiffworkflow:ticketState>"
)


def files(pen: Any) -> dict[str, bytes]:
    """A process with a form."""
    drawn = pen().start().node("userTask", "triage", ext=FORM + WORDS).rule("route", "routing")
    drawn.catch("wait", drawn.message_event("customer_replied")).end()
    drawn.flow("start", "triage", "route", "wait", "done").lane("Desk", "triage", assign="owner")
    return {
        "process.bpmn": drawn.xml(),
        "triage.schema.json": json.dumps(SCHEMA).encode(),
        "triage.ui.json": json.dumps(UI).encode(),
        "README.md": b"# words",
    }


def test_a_step_says_what_it_means_for_the_desk(pen: Any) -> None:
    definition = load_definition("sample", files(pen), {})
    step = definition.steps["triage"]
    assert step.title == {"de": "Einordnen", "en": "Sort"}
    assert step.label == {"en": "Being looked at"}
    assert (step.lane, step.assign, step.form) == ("Desk", "owner", "triage")
    assert (step.state, step.shown, step.pause) == ("open", True, True)
    assert definition.steps["route"].ruleset == "routing"
    assert definition.steps["wait"].kind == "intermediateCatchEvent"
    assert definition.messages == {"customer_replied"}
    assert definition.forms["triage"].ui == UI
    assert definition.process_id == "sample"


def test_a_definition_is_kept_by_its_content(pen: Any) -> None:
    one = load_definition("sample", files(pen), {})
    assert load_definition("sample", files(pen), {}) is one
    assert load_definition("sample", files(pen) | {"README.md": b"other"}, {}) is one
    changed = files(pen) | {"triage.ui.json": b"{}"}
    assert load_definition("sample", changed, {}).digest != one.digest


def test_what_was_checked_is_not_checked_again_to_be_loaded(
    pen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(*_: Any, **__: Any) -> None:
        raise AssertionError("checked once more")

    content = files(pen) | {"process.bpmn": files(pen)["process.bpmn"] + b"<!-- once -->"}
    broken = content | {"process.bpmn": pen().start().end().xml()}
    assert not [one for one in check_files("sample", content, {}) if one.severity == "error"]
    assert [one for one in check_files("sample", broken, {}) if one.severity == "error"]
    monkeypatch.setattr("engine.workflow.lint.run.check_all", again)
    assert load_definition("sample", content, {}).key == "sample"
    with pytest.raises(AssertionError, match="once more"):
        load_definition("sample", broken, {})


def test_a_called_process_belongs_to_the_definition(pen: Any) -> None:
    drawn = pen().start().node("callActivity", "call", attrs='calledElement="asked"').end()
    drawn.flow("start", "call", "done")
    called = pen("asked").start("q_s").node("userTask", "q", ext=FORM).end("q_e")
    called.flow("q_s", "q", "q_e")
    shared = {"ask": files(pen) | {"process.bpmn": called.xml()}, "unused": {"x.bpmn": b"rubbish"}}
    definition = load_definition("sample", {"process.bpmn": drawn.xml()}, shared)
    assert definition.steps["q"].process == "asked"
    assert definition.steps["q"].form == "ask/triage"
    assert "ask/triage" in definition.forms
    other = shared | {"ask": shared["ask"] | {"triage.ui.json": b"{}"}}
    again = load_definition("sample", {"process.bpmn": drawn.xml()}, other)
    assert again.digest != definition.digest


def test_a_subprocess_lies_in_the_lane_it_is_drawn_in(pen: Any) -> None:
    inner = pen("x").start("x_s").user("x_work").end("x_e").flow("x_s", "x_work", "x_e")
    drawn = pen().start().node("subProcess", "box", inner.body()).end()
    drawn.flow("start", "box", "done").lane("Team", "box", assign="group:network")
    definition = load_definition("sample", {"process.bpmn": drawn.xml()}, {})
    assert (definition.steps["x_work"].lane, definition.steps["x_work"].assign) == (
        "Team", "group:network",
    )  # fmt: skip


def test_errors_refuse_and_are_all_named(pen: Any) -> None:
    drawn = pen().start().user("lost").catch("bad", pen.timer_event("soon")).end()
    broken = {"process.bpmn": drawn.flow("start", "bad", "done").xml()}
    with pytest.raises(Invalid) as caught:
        load_definition("sample", broken, {})
    codes = {p.code for p in caught.value.problems}
    assert {"unreachable", "dead-end", "timer"} <= codes
    assert all(p.severity == "error" for p in caught.value.problems)


@pytest.mark.parametrize("given", [{}, {"a.bpmn": b"", "b.bpmn": b""}, {"process.bpmn": b""}])
def test_no_readable_diagram_is_invalid(given: dict[str, bytes]) -> None:
    assert check_files("sample", given, {})[0].severity == "error"
    with pytest.raises(Invalid):
        load_definition("sample", given, {})
