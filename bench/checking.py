"""Checking and proving diagrams of 20, 100 and 500 elements beside bare SpiffWorkflow reading them.

The diagrams are made of decisions, parallel parts, loops and steps with events on their border, in
turn. `python -m bench.checking [--small]`
"""

from __future__ import annotations

import argparse
import json
from io import BytesIO

from lxml import etree
from SpiffWorkflow.spiff.parser import SpiffBpmnParser

from bench.figures import number, table, timed
from engine.workflow import check_files, soundness_of
from engine.workflow.known import known_at
from engine.workflow.lint import check_all

HEAD = (
    "elements", "bare ms", "checks ms", "÷ bare", "with proof ms", "÷ bare", "known ms",
    "unsound ms", "÷ bare",
)  # fmt: skip
FORM = {
    "type": "object",
    "properties": {"again": {"type": "boolean"}, "way": {"type": "string", "enum": ["a", "b"]}},
    "required": ["again", "way"],
}
_OPEN = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="defs"'
    ' targetNamespace="http://example.com/made"><bpmn:message id="m" name="customer_replied"/>'
    '<bpmn:process id="made" isExecutable="true">'
)
_ASK = (
    "<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property"
    ' name="formJsonSchemaFilename" value="ask.schema.json"/></spiffworkflow:properties>'
    "</bpmn:extensionElements>"
)


class Maker:
    """Writes a diagram of parts that follow each other; `sound=False` plants a wrong join."""

    def __init__(self, elements: int, *, sound: bool = True) -> None:
        self.parts: list[str] = []
        self.count = 0
        self.last = self.node("startEvent")
        kinds = (self.decision, self.parallel, self.loop, self.bordered)
        self.decision(sound)
        while self.count < elements - 4:
            kinds[len(self.parts) % 4](True)
        self.to(self.node("endEvent"))

    def node(self, kind: str, inner: str = "", attributes: str = "") -> str:
        """One element."""
        self.count += 1
        key = f"n{self.count}"
        self.parts.append(f'<bpmn:{kind} id="{key}" {attributes}>{inner}</bpmn:{kind}>')
        return key

    def flow(self, one: str, two: str, when: str = "") -> None:
        """One flow."""
        inner = f"<bpmn:conditionExpression>{when}</bpmn:conditionExpression>" if when else ""
        self.parts.append(
            f'<bpmn:sequenceFlow id="{one}_{two}" sourceRef="{one}" targetRef="{two}">{inner}'
            "</bpmn:sequenceFlow>"
        )

    def to(self, key: str, when: str = "") -> None:
        """Go on there."""
        self.flow(self.last, key, when)
        self.last = key

    def decision(self, sound: bool) -> None:
        """Asked, one of two ways, met again."""
        self.to(self.node("userTask", _ASK))
        gate = f"n{self.count + 1}"
        self.to(self.node("exclusiveGateway", attributes=f'default="{gate}_n{self.count + 3}"'))
        ways = [self.node("userTask"), self.node("userTask")]
        meet = self.node("exclusiveGateway" if sound else "parallelGateway")
        for way, when in zip(ways, ('way == "a"', ""), strict=True):
            self.flow(gate, way, when)
            self.flow(way, meet)
        self.last = meet

    def parallel(self, sound: bool) -> None:
        """Two steps at once."""
        self.to(self.node("parallelGateway"))
        ways, meet = [self.node("userTask"), self.node("userTask")], self.node("parallelGateway")
        for way in ways:
            self.flow(self.last, way)
            self.flow(way, meet)
        self.last = meet

    def loop(self, sound: bool) -> None:
        """A step until it is done."""
        head = self.node("exclusiveGateway")
        self.to(head)
        self.to(self.node("userTask", _ASK))
        gate = f"n{self.count + 1}"
        self.to(self.node("exclusiveGateway", attributes=f'default="{gate}_n{self.count + 2}"'))
        self.flow(gate, head, "again")
        self.to(self.node("userTask"))

    def bordered(self, sound: bool) -> None:
        """A step with an event beside it."""
        self.to(self.node("userTask"))
        event = '<bpmn:messageEventDefinition messageRef="m"/>'
        on = f'attachedToRef="{self.last}" cancelActivity="false"'
        border = self.node("boundaryEvent", event, on)
        self.flow(border, self.node("endEvent"))

    def files(self) -> dict[str, bytes]:
        """The diagram with its form."""
        drawn = f"{_OPEN}{''.join(self.parts)}</bpmn:process></bpmn:definitions>"
        return {"process.bpmn": drawn.encode(), "ask.schema.json": json.dumps(FORM).encode()}


def read_bare(files: dict[str, bytes]) -> None:
    """What the library does with a diagram before it can be run."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.parse(BytesIO(files["process.bpmn"])), filename="made.bpmn")
    parser.get_spec("made")


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    given = parser.parse_args(arguments)
    times, rows = (1, []) if given.small else (5, [])
    for elements in (20,) if given.small else (20, 100, 500):
        good, bad = Maker(elements).files(), Maker(elements, sound=False).files()
        assert soundness_of("made", good, {}).verdict == "sound"
        assert soundness_of("made", bad, {}).verdict == "unsound"
        bare = timed(lambda f=good: read_bare(f), times).at(0.5)  # type: ignore[misc]
        quick = timed(lambda f=good: check_all("made", f, {}, sound=False), times).at(0.5)  # type: ignore[misc]
        whole = timed(lambda f=good: check_files("made", f, {}), times).at(0.5)  # type: ignore[misc]
        known = timed(lambda f=good: known_at("made", f, {}), times).at(0.5)  # type: ignore[misc]
        wrong = timed(lambda f=bad: check_files("made", f, {}), times).at(0.5)  # type: ignore[misc]
        figures = (bare, quick, quick / bare, whole, whole / bare, known, wrong, wrong / bare)
        rows.append([str(elements), *(number(figure) for figure in figures)])
    told = table("Checking a diagram, with and without the proof of soundness", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
