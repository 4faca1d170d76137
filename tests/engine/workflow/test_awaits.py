"""What a diagram waits for, and what follows by itself when it comes."""

from __future__ import annotations

from engine.workflow.awaits import Await, awaits

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d"'
    ' targetNamespace="x"><bpmn:message id="m1" name="replied"/><bpmn:process id="p">'
    '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="customer">'
    '<bpmn:flowNodeRef>ask</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    '<bpmn:startEvent id="s"/><bpmn:userTask id="ask"/>'
    '<bpmn:boundaryEvent id="b" attachedToRef="ask"><bpmn:messageEventDefinition messageRef="m1"/>'
    '</bpmn:boundaryEvent><bpmn:userTask id="work"/><bpmn:endEvent id="e"/>'
    '<bpmn:exclusiveGateway id="g"/><bpmn:businessRuleTask id="r"><bpmn:extensionElements>'
    '<spiffworkflow:calledDecisionId>routing</spiffworkflow:calledDecisionId>'
    '</bpmn:extensionElements></bpmn:businessRuleTask>'
)  # fmt: skip
TAIL = "</bpmn:process></bpmn:definitions>"


def found(*flows: str) -> list[Await]:
    drawn = "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(flow.split() for flow in flows)
    )
    return awaits("p", {"process.bpmn": f"{HEAD}{drawn}{TAIL}".encode()}, {})


def test_a_way_back_to_where_it_waits() -> None:
    (one,) = found("s ask", "b r", "r g", "g ask", "g e")
    assert one == Await("replied", frozenset({"routing"}), frozenset({"replied"}),
                        frozenset({("ask", "customer")}))  # fmt: skip


def test_what_a_person_does_first_is_not_followed() -> None:
    (one,) = found("s ask", "b work", "work r", "r ask")
    assert one == Await("replied", frozenset(), frozenset(), frozenset({("work", "")}))


def test_what_cannot_be_read_waits_for_nothing() -> None:
    assert awaits("p", {"process.bpmn": b"<no"}, {}) == []
    assert awaits("p", {}, {}) == []
