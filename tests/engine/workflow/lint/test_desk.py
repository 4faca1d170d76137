"""A ticket ends where its diagram ends, and in a state that an end can have."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow.definition import check_files


def states(pen: Any, *, step: str = "", end: str = "") -> list[tuple[str, str, str]]:
    """(severity, code, element) of what is wrong with the states of a step and of the end."""
    ext = "<spiffworkflow:ticketState>{}</spiffworkflow:ticketState>"
    p = pen().start().node("userTask", "a", ext=ext.format(step) if step else "")
    p.end("done", ext=ext.format(end) if end else "").flow("start", "a", "done")
    problems = check_files("sample", {"process.bpmn": p.xml()}, {})
    return [(x.severity, x.code, x.element) for x in problems if x.code == "ticket-state"]


@pytest.mark.parametrize("state", ["closed successful", "closed unsuccessful", "removed"])
def test_an_end_closes_and_a_step_on_the_way_does_not(pen: Any, state: str) -> None:
    assert states(pen, end=state) == []
    assert states(pen, step=state) == [("error", "ticket-state", "a")]


def test_no_diagram_ends_a_ticket_as_merged_into_nothing(pen: Any) -> None:
    assert states(pen, end="merged") == [("error", "ticket-state", "done")]
    assert states(pen, step="merged") == [("error", "ticket-state", "a")]
