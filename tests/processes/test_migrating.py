"""Tickets of the processes that are shipped go on right when their diagram is changed under way.

Each example is played to some point, moved to a diagram that has a step more on one of its flows,
or a step renamed, and played to the end it had.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from lxml import etree

from engine.workflow import Definition, Instance, load_definition
from engine.workflow.migrate import move, plan, suggested
from engine.workflow.player import START
from engine.workflow.sandbox import Sandbox
from engine.workflow.timers import parse_duration
from tests.processes.folders import FOLDERS, files_of, shared_files
from tests.processes.test_examples import BPMN, examples_of

NO_ARM = "eventBasedGateway"


def drawn(folder: str, root: etree._Element) -> Definition:
    files = {**files_of(folder), "process.bpmn": etree.tostring(root)}
    return load_definition(folder.rpartition("/")[2], files, shared_files(), published=True)


def edits(folder: str) -> Iterator[tuple[Definition, dict[str, str]]]:
    """Diagrams with one step more on a flow or one renamed, and the mapping for it."""
    raw = files_of(folder)["process.bpmn"]
    for number, flow in enumerate(etree.fromstring(raw).iter(f"{BPMN}sequenceFlow")):
        root = etree.fromstring(raw)
        if root.find(f".//{BPMN}{NO_ARM}[@id='{flow.get('sourceRef')}']") is not None:
            continue
        here = list(root.iter(f"{BPMN}sequenceFlow"))[number]
        extra = etree.SubElement(here.getparent(), f"{BPMN}userTask", id="extra_step")
        etree.SubElement(extra, f"{BPMN}incoming").text = here.get("id")
        etree.SubElement(extra, f"{BPMN}outgoing").text = "extra_flow"
        etree.SubElement(
            here.getparent(), f"{BPMN}sequenceFlow", id="extra_flow", sourceRef="extra_step",
            targetRef=here.get("targetRef"),
        )  # fmt: skip
        here.set("targetRef", "extra_step")
        yield drawn(folder, root), {}
    for task in etree.fromstring(raw).iter(f"{BPMN}userTask"):
        name = task.get("id")
        text = raw.replace(f'"{name}"'.encode(), f'"{name}_2"'.encode())
        text = text.replace(f">{name}<".encode(), f">{name}_2<".encode())
        yield drawn(folder, etree.fromstring(text)), {name: f"{name}_2"}


class Played:
    """One example, played step by step; steps that it does not know are done at once."""

    def __init__(self, definition: Definition, example: Mapping[str, Any]) -> None:
        self.hooks, self.now, self.ends = Sandbox(example, None, None), START, list[str]()
        data = {"ticket": self.hooks.ticket} | (example.get("given") or {})
        self.instance, _ = Instance.start(definition, data, self.hooks, START)
        self.names: Mapping[str, str] = {}

    def do(self, step: Mapping[str, Any]) -> None:
        while self._done("extra_step", {}):
            pass
        if "complete" in step:
            name = self.names.get(step["complete"], step["complete"])
            assert self._done(name, step.get("answers") or {}), (name, self.instance.live_steps)
        elif "message" in step:
            made = self.instance.message(step["message"], step.get("payload") or {}, self.now)
            assert made.delivered
            self.ends += made.end_steps
        elif "advance" in step:
            self.now = parse_duration(step["advance"]).after(self.now)
            self.ends += self.instance.tick(self.now).end_steps
        elif "expect_end" in step:
            assert self.instance.done
            assert step["expect_end"] in self.ends

    def _done(self, name: str, answers: Mapping[str, Any]) -> bool:
        item = next((i for i in self.instance.work_items if i.step.id == name), None)
        if item is not None:
            self.ends += self.instance.complete(item.task_id, answers, self.now).end_steps
        return item is not None

    def move(self, new: Definition, mapping: dict[str, str]) -> None:
        old, state = self.instance.definition, json.loads(json.dumps(self.instance.dump()))
        was = self.instance
        found = plan(old, new, state)
        assert set(found.unplaced) <= set(mapping)
        assert suggested(old, new, found.unplaced) == {s: mapping[s] for s in found.unplaced}
        moved = move(old, new, state, mapping, self.now)
        self.instance, self.names = Instance.load(new, moved, self.hooks), mapping
        assert [t.due_at for t in was.timers] == [t.due_at for t in self.instance.timers]
        assert [i.task_id for i in was.work_items] == [i.task_id for i in self.instance.work_items]
        assert {(w.task_id, w.message) for w in was.waiting} == {
            (w.task_id, w.message) for w in self.instance.waiting
        }


@pytest.mark.parametrize("folder", FOLDERS)
def test_examples_reach_their_end_over_a_change(folder: str) -> None:
    old = load_definition(folder.rpartition("/")[2], files_of(folder), shared_files())
    examples = examples_of(folder)
    for number, (new, mapping) in enumerate(edits(folder)):
        for example in examples:
            steps = [s for s in example.get("steps") or [] if "expect" not in s]
            played = Played(old, example)
            for index, step in enumerate(steps):
                if index == number % max(1, len(steps)) and not played.instance.done:
                    played.move(new, mapping)
                played.do(step)
