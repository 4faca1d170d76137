"""Repeated steps: all at once, one after the other, in rounds, and again when a process returns."""

from __future__ import annotations

from typing import Any

import pytest


def repeat(inner: str, sequential: str = "false") -> str:
    """Multi-instance characteristics over `people`."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
        f"<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>{inner}"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


ITEM = '<bpmn:inputDataItem id="person"/>'
RESULT = (
    "<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="person"/><bpmn:outputDataItem id="answer"/>'
)


def rounds(pen: Any, inner: str) -> Any:
    """ask each → check → back or end."""
    drawn = pen().start().user("ask", inner=inner).user("check").gate("exclusive", "ok", "done")
    drawn.end().flow("start", "ask", "check", "ok", "done")
    return drawn.flow("ok", "ask", when="again")


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_second_round_starts_with_an_empty_list(pen: Any, begin: Any, sequential: str) -> None:
    run = begin(rounds(pen, repeat(RESULT, sequential)), {"people": ["ana", "bo"]})
    for number in range(3):
        run.do("ask", answer=number)
        run.do("ask", answer=number + 10)
        assert run.instance.work_items[0].data["answers"] == [number, number + 10]
        run.do("check", again=number < 2)
    assert run.instance.done


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_without_a_list_the_changes_are_merged(pen: Any, begin: Any, sequential: str) -> None:
    run = begin(rounds(pen, repeat(ITEM, sequential)), {"people": ["ana", "bo"], "a": 0, "b": 0})
    for number in (1, 2):
        run.do("ask", a=number)
        run.do("ask", b=number)
        data = run.instance.work_items[0].data
        assert (data["a"], data["b"]) == (number, number)
        run.do("check", again=number < 2)


def test_an_answer_that_was_left_out_is_none(pen: Any, begin: Any) -> None:
    run = begin(rounds(pen, repeat(RESULT)), {"people": ["ana", "bo"]})
    run.do("ask")
    run.do("ask", answer=1)
    assert run.instance.work_items[0].data["answers"] == [None, 1]


@pytest.mark.parametrize(("condition", "left"), [("answer == 'no'", []), ("missing == 1", ["ask"])])
def test_a_completion_condition_ends_it_early(
    pen: Any, begin: Any, condition: str, left: list[str]
) -> None:
    inner = RESULT + f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>"
    run = begin(rounds(pen, repeat(inner)), {"people": ["ana", "bo"]})
    run.do("ask", answer="no")
    assert run.open == (left or ["check"])


def test_a_loop_goes_round_while_its_condition_holds(pen: Any, begin: Any) -> None:
    inner = (
        "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>more</bpmn:loopCondition>"
        "</bpmn:standardLoopCharacteristics>"
    )
    drawn = pen().start().user("ask", inner=inner).end().flow("start", "ask", "done")
    run = begin(drawn)
    for _ in range(4):
        run.do("ask", more=True, list=["a"])
    assert not run.instance.done
    assert run.do("ask", more=False).done


def test_a_loop_whose_condition_fails_can_be_mended(pen: Any, begin: Any) -> None:
    inner = (
        "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>more</bpmn:loopCondition>"
        "</bpmn:standardLoopCharacteristics>"
    )
    drawn = pen().start().user("ask", inner=inner).end().flow("start", "ask", "done")
    run = begin(drawn)
    assert [f.step_id for f in run.do("ask", typed=1).failures] == ["ask"]
    run.instance.refresh({"more": False})
    progress = run.retry()
    assert progress.done
    assert run.instance.data["typed"] == 1


def test_a_called_process_can_be_repeated(pen: Any, begin: Any) -> None:
    called = pen("asked").start("q_s").user("q").end("q_e").flow("q_s", "q", "q_e")
    drawn = pen().start()
    drawn.node("callActivity", "call", repeat(ITEM), attrs='calledElement="asked"').end()
    drawn.flow("start", "call", "done")
    run = begin(drawn, {"people": ["ana", "bo"]}, asked=called)
    assert sorted(i.data["person"] for i in run.instance.work_items) == ["ana", "bo"]
    run.do("q")
    assert run.do("q").done


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_nobody_changes_the_list_that_is_gone_through(
    pen: Any, begin: Any, sequential: str
) -> None:
    drawn = pen().start().user("ask", inner=repeat(ITEM, sequential)).end()
    run = begin(drawn.flow("start", "ask", "done"), {"people": ["ana", "bo", "cy"]})
    for _ in range(3):
        progress = run.do("ask", people=[])
    assert progress.done
    assert run.instance.data["people"] == ["ana", "bo", "cy"]


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_step_is_repeated_for_an_entry_that_is_nothing_too(
    pen: Any, begin: Any, sequential: str
) -> None:
    drawn = pen().start().user("ask", inner=repeat(ITEM, sequential))
    run = begin(drawn.end().flow("start", "ask", "done"), {"people": ["ana", None, "bo"]})
    for _ in range(3):
        assert not run.instance.done
        run.do("ask")
    assert run.instance.done


@pytest.mark.parametrize("sequential", ["true", "false"])
@pytest.mark.parametrize("count", ["-1", "1.5", '"two"', "true", "501"])
def test_a_number_of_repetitions_that_is_none_or_too_many_can_be_mended(
    pen: Any, begin: Any, sequential: str, count: str
) -> None:
    inner = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
        "<bpmn:loopCardinality>count</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    drawn = pen().start().script("say", f"count = {count}").user("ask", inner=inner).end()
    run = begin(drawn.flow("start", "say", "ask", "done"))
    assert [f.step_id for f in run.instance.failures] == ["ask"]
    run.instance.refresh({"count": 1})
    run.retry()
    assert run.do("ask").done


@pytest.mark.parametrize("sequential", ["true", "false"])
@pytest.mark.parametrize("people", ["", "people = None", "people = 3"])
def test_what_is_no_list_is_said_plainly(
    pen: Any, begin: Any, sequential: str, people: str
) -> None:
    drawn = pen().start().script("say", people or "other = 1").end()
    drawn.user("ask", inner=repeat(ITEM, sequential)).flow("start", "say", "ask", "done")
    run = begin(drawn)
    assert [f.message for f in run.instance.failures] == [
        '"people" is no list to repeat a step for'
    ]
    run.instance.refresh({"people": ["one"]})
    run.retry()
    assert run.do("ask").done
