"""The strip shows what was done, where the ticket stands and what may follow."""

from __future__ import annotations

from webapp.presenters.path import arrows_of, on_map

BPMN = b"""<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">
<sequenceFlow id="f" sourceRef="a" targetRef="b"/><sequenceFlow id="g" sourceRef="a" targetRef="c"/>
<boundaryEvent id="late" attachedToRef="a"/></process></definitions>"""


def test_arrows_follow_flows_and_borders() -> None:
    assert arrows_of("test", BPMN) == {"a": ("b", "c", "late")}


def test_a_step_inside_a_call_stands_at_the_call() -> None:
    assert on_map("confirm/ask") == "confirm"
    assert on_map("triage") == "triage"
