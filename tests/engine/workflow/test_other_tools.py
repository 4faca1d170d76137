"""What other tools write in their own way, and means the same, is taken as it is meant."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow.definition import check_files

EMPTY = "<bpmn:ioSpecification><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"
QUIET = {"no-picture", "no-form"}
STEPS = (
    '<bpmn:startEvent id="s9"/><bpmn:endEvent id="e9"/>'
    '<bpmn:sequenceFlow id="f9" sourceRef="s9" targetRef="e9"/>'
)


def codes(xml: bytes) -> set[str]:
    return {problem.code for problem in check_files("sample", {"process.bpmn": xml}, {})} - QUIET


def straight(pen: Any, inner: str = "") -> Any:
    return pen().start().user("a", inner=inner).end().flow("start", "a", "done")


def beside(pen: Any, other: str) -> bytes:
    """A process behind another one in the same file."""
    drawn: bytes = straight(pen).xml()
    return drawn.replace(b"<bpmn:process ", other.encode() + b"<bpmn:process ", 1)


def test_a_reference_with_the_prefix_of_the_file_leads_where_it_would_without(
    pen: Any, begin: Any
) -> None:
    p = straight(pen).end("late").flow("b", "late")
    p.border("b", "bpmn:a", p.message_event("called_off").replace("message_", "bpmn:message_"))
    assert codes(p.xml()) == set()
    run = begin(p)
    assert {one.message for one in run.instance.waiting} == {"called_off"}
    assert run.tell("called_off").done


def test_a_frame_for_data_without_any_is_nothing(pen: Any, begin: Any) -> None:
    p = straight(pen, EMPTY)
    assert codes(p.xml()) == set()
    assert begin(p).do("a").done


@pytest.mark.parametrize("tag", ["dataInput", "dataOutput"])
def test_a_frame_with_data_is_refused_at_a_step_and_at_the_process(pen: Any, tag: str) -> None:
    full = EMPTY.replace("<bpmn:inputSet/>", f'<bpmn:{tag} id="i"/><bpmn:inputSet/>')
    assert codes(straight(pen, full).xml()) == {"data"}
    p = straight(pen)
    p.parts.append(full)
    assert codes(p.xml()) == {"data"}


@pytest.mark.parametrize("runs", ["", ' isExecutable="true"', ' isExecutable="false"'])
def test_the_pool_of_somebody_else_without_a_step_is_no_process(pen: Any, runs: str) -> None:
    other = f'<bpmn:process id="customer" name="Customer"{runs}><bpmn:extensionElements/>'
    assert codes(beside(pen, other + "</bpmn:process>")) == set()


@pytest.mark.parametrize(
    ("runs", "found"),
    [("", {"several-processes"}), ("true", {"several-processes"}), ("false", set()), ("0", set())],
)
def test_of_two_processes_with_steps_one_may_run(pen: Any, runs: str, found: set[str]) -> None:
    marked = f' isExecutable="{runs}"' if runs else ""
    assert codes(beside(pen, f'<bpmn:process id="q"{marked}>{STEPS}</bpmn:process>')) == found


@pytest.mark.parametrize("inside", ["", "<bpmn:collaboration/>", "<bpmn:choreography/>"])
def test_a_file_in_which_no_process_is_drawn_says_so(pen: Any, inside: str) -> None:
    head = straight(pen).xml().split(b"<bpmn:process")[0].decode()
    files = {"process.bpmn": f"{head}{inside}</bpmn:definitions>".encode()}
    (problem,) = check_files("sample", files, {})
    assert (problem.code, problem.mend) == ("no-process", "Draw a process in it")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("encoding", ["utf-16", "UTF-16LE"])
def test_a_file_that_declares_an_encoding_it_is_not_in_is_read(
    pen: Any, mark: bytes, encoding: str
) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    drawn = straight(pen).xml().decode().split("?>", 1)[-1].replace('id="a"', 'id="a" name="ä"')
    assert codes(mark + (head + drawn).encode()) == set()
    assert codes(("\ufeff" + head + drawn).encode("utf-16-le")) == set()


@pytest.mark.parametrize(
    ("mark", "stays"),
    [("true", False), ("1", False), ("false", True), ("0", True), ("FALSE", True)],
)
def test_whether_an_event_interrupts_is_read_the_same_by_the_check_and_the_machine(
    pen: Any, begin: Any, mark: str, stays: bool
) -> None:
    p = straight(pen).border("b", "a", pen.timer_event("PT1H")).end("late").flow("b", "late")
    p.parts = [
        part.replace('cancelActivity="true"', f'cancelActivity="{mark}"') for part in p.parts
    ]
    assert codes(p.xml()) == set()
    run = begin(p)
    run.wait(hours=2)
    assert run.open == (["a"] if stays else [])


@pytest.mark.parametrize("mark", ["1", "TRUE"])
def test_a_subprocess_that_an_event_begins_is_refused_however_it_is_marked(
    pen: Any, mark: str
) -> None:
    inner = pen().start("s2").end("e2").flow("s2", "e2").body()
    p = straight(pen).node("subProcess", "s", inner, f'triggeredByEvent="{mark}"')
    assert codes(p.xml()) == {"event-subprocess"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timeDuration", "PT2H"), ("timeDuration", " P0Y0M0DT2H0M0S "),
        ("timeDate", "2030-01-07T10:00:00.000Z"), ("timeDate", "2030-01-07T10:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_time_as_the_standard_writes_it_is_that_time(
    pen: Any, begin: Any, kind: str, text: str
) -> None:
    event = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}>"
    p = pen().start().catch("a", event + "</bpmn:timerEventDefinition>").end()
    p.flow("start", "a", "done")
    assert codes(p.xml()) == set()
    run = begin(p)
    run.wait(hours=1)
    assert not run.instance.done
    run.wait(hours=1)
    assert run.instance.done


@pytest.mark.parametrize("text", ["R3/PT1H", "R/PT1H", "R2/2030-01-07T09:00:00Z/PT1H"])
def test_a_repetition_as_the_standard_writes_it_is_one(pen: Any, begin: Any, text: str) -> None:
    event = f"<bpmn:timerEventDefinition><bpmn:timeCycle>{text}</bpmn:timeCycle>"
    p = straight(pen).border("b", "a", event + "</bpmn:timerEventDefinition>", False).end("late")
    p.flow("b", "late")
    assert codes(p.xml()) == set()
    run = begin(p)
    run.wait(hours=1, minutes=1)
    assert run.open == ["a"]
    assert [one.step_id for one in run.last.passed if one.outcome == "completed"] == ["b", "late"]
