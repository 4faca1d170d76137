"""What is written for another engine is told as that, and never taken silently for our own."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Problem
from engine.workflow.definition import check_files

QUIET = {"no-picture", "no-form"}


def found(xml: bytes) -> list[Problem]:
    problems = check_files("sample", {"process.bpmn": xml}, {})
    return [problem for problem in problems if problem.code not in QUIET]


def decided(pen: Any, when: str, mark: str = "") -> list[Problem]:
    p = pen().start().gate("exclusive", "g", "no").end("yes").end("no")
    drawn: bytes = p.flow("start", "g", "no").flow("g", "yes", when=when).xml()
    attribute = f' language="{mark}"'.encode() if mark else b""
    return found(
        drawn.replace(b"<bpmn:conditionExpression", b"<bpmn:conditionExpression" + attribute)
    )


@pytest.mark.parametrize(
    ("when", "mark"),
    [
        ("${ticket.vip}", ""), ("#{ticket.vip}", ""), ("=ticket.vip", ""), ("= a = 1", ""),
        ("return item > 0;", ""), ("ticket.vip && ticket.number", ""), ("a === 1", ""),
        ("bpws:getData('x')/y = 'z'", "http://www.w3.org/1999/XPath"),
    ],
)  # fmt: skip
def test_a_condition_in_the_words_of_another_engine_is_no_misspelling(
    pen: Any, when: str, mark: str
) -> None:
    (problem,) = decided(pen, when, mark)
    assert problem.code == "expression"
    assert problem.message == 'The condition of "g → yes" is written for another engine'


@pytest.mark.parametrize("when", ["ticket.vip ==", "== 1", "ticket.vip and", "a = 1"])
def test_a_misspelling_is_told_where_it_is(pen: Any, when: str) -> None:
    (problem,) = decided(pen, when)
    assert "Line 1" in problem.message


@pytest.mark.parametrize("mark", ["javascript", "http://www.mvel.org/2.0"])
def test_what_can_be_read_here_but_is_marked_as_another_language_is_a_warning(
    pen: Any, mark: str
) -> None:
    (problem,) = decided(pen, "ticket.vip", mark)
    assert (problem.code, problem.severity) == ("other-language", "warning")
    assert mark in problem.message


def test_our_own_mark_is_none(pen: Any) -> None:
    assert decided(pen, "ticket.vip", "python") == []


@pytest.mark.parametrize(
    ("script", "mark", "code"),
    [
        ("x = 1", "groovy", "other-language"), ("def x = 1", "groovy", "expression"),
        ("return token;", "", "expression"), ("execution.set('x')", "groovy", "expression"),
    ],
)  # fmt: skip
def test_a_script_likewise(pen: Any, script: str, mark: str, code: str) -> None:
    drawn = pen().start().script("a", script).end().flow("start", "a", "done").xml()
    (problem,) = found(drawn.replace(b'id="a"', f'id="a" scriptFormat="{mark}"'.encode()))
    assert problem.code == code
    if code == "expression":
        assert problem.message == 'The script of "a" is written for another engine'


@pytest.mark.parametrize("text", ["${duration}", "=duration", "#{x}"])
def test_a_time_likewise(pen: Any, text: str) -> None:
    event = f"<bpmn:timerEventDefinition><bpmn:timeDuration>{text}</bpmn:timeDuration>"
    p = pen().start().catch("a", f"{event}</bpmn:timerEventDefinition>").end()
    (problem,) = found(p.flow("start", "a", "done").xml())
    assert problem.message == 'The time of "a" is written for another engine'


def test_what_is_no_time_either_way_is_not_asked_to_be_quoted(pen: Any) -> None:
    event = "<bpmn:timerEventDefinition><bpmn:timeDate>2020-04-17T20:19:00Z|R/P1W</bpmn:timeDate>"
    p = pen().start().catch("a", f"{event}</bpmn:timerEventDefinition>").end()
    (problem,) = found(p.flow("start", "a", "done").xml())
    assert (problem.code, "quotes" in problem.mend) == ("timer", False)


@pytest.mark.parametrize("tag", ["potentialOwner", "humanPerformer", "performer"])
def test_whom_a_step_names_itself_is_told_to_be_ignored(pen: Any, tag: str) -> None:
    p = pen().start().user("a", "b", inner=f"<bpmn:{tag}/>").end()
    (problem,) = found(p.flow("start", "a", "b", "done").xml())
    assert (problem.code, problem.severity, problem.element) == ("people", "warning", "a")


@pytest.mark.parametrize("attribute", ['startQuantity="2"', 'completionQuantity="3"'])
def test_a_step_that_asks_for_several_paths_is_refused(pen: Any, attribute: str) -> None:
    p = pen().start().node("userTask", "a", attrs=attribute).end().flow("start", "a", "done")
    assert [problem.code for problem in found(p.xml())] == ["unsupported"]


def test_an_event_gateway_that_waits_for_all_is_refused(pen: Any) -> None:
    p = pen().start().node("eventBasedGateway", "g", attrs='eventGatewayType="Parallel"')
    p.catch("m", p.message_event("one")).catch("n", p.message_event("two")).end()
    p.flow("start", "g", "m", "done").flow("g", "n", "done")
    assert [problem.code for problem in found(p.xml())] == ["unsupported"]


def test_words_of_the_library_that_this_desk_has_not_are_told_once_by_name(pen: Any) -> None:
    ext = "".join(
        f"<spiffworkflow:{name}>x</spiffworkflow:{name}>"
        for name in ("instructionsForEndUser", "allowGuest", "customerShown")
    ).replace(">x</spiffworkflow:customerShown", ">false</spiffworkflow:customerShown")
    p = pen().start().node("userTask", "a", ext=ext).node("userTask", "b", ext=ext).end()
    (problem,) = found(p.flow("start", "a", "b", "done").xml())
    assert (problem.code, problem.severity, problem.element) == ("foreign", "warning", "a")
    assert "(allowGuest, instructionsForEndUser)" in problem.message


@pytest.mark.parametrize(
    "ext",
    [
        "<spiffworkflow:properties><spiffworkflow:property/></spiffworkflow:properties>",
        "<spiffworkflow:serviceTaskOperator/>",
        "<spiffworkflow:unitTests><spiffworkflow:unitTest/></spiffworkflow:unitTests>",
    ],
)
@pytest.mark.parametrize("kind", ["userTask", "startEvent"])
def test_what_lacks_an_attribute_is_told_at_its_step(pen: Any, ext: str, kind: str) -> None:
    p = pen().node(kind, "a", ext=ext).end()
    p = p.flow("a", "done") if kind == "startEvent" else p.start().flow("start", "a", "done")
    (problem,) = [one for one in found(p.xml()) if one.severity == "error"]
    assert (problem.code, problem.element) == ("extension", "a")
