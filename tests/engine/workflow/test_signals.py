"""Signals reach everybody who waits for them: inside the instance at once, outside by the desk."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow.definition import check_files


def test_a_signal_thrown_inside_reaches_all_who_wait_there_and_is_told_outside(
    begin: Any, pen: Any
) -> None:
    p = pen().start().gate("parallel", "fork").user("work", "later").end()
    p.catch("one", p.signal_event("stop")).catch("two", p.signal_event("stop"))
    p.node("intermediateThrowEvent", "shout", p.signal_event("stop")).user("after")
    p.flow("start", "fork", "work", "shout", "after", "done")
    p.flow("fork", "one", "later", "done").flow("fork", "two", "done")
    run = begin(p)
    waits = [w.message for w in run.instance.waiting]
    assert waits == ["signal:stop", "signal:stop"]
    run.do("work")
    assert run.open == ["after", "later"]
    assert run.desk.effects == [("signal", {"name": "stop"})]


def test_a_signal_end_event_throws(begin: Any, pen: Any) -> None:
    p = pen().start().user("work").end("done", pen().signal_event("over"))
    p.signals["over"] = "signal_0"
    run = begin(p.flow("start", "work", "done"))
    run.do("work")
    assert run.instance.done
    assert run.desk.effects == [("signal", {"name": "over"})]


def test_a_signal_from_outside_interrupts_or_not_and_can_come_again(begin: Any, pen: Any) -> None:
    p = pen().start().user("work").end().end("noted").end("stopped")
    p.border("again", "work", p.signal_event("ping"), interrupting=False)
    p.border("halt", "work", p.signal_event("stop")).script("note", "count = count + 1")
    p.flow("start", "work", "done").flow("again", "note", "noted").flow("halt", "stopped")
    run = begin(p, {"count": 0})
    for _ in range(3):
        assert run.tell("signal:ping").delivered
    assert not run.tell("ping").delivered  # a message of the same name is another thing
    assert run.open == ["work"]
    assert run.tell("signal:stop").delivered
    assert run.instance.done
    assert run.last.end_steps == ["stopped"]
    assert not run.tell("signal:ping").delivered


def test_a_signal_may_be_the_first_of_several_events(begin: Any, pen: Any) -> None:
    p = pen().start().gate("eventBased", "which").end().user("told")
    p.catch("late", pen.timer_event("P1D")).catch("heard", p.signal_event("go"))
    p.flow("start", "which", "late", "done").flow("which", "heard", "told", "done")
    run = begin(p)
    assert [w.message for w in run.instance.waiting] == ["signal:go"]
    run.tell("signal:go")
    assert run.open == ["told"]
    assert run.instance.timers == []


def test_a_signal_that_interrupts_whoever_throws_it_does_so_when_it_is_thrown(
    begin: Any, pen: Any
) -> None:
    """The step that throws is over by then; what it cancels around itself waits no more."""
    inner = pen().start("s2").gate("parallel", "f2").user("inside").end("e2").end("e3")
    inner.catch("ear", '<bpmn:signalEventDefinition signalRef="signal_0"/>')
    inner.node(
        "intermediateThrowEvent", "shout", '<bpmn:signalEventDefinition signalRef="signal_0"/>'
    )
    inner.flow("s2", "f2", "inside", "shout", "e2").flow("f2", "ear", "e3")
    p = pen().start().node("subProcess", "part", inner.body()).end().user("caught")
    p.border("hit", "part", p.signal_event("stop")).flow("start", "part", "done")
    run = begin(p.flow("hit", "caught", "done"))
    run.do("inside")
    assert run.open == ["caught"]
    assert run.instance.live_steps == ["caught"]
    run.do("caught")
    assert run.instance.done


def problems(pen: Any, head: str = "", ref: str = 'signalRef="s"') -> list[tuple[str, str]]:
    p = pen().start().catch("ear", f"<bpmn:signalEventDefinition {ref}/>").end()
    xml = (
        p.flow("start", "ear", "done")
        .xml()
        .replace(b"<bpmn:process", head.encode() + b"<bpmn:process", 1)
    )
    found = check_files("sample", {"process.bpmn": xml}, {})
    return [(x.code, x.message) for x in found if x.severity == "error"]


@pytest.mark.parametrize("ref", ["", 'signalRef="s"'])
def test_a_signal_without_a_name_is_said_before_publishing(pen: Any, ref: str) -> None:
    assert problems(pen, '<bpmn:signal id="s" name="go"/>') == []
    assert problems(pen, '<bpmn:signal id="s"/>', ref)[0][0] == "no-signal"
    assert problems(pen, ref=ref)[0][0] == "no-signal"
    assert problems(pen, f'<bpmn:signal id="s" name="{"x" * 61}"/>')[0][0] == "no-signal"
    named = '<bpmn:signal id="s" name="go"/><bpmn:message id="m" name="signal:go"/>'
    assert problems(pen, named)[0][0] == "no-message"
