"""One step of a process (load, complete, dump) beside bare SpiffWorkflow, as history grows.

A ticket goes round a loop of two steps: the desk's machine cuts finished history, the library with
its own serializer carries all of it. `python -m bench.workflow_step [--small]`
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from bench.figures import Run, number, table, timed
from engine.workflow import Definition, Instance, Step, load_definition
from engine.workflow.office_hours import office_hours

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKET = {"ticket": {"number": "1", "title": "VPN drops", "body": "It happens. " * 100}}
HEAD = ("rounds", "desk p50 ms", "p95 ms", "KB", "bare p50 ms", "p95 ms", "KB", "bare ÷ desk")
LOST = 500  # rounds after which bare SpiffWorkflow no longer knows its open step
DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://example.com/loop"
 id="loop_definitions"><bpmn:process id="loop" isExecutable="true">
 <bpmn:startEvent id="begin"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
 <bpmn:userTask id="work"><bpmn:incoming>f1</bpmn:incoming><bpmn:incoming>f4</bpmn:incoming>
  <bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
 <bpmn:userTask id="check"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
 </bpmn:userTask>
 <bpmn:exclusiveGateway id="good" default="f5"><bpmn:incoming>f3</bpmn:incoming>
  <bpmn:outgoing>f4</bpmn:outgoing><bpmn:outgoing>f5</bpmn:outgoing></bpmn:exclusiveGateway>
 <bpmn:endEvent id="end"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
 <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="work"/>
 <bpmn:sequenceFlow id="f2" sourceRef="work" targetRef="check"/>
 <bpmn:sequenceFlow id="f3" sourceRef="check" targetRef="good"/>
 <bpmn:sequenceFlow id="f4" sourceRef="good" targetRef="work"><bpmn:conditionExpression
  xsi:type="bpmn:tFormalExpression">again</bpmn:conditionExpression></bpmn:sequenceFlow>
 <bpmn:sequenceFlow id="f5" sourceRef="good" targetRef="end"/>
</bpmn:process></bpmn:definitions>"""


class Nobody:
    """A diagram without rules and service tasks asks for nothing."""

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """No variables."""
        return {}

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """Nothing."""

    def signal(self, name: str, step: Step) -> None:
        """Nobody listens."""

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """Monday to Friday."""
        return office_hours(start, days, seconds)


class Ours:
    """The desk's machine: its state is a dict that goes into the row as it is."""

    def __init__(self) -> None:
        files = {"process.bpmn": DIAGRAM.encode()}
        self.definition: Definition = load_definition("loop", files, {})
        self.state = json.dumps(Instance.start(self.definition, TICKET, Nobody(), NOW)[0].dump())

    def step(self) -> None:
        """Load, complete what is open, dump."""
        instance = Instance.load(self.definition, json.loads(self.state), Nobody())
        instance.complete(instance.work_items[0].task_id, {"again": True}, NOW)
        self.state = json.dumps(instance.dump())


class Bare:
    """The library as its documentation uses it: the default serializer, specification included."""

    def __init__(self) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(BytesIO(DIAGRAM.encode())), filename="loop.bpmn")
        self.serializer = BpmnWorkflowSerializer()
        workflow = BpmnWorkflow(parser.get_spec("loop"))
        workflow.task_tree.data.update(TICKET)
        workflow.do_engine_steps()
        self.state = self.serializer.serialize_json(workflow)

    def step(self) -> None:
        """Load, complete what is open, dump."""
        workflow = self.serializer.deserialize_json(self.state)
        task = next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)))
        task.data["again"] = True
        task.run()
        workflow.do_engine_steps()
        self.state = self.serializer.serialize_json(workflow)


def after(machine: Ours | Bare, rounds: int, times: int) -> Run:
    """The time of a step once the ticket has gone round so often; each time from the same state."""
    while rounds:
        machine.step()
        machine.step()
        rounds -= 1
    state = machine.state

    def again() -> None:
        machine.state = state
        machine.step()

    return timed(again, times)


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    given = parser.parse_args(arguments)
    rows = []
    for rounds in (1, 3) if given.small else (1, 50, 500, 2_000):
        ours = Ours()
        mine = after(ours, rounds, 3 if given.small else 200)
        row = [str(rounds), *(number(mine.at(share)) for share in (0.5, 0.95))]
        row.append(number(len(ours.state) / 1024))
        if rounds < LOST:
            bare = Bare()
            theirs = after(bare, rounds, 3 if given.small else 30)
            row += [number(theirs.at(share)) for share in (0.5, 0.95)]
            row += [number(len(bare.state) / 1024), number(theirs.at(0.5) / mine.at(0.5))]
        else:
            row += ["lost", "–", "–", "–"]
        rows.append(row)
    told = table("One step of a process: load, complete, dump", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
