"""One cause is one finding: whoever mends it has no others to read that would go with it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Problem
from engine.workflow.definition import check_files

QUIET = {"no-picture", "no-form", "plain-task"}


def found(pen: Any) -> list[Problem]:
    problems = check_files("sample", {"process.bpmn": pen.xml()}, {})
    return [problem for problem in problems if problem.code not in QUIET]


def codes(pen: Any) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.element) for problem in found(pen)]


def timer(kind: str, text: str) -> str:
    inner = f"<bpmn:{kind}>{text}</bpmn:{kind}>"
    return f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>"


def test_a_time_that_cannot_be_read_is_not_also_a_name(pen: Any) -> None:
    p = pen().start().catch("a", timer("timeDuration", "PT1")).end().flow("start", "a", "done")
    assert codes(p) == [("timer", "a")]


@pytest.mark.parametrize(
    "event",
    [
        timer("timeCycle", "R/PT1H"),
        "<bpmn:messageEventDefinition/>",
        "<bpmn:signalEventDefinition/>",
        "<bpmn:conditionalEventDefinition/>",
    ],
)
def test_a_start_that_waits_for_something_has_one_finding_with_a_mend(pen: Any, event: str) -> None:
    p = pen().node("startEvent", "start", event).user("a").end().flow("start", "a", "done")
    assert codes(p) == [("event-kind", "start")]
    assert "plain start" in found(p)[0].mend


def test_an_event_that_works_in_no_such_place_has_a_mend(pen: Any) -> None:
    p = pen().start().node("intermediateThrowEvent", "a", timer("timeDuration", '"PT1H"')).end()
    (problem,) = found(p.flow("start", "a", "done"))
    assert problem.code == "event-kind"
    assert problem.mend


def test_of_lost_steps_that_follow_each_other_the_first_is_told(pen: Any) -> None:
    p = pen().start().user("a", "b", "c", "d").end().flow("start", "done")
    assert codes(p.flow("b", "c", "d", "done").flow("a", "d")) == [
        ("unreachable", "a"),
        ("unreachable", "b"),
    ]


def test_of_a_lost_circle_one_step_is_told_and_not_what_follows_it(pen: Any) -> None:
    p = pen().start().user("after", "a").gate("exclusive", "g", "after").end().flow("start", "done")
    p.flow("a", "g").flow("g", "a", when="ticket.vip").flow("g", "after").flow("after", "done")
    assert codes(p) == [("unreachable", "a")]


def test_without_a_start_it_is_the_start_that_is_missed(pen: Any) -> None:
    p = pen().user("a", "b").end().flow("a", "b", "done")
    assert codes(p) == [("start-count", "sample")]
    assert found(p)[0].mend == "Draw a plain start event"


def test_conditions_behind_a_step_that_needs_a_gateway_are_kept_for_it(pen: Any) -> None:
    p = pen().start().user("a").end("x").end("y").flow("start", "a")
    p.flow("a", "x", when="ticket.vip").flow("a", "y", when="not ticket.vip")
    assert codes(p) == [("implicit-split", "a")]


def test_what_another_engine_would_read_is_told_once_for_each(pen: Any) -> None:
    ext = '<c:x xmlns:c="http://camunda.org/schema/1.0/bpmn"/><s:y xmlns:s="http://signavio.com"/>'
    p = pen().start().node("userTask", "a", ext=ext).node("userTask", "b", ext=ext).end()
    problems = found(p.flow("start", "a", "b", "done"))
    assert [(problem.code, problem.element) for problem in problems] == [("foreign", "a")] * 2
    assert all("in 2 places" in problem.message for problem in problems)


def test_a_name_with_line_breaks_is_told_in_one_line(pen: Any) -> None:
    p = pen().start().node("userTask", "a", attrs='name="Order&#10;  received"')
    (problem,) = found(p.flow("start", "a"))
    assert problem.message == 'After "Order received" nothing follows'


def test_a_start_in_a_subprocess_has_its_own_mend(pen: Any) -> None:
    inner = pen().node("startEvent", "s2", "<bpmn:messageEventDefinition/>").end("e2")
    p = pen().start().node("subProcess", "a", inner.flow("s2", "e2").body()).end()
    (problem,) = found(p.flow("start", "a", "done"))
    assert (problem.code, problem.element) == ("event-kind", "s2")
    assert "behind it" in problem.mend


def test_an_event_subprocess_is_one_finding_with_all_that_is_in_it(pen: Any) -> None:
    inner = pen().node("startEvent", "s2", timer("timeDuration", "PT1H")).user("b").end("e2")
    p = pen().start().user("a").end().flow("start", "a", "done")
    p.node("subProcess", "s", inner.flow("s2", "b", "e2").body(), 'triggeredByEvent="true"')
    assert codes(p) == [("event-subprocess", "s")]


def test_an_ad_hoc_subprocess_is_not_asked_for_a_start_and_an_end(pen: Any) -> None:
    p = pen().start().node("adHocSubProcess", "a", pen().user("b", "c").body()).end()
    assert codes(p.flow("start", "a", "done")) == [("unsupported", "a")]


def test_what_undoes_a_step_is_not_asked_for_flows(pen: Any) -> None:
    p = pen().start().user("a").end().flow("start", "a", "done")
    p.border("b", "a", "<bpmn:compensateEventDefinition/>")
    p.node("userTask", "undo", attrs='isForCompensation="true"')
    assert sorted(codes(p)) == [("event-kind", "b"), ("unsupported", "undo")]


def test_a_link_without_its_other_end_is_one_finding(pen: Any) -> None:
    p = pen().start().user("a").end().flow("start", "a", "away").flow("here", "done")
    p.node("intermediateThrowEvent", "away", '<bpmn:linkEventDefinition name="x"/>')
    p.node("intermediateCatchEvent", "here", '<bpmn:linkEventDefinition name="y"/>')
    assert sorted(codes(p)) == [("event-kind", "away"), ("event-kind", "here")]


def test_a_shared_event_definition_is_one_finding(pen: Any) -> None:
    p = pen().start().catch("a", "<bpmn:eventDefinitionRef>d</bpmn:eventDefinitionRef>").end()
    assert codes(p.flow("start", "a", "done")) == [("event-kind", "a")]


def test_a_way_without_a_condition_is_not_also_a_missing_default(pen: Any) -> None:
    p = pen().start().gate("exclusive", "g").end("x").end("y").flow("start", "g")
    p.flow("g", "x", when="ticket.vip").flow("g", "y")
    assert codes(p) == [("no-condition", "g_y")]
