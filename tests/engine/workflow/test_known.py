"""What an expression may name at a step: offered while typing, told where a way does not set it."""

from __future__ import annotations

import json
from typing import Any

from engine.workflow import known_at
from engine.workflow.definition import check_files

ASK = (
    '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename"'
    ' value="ask.schema.json"/></spiffworkflow:properties>'
)
FORM = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["a", "b"]},
        "note": {"type": "string"},
        "tick": {"type": "boolean"},
        "why": {"type": "string"},
    },
    "required": ["kind"],
    "allOf": [
        {"if": {"properties": {"kind": {"const": "b"}}}, "then": {"required": ["why"]}},
    ],
}


def files_of(drawn: Any) -> dict[str, bytes]:
    return {"process.bpmn": drawn.xml(), "ask.schema.json": json.dumps(FORM).encode()}


def at(drawn: Any, element: str, **shared: Any) -> dict[str, Any]:
    others = {key: {"process.bpmn": one.xml()} for key, one in shared.items()}
    return {one.name: one for one in known_at("sample", files_of(drawn), others)[element]}


def told(drawn: Any, **shared: Any) -> list[str]:
    others = {key: {"process.bpmn": one.xml()} for key, one in shared.items()}
    problems = check_files("sample", files_of(drawn), others)
    return [x.message for x in problems if x.code == "maybe-unknown"]


def test_the_ticket_is_known_everywhere_and_answers_after_their_step(pen: Any) -> None:
    p = pen().start().node("userTask", "ask", ext=ASK).user("after").end()
    p.flow("start", "ask", "after", "done")
    assert "kind" not in at(p, "ask")
    after = at(p, "after")
    assert after["ticket.vip"].type == "boolean"
    assert (after["kind"].sure, after["kind"].choices) == (True, ("a", "b"))
    assert (after["note"].sure, after["note"].type) == (False, "string")
    assert after["tick"].sure
    assert after["why"].sure
    assert at(p, "ask_after")["kind"].sure


def test_what_one_way_sets_is_only_possible_where_ways_meet(pen: Any) -> None:
    p = pen().start().gate("exclusive", "x", "b").script("a", "mark = 1").user("b", "c").end()
    p.flow("start", "x").flow("x", "a", "c", "done", when="ticket.vip").flow("x", "b", "c")
    assert not at(p, "c")["mark"].sure


def test_what_each_way_sets_is_sure_where_they_meet(pen: Any) -> None:
    p = pen().start().gate("parallel", "f").script("a", "mark = 1").script("b", "more = 'x'")
    p.gate("parallel", "j").user("c").end().flow("start", "f", "a", "j", "c", "done")
    known = at(p.flow("f", "b", "j"), "c")
    assert (known["mark"].sure, known["more"].sure, known["more"].type) == (True, True, "string")


def test_a_way_without_it_is_named(pen: Any) -> None:
    p = pen().start().gate("exclusive", "x", "skip").node("userTask", "ask", ext=ASK)
    p.user("skip").gate("exclusive", "y", "done").user("end_it").end()
    p.flow("start", "x").flow("x", "ask", "y", when="ticket.vip").flow("x", "skip", "y")
    p.flow("y", "end_it", "done", when='kind == "a"').flow("y", "done")
    (message,) = told(p)
    assert '"kind"' in message
    assert '"skip"' in message


def test_what_is_set_on_every_way_is_not_told(pen: Any) -> None:
    p = pen().start().node("userTask", "ask", ext=ASK).gate("exclusive", "y", "done").user("a")
    p.end().flow("start", "ask", "y").flow("y", "ask", when='kind == "a" or tick')
    assert told(p.flow("y", "done").flow("y", "a", "done", when="ticket.vip")) == []


def test_a_called_process_knows_what_its_caller_knows_and_tells_what_it_sets(pen: Any) -> None:
    called = pen("called").start("s2").user("u2").script("r2", "result = 'x'").end("e2")
    called.border("remind", "u2", called.message_event("m"), False).end("e3").flow("remind", "e3")
    called.flow("s2", "u2", "r2", "e2")
    p = pen().start().script("set", "before = 1").user("after").end()
    p.node("callActivity", "call", attrs='calledElement="called"')
    p.flow("start", "set", "call", "after", "done")
    assert at(p, "u2", called=called)["before"].sure
    assert at(p, "after", called=called)["result"].sure


def test_what_a_step_is_repeated_for_is_known_in_it(pen: Any) -> None:
    many = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people"
        '</bpmn:loopDataInputRef><bpmn:inputDataItem id="person"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    p = pen().start().script("set", "people = ['a']").user("each", inner=many).user("after").end()
    p.flow("start", "set", "each", "after", "done")
    assert at(p, "each")["person"].sure
    assert "person" not in at(p, "after")


def test_nothing_is_known_of_what_cannot_be_read() -> None:
    assert known_at("sample", {"process.bpmn": b"<x"}, {}) == {}
    assert known_at("sample", None, {}) == {}  # type: ignore[arg-type]


def test_what_is_only_set_later_is_refused(pen: Any) -> None:
    p = pen().start().gate("exclusive", "y", "ask").node("userTask", "ask", ext=ASK).end()
    p.flow("start", "y", "ask", "done").flow("y", "done", when='kind == "a"')
    problems = check_files("sample", files_of(p), {})
    assert [(x.code, x.severity) for x in problems if x.element == "y_done"] == [
        ("unknown-name", "error")
    ]


def test_what_repeated_steps_answer_may_end_their_repetition(pen: Any) -> None:
    many = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
        "<bpmn:completionCondition>tick</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    p = pen().start().node("userTask", "each", many, ext=ASK).end().flow("start", "each", "done")
    assert [x for x in check_files("sample", files_of(p), {}) if x.severity == "error"] == []


def test_lists_that_scripts_set_on_two_ways_meet(pen: Any) -> None:
    p = pen().start().user("choose").gate("exclusive", "x", "b").script("a", "parts = []")
    p.script("b", 'parts = ["a"]').user("c").end().flow("start", "choose", "x")
    p.flow("x", "a", "c", "done", when="ticket.vip").flow("x", "b", "c")
    assert not [one for one in check_files("sample", files_of(p), {}) if one.code == "defect"]
    assert at(p, "c")["parts"].sure
