"""What steps leave behind in the data: what may be left out says less."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.workflow import known_at, soundness_of
from engine.workflow.definition import check_files
from engine.workflow.scenario import played
from engine.workflow.soundness import Soundness
from tests.engine.workflow.soundness.blocks import defined

ASK = (
    '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename"'
    ' value="ask.schema.json"/></spiffworkflow:properties>'
)
KIND = {"type": "string", "enum": ["b", "c"]}
SURE = {"type": "object", "properties": {"kind": KIND}, "required": ["kind"]}
OPTIONAL = {"type": "object", "properties": {"kind": KIND}}
DEPENDS = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}, "kind": KIND},
    "required": ["yes"],
    "if": {"properties": {"yes": {"const": True}}},
    "then": {"required": ["kind"]},
}
MANY = "<bpmn:multiInstanceLoopCharacteristics>{0}{1}</bpmn:multiInstanceLoopCharacteristics>"
TIMES = "<bpmn:loopCardinality>{0}</bpmn:loopCardinality>"
EACH = "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
RESULTS = (
    '<bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef><bpmn:outputDataItem id="result"/>'
)
LOOP = (
    '<bpmn:standardLoopCharacteristics loopMaximum="2" testBefore="{0}">'
    "<bpmn:loopCondition>{1}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
)


def files_of(drawn: Any, form: dict[str, Any]) -> dict[str, bytes]:
    return {"process.bpmn": drawn.xml(), "ask.schema.json": json.dumps(form).encode()}


def asked(pen: Any, inner: str = "", more: str = "people = []") -> Any:
    """A step that asks for a kind which was something else before."""
    p = pen().start().script("set", 'kind = "a"', more).node("userTask", "ask", inner, ext=ASK)
    return p.flow("start", "set", "ask")


def chosen(p: Any, behind: str = "ask") -> Any:
    """A gateway that knows of the two kinds that can be answered, and of no other."""
    p.gate("exclusive", "g").user("u").end().flow(behind, "g")
    return p.flow("g", "u", "done", when='kind == "b"').flow("g", "done", when='kind == "c"')


def verdict(p: Any, form: dict[str, Any]) -> Soundness:
    """The verdict; what is called unsound is played, and fails at the gateway."""
    files = files_of(p, form)
    found = soundness_of("sample", files, {})
    if found.scenario is not None:
        player, problems = played(defined(files), found.scenario, strict=False)
        assert problems == []
        assert player is not None
        assert [failure.step_id for failure in player.instance.failures] == ["g"]
    return found


@pytest.mark.parametrize("form", [OPTIONAL, DEPENDS])
def test_an_answer_that_may_be_left_out_leaves_what_was_before(
    pen: Any, form: dict[str, Any]
) -> None:
    assert verdict(chosen(asked(pen)), form).verdict == "unsound"


def test_an_answer_never_given_is_null(pen: Any) -> None:
    p = pen().start().node("userTask", "ask", ext=ASK).flow("start", "ask")
    assert verdict(chosen(p), OPTIONAL).verdict == "unsound"


def test_what_happens_where_nothing_was_answered_is_not_called_dead(pen: Any) -> None:
    p = pen().start().node("userTask", "ask", ext=ASK).gate("exclusive", "g", "u").user("u", "v")
    p.end().flow("start", "ask", "g").flow("g", "u", "done")
    files = files_of(p.flow("g", "v", "done", when="kind == null"), OPTIONAL)
    assert [x for x in check_files("sample", files, {}) if x.code == "dead-step"] == []


def test_an_event_on_the_border_leaves_a_step_unanswered(pen: Any) -> None:
    p = asked(pen).border("late", "ask", pen().timer_event("PT1H")).gate("exclusive", "m")
    found = verdict(chosen(p.flow("ask", "m").flow("late", "m"), "m"), SURE)
    assert (found.verdict, found.element) == ("unsound", "g")


@pytest.mark.parametrize(
    "inner",
    [
        MANY.format(TIMES.format(0), ""),
        MANY.format(EACH, ""),
        MANY.format(TIMES.format(2), RESULTS),  # only the list of results is kept
        LOOP.format("true", "1 == 2"),
    ],
)
def test_a_repeated_step_may_be_done_not_even_once_or_keep_its_answers(
    pen: Any, inner: str
) -> None:
    assert verdict(chosen(asked(pen, inner)), SURE).verdict == "unsound"


@pytest.mark.parametrize(
    "inner", ["", MANY.format(TIMES.format(2), ""), LOOP.format("false", "1 == 2")]
)
def test_what_is_answered_in_any_case_is_known(pen: Any, inner: str) -> None:
    assert verdict(chosen(asked(pen, inner)), SURE).verdict == "sound"


@pytest.mark.parametrize(
    ("field", "first", "second", "sound"),
    [
        ({"type": "number"}, "x <= 1", "x >= 2", False),
        ({"type": "integer"}, "x <= 1", "x >= 2", True),
        ({"type": "number"}, "x <= 1", "x > 1", True),
        ({"type": "string"}, 'x <= "a"', 'x >= "b"', False),
        ({"type": "string"}, 'x <= "a"', 'x > "a"', True),
    ],
)
def test_what_lies_between_two_bounds_is_looked_at(
    pen: Any, field: dict[str, Any], first: str, second: str, sound: bool
) -> None:
    p = pen().start().node("userTask", "ask", ext=ASK).gate("exclusive", "g").user("u").end()
    p.flow("start", "ask", "g").flow("g", "u", "done", when=first).flow("g", "done", when=second)
    form = {"type": "object", "properties": {"x": field}, "required": ["x"]}
    assert (verdict(p, form).verdict == "sound") is sound


def test_a_list_may_hold_several_of_the_values_that_are_looked_for(pen: Any) -> None:
    p = pen().start().node("userTask", "ask", ext=ASK).gate("inclusive", "g", "u").end()
    p.user("u", "v", "w").gate("parallel", "j").flow("start", "ask", "g").flow("g", "u", "done")
    p.flow("g", "v", "j", when='"x" in tags').flow("g", "w", "j", when='"y" in tags')
    tags = {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}
    form = {"type": "object", "properties": {"tags": tags}, "required": ["tags"]}
    found = soundness_of("sample", files_of(p.flow("j", "done"), form), {})
    assert (found.verdict, found.element) == ("unsound", "j")
    p = pen().start().node("userTask", "ask", ext=ASK).gate("inclusive", "g", "u").end()
    p.user("u", "v", "w").flow("start", "ask", "g").flow("g", "u", "done")
    p.gate("exclusive", "m").user("z").flow("m", "z", "done")
    p.flow("g", "v", "m", when='"x" in tags').flow("g", "w", "m", when='"y" in tags')
    assert soundness_of("sample", files_of(p, form), {}).verdict == "unsound"


@pytest.mark.parametrize("inner", [MANY.format(EACH, ""), MANY.format(TIMES.format(2), RESULTS)])
def test_what_repeated_steps_answer_is_not_surely_known_behind_them(pen: Any, inner: str) -> None:
    p = pen().start().script("set", "people = []").node("userTask", "ask", inner, ext=ASK)
    p.user("after").end().flow("start", "set", "ask", "after", "done")
    known = {one.name: one for one in known_at("sample", files_of(p, SURE), {})["after"]}
    assert "kind" not in known or not known["kind"].sure


def test_a_circle_without_waiting_is_not_played_again_and_again(
    pen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays = []
    monkeypatch.setattr(
        "engine.workflow.soundness.verdict.stumble", lambda *given: plays.append(given)
    )
    p = pen().start().script("a", "x = 1").gate("exclusive", "g", "done").end()
    p.flow("start", "a", "g").flow("g", "a", when="len(ticket.title) > 99").flow("g", "done")
    assert soundness_of("sample", {"process.bpmn": p.xml()}, {}).verdict != "sound"
    assert plays == []


def test_what_a_script_writes_down_is_known(pen: Any) -> None:
    p = pen().start().script("set", "names = []", "yes = false").gate("inclusive", "g", "set").end()
    p.flow("start", "set", "g").flow("g", "done", when='"b" in names or yes').flow("g", "set")
    files = {"process.bpmn": p.xml()}
    found = soundness_of("sample", files, {})
    assert (found.verdict, found.element) == ("unsound", "set")
    player, _ = played(defined(files), found.scenario or {}, strict=False)
    assert player is not None
    assert "circle" in player.instance.failures[0].message
    p = pen().start().script("set", 'names = ["b"]').gate("inclusive", "g", "set").end()
    p.flow("start", "set", "g").flow("g", "done", when='"b" in names').flow("g", "set")
    assert soundness_of("sample", {"process.bpmn": p.xml()}, {}).verdict == "sound"
