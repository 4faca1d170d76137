"""Examples played together: red and green with line and step, and what they walked."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow import play_all
from engine.workflow.player import Player

TEXT = """\
# The ways.
- name: Fast
  steps:
    - {complete: triage, answers: {fast: true}}
    - {expect_end: done}

- name: Wrong
  steps:
    - {complete: triage, answers: {fast: false}}
    - {expect_end: done}
"""


@pytest.fixture
def files(pen: Any) -> dict[str, bytes]:
    """triage → fast? → done, or work → done; a dashed border timer on work."""
    drawn = pen().start().user("triage", "work").gate("exclusive", "split", "work").end()
    drawn.border("late", "work", pen.timer_event("P1D"), interrupting=False).end("told")
    drawn.flow("start", "triage", "split").flow("split", "done", when="fast")
    drawn.flow("split", "work", "done").flow("late", "told")
    return {"process.bpmn": drawn.xml(), "examples.yaml": TEXT.encode()}


def test_each_example_says_how_it_came_out(files: dict[str, bytes]) -> None:
    found = play_all("sample", files, {})
    good, bad = found.results
    assert (good.name, good.passed, good.line, good.step) == ("Fast", True, 2, None)
    assert (bad.name, bad.passed, bad.line, bad.step) == ("Wrong", False, 7, 2)
    assert bad.problems == ("step 2: has not ended; waits at work",)
    assert not found.passed
    assert [p.element for p in found.problems] == ["Wrong"]


def test_what_green_examples_walked_is_covered(files: dict[str, bytes]) -> None:
    found = play_all("sample", files, {})
    assert found.uncovered_steps == ["work", "late", "told"]
    assert found.uncovered_flows == ["split_work", "work_done", "late_told"]
    late = "- name: All\n  steps:\n    - {complete: triage, answers: {fast: false}}\n"
    late += "    - {advance: P1DT1M}\n    - {complete: work}\n    - {expect_end: done}\n"
    files["examples.yaml"] += late.encode()
    found = play_all("sample", files, {})
    assert found.uncovered_steps == []
    assert found.uncovered_flows == []
    assert found.results[2].flows == (
        "start_triage", "triage_split", "split_work", "late_told", "work_done",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["x", "- 1", "- {}", "a: [", "- &a {name: x}\n- *a", "\x00", "- name: [x]", "[" * 3000],
)
def test_examples_that_cannot_be_read_are_told(files: dict[str, bytes], text: str) -> None:
    found = play_all("sample", files | {"examples.yaml": text.encode()}, {})
    assert found.problems
    assert not found.results
    assert not found.passed
    assert found.uncovered_steps == list(found.all_steps)


def test_without_examples_nothing_is_covered_and_nothing_wrong(files: dict[str, bytes]) -> None:
    del files["examples.yaml"]
    found = play_all("sample", files, {})
    assert found.passed
    assert not found.results
    assert len(found.uncovered_flows) == 6


def test_a_diagram_that_cannot_be_loaded_says_why() -> None:
    found = play_all("sample", {"process.bpmn": b"<x/>", "examples.yaml": TEXT.encode()}, {})
    assert [p.code for p in found.problems] == ["not-bpmn"]


def test_flows_round_joins_loops_and_repetitions(pen: Any, define: Any) -> None:
    """Each token brings its own flow; a repetition comes from where the frame came from."""
    from engine.workflow.flows import flows_of, flows_walked

    terminate = "<bpmn:terminateEventDefinition/>"  # else the join would wait for ever
    many = '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:loopCardinality>2'
    many += "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    drawn = pen().start().gate("parallel", "fork").user("left", "again").user("many", inner=many)
    drawn.border("gone", "left", drawn.message_event("withdraw"))
    drawn.gate("parallel", "join").gate("exclusive", "more", "done").end().end("off", terminate)
    drawn.gate("exclusive", "in").flow("start", "in", "fork", "left", "join", "more")
    drawn.flow("fork", "many", "join")
    drawn.flow("more", "again", when="rounds < 2").flow("again", "in").flow("more", "done")
    drawn.flow("gone", "off")
    definition = define(drawn)
    once = [{"complete": "left"}, {"complete": "many"}, {"complete": "many"}]
    steps = [*once, {"complete": "again", "answers": {"rounds": 2}}, *once]
    player = Player(definition, {"given": {"rounds": 1}, "steps": steps}).play()
    assert player.problems == []
    assert player.instance.done
    walked = set(flows_walked(definition, player.passed))
    assert set(flows_of(definition)) - walked == {"gone_off"}
