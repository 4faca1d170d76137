"""A diagram of everything a ticket can wait at, drawn with edits, and a hand that plays it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.workflow.definition import Definition, load_definition
from engine.workflow.instance import Instance

NOW = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
CHAINS = {
    "main": ["work", "pause", "reply", "choice", "box", "call", "block", "each", "turn", "which"],
    "inside": ["inner"],
    "asked": ["ask"],
    "left": ["a"],
}
MANY = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="{}">'
    "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    '<bpmn:inputDataItem id="person"/></bpmn:multiInstanceLoopCharacteristics>'
)
CUTS = ("second_work", "second_box")
WITH_BORDER = ("work", "box", "call", "a", "each")


@dataclass
class Drawing:
    """What is drawn; an edit changes it."""

    chains: dict[str, list[str]] = field(
        default_factory=lambda: {name: list(steps) for name, steps in CHAINS.items()}
    )
    names: dict[str, str] = field(default_factory=dict)  # step → its new id
    times: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    no_border: set[str] = field(default_factory=set)
    second_border: set[str] = field(default_factory=set)
    arms: list[str] = field(default_factory=lambda: ["quiet", "again"])
    condition: str = "finish"
    people: str = "people"
    third: bool = False

    def id(self, step: str) -> str:
        """The id that a step has in this drawing."""
        return self.names.get(step, step)

    def chain_of(self, step: str) -> list[str]:
        """The chain in which a step lies."""
        return next(chain for chain in self.chains.values() if step in chain)


class Draughtsman:
    """Draws a drawing with the pen of the tests."""

    def __init__(self, pen: Any, drawing: Drawing) -> None:
        self.pen, self.drawing = pen, drawing

    def define(self) -> Definition:
        """The definition of the drawing, with the process it calls."""
        d = self.drawing
        p = self.pen().start().end().gate("exclusive", "which", "done")
        self.nodes(p, "main")
        self.flows(p, "main", "start", None)
        p.user("fix").flow("fix", "done")
        p.flow("which", "fix", when=f"not ({d.condition})").flow("which", "done")
        for lane in sorted(set(d.lanes.values())):
            p.lane(lane, *(d.id(s) for s, name in d.lanes.items() if name == lane))
        asked = self.pen("asked").start("q_start").end("q_end")
        self.nodes(asked, "asked")
        self.flows(asked, "asked", "q_start", "q_end")
        forms = {
            f"{name}.schema.json": json.dumps(
                {"type": "object", "properties": {name: {"type": "string"}}}
            ).encode()
            for name in d.forms.values()
        }
        shared = {"asked": {"process.bpmn": asked.xml()}}
        return load_definition(p.process_id, {"process.bpmn": p.xml(), **forms}, shared)

    def nodes(self, p: Any, chain: str) -> None:
        """The steps of a chain with what sits on their borders."""
        d = self.drawing
        for step in d.chains[chain]:
            key = d.id(step)
            if step == "pause":
                p.catch(key, p.timer_event(d.times.get(step, "P2D")))
            elif step == "reply":
                p.catch(key, p.message_event("hello"))
            elif step == "choice":
                p.gate("eventBased", key)
                for arm in d.arms:
                    event = (
                        p.message_event("hello") if arm == "again"
                        else p.timer_event(d.times.get(arm, "P4D" if arm == "soon" else "P3D"))
                    )  # fmt: skip
                    p.catch(arm, event)
            elif step == "box":
                inner = self.pen("box").start("x_start").end("x_end")
                self.nodes(inner, "inside")
                self.flows(inner, "inside", "x_start", "x_end")
                p.node("subProcess", key, inner.body())
            elif step == "call":
                p.node("callActivity", key, attrs='calledElement="asked"')
            elif step == "block":
                p.gate("parallel", "split").gate("parallel", "join").user("b")
                self.nodes(p, "left")
                if d.third:
                    p.user("c")
            elif step in ("each", "turn"):
                many = MANY.format("true" if step == "turn" else "false")
                p.node("userTask", key, many.replace(">people<", f">{d.people}<"))
            elif step != "which":
                self._user(p, step, key)
            self._borders(p, step, key)

    def _user(self, p: Any, step: str, key: str) -> None:
        form = self.drawing.forms.get(step)
        ext = (
            "<spiffworkflow:properties><spiffworkflow:property"
            f' name="formJsonSchemaFilename" value="{form}.schema.json"/>'
            "</spiffworkflow:properties>"
        )
        p.node("userTask", key, ext=ext if form else "")

    def _borders(self, p: Any, step: str, key: str) -> None:
        d = self.drawing
        names = [f"late_{step}"] if step in WITH_BORDER and step not in d.no_border else []
        names += [f"second_{step}"] if step in d.second_border else []
        for name in names:
            cuts = name in CUTS  # it interrupts, and the ticket ends behind it
            p.border(name, key, p.timer_event(d.times.get(name, "P90D")), cuts)
            p.service(f"{name}_say", "note", text=f"'{name}'").end(f"{name}_end")
            p.flow(name, f"{name}_say", f"{name}_end")

    def flows(self, p: Any, chain: str, first: str, last: str | None) -> None:
        """The flows along a chain."""
        d, ends = self.drawing, [first]
        for step in d.chains[chain]:
            begin = "split" if step == "block" else d.id(step)
            for end in ends:
                p.flow(end, begin)
            ends = [begin]
            if step == "choice":
                for arm in d.arms:
                    p.flow(begin, arm)
                ends = list(d.arms)
            if step == "block":
                self.flows(p, "left", "split", "join")
                p.flow("split", "b", "join")
                if d.third:
                    p.flow("split", "c", "join")
                ends = ["join"]
        for end in ends if last is not None else ():
            p.flow(end, last)


@dataclass
class Player:
    """Plays an instance to its end, written and read again before each move."""

    instance: Instance
    desk: Any
    now: datetime = NOW
    seen: list[str] = field(default_factory=list)
    dice: random.Random | None = None

    @classmethod
    def start(cls, definition: Definition, desk: Any, **data: Any) -> Player:
        """An instance at its beginning."""
        facts = {"ticket": {"number": "1"}, "people": ["ana", "bo"], "finish": False} | data
        return cls(Instance.start(definition, facts, desk, NOW)[0], desk)

    def reload(self, definition: Definition | None = None) -> dict[str, Any]:
        """Write and read; the state in between."""
        state: dict[str, Any] = json.loads(json.dumps(self.instance.dump()))
        made = definition or self.instance.definition
        self.instance = Instance.load(made, state, self.desk)
        return state

    def step(self, last: bool = False) -> None:
        """One move: a step that is open (the first or the last), else a message, else the time."""
        self.reload()
        items = sorted(self.instance.work_items, key=lambda i: (i.step.id, i.task_id))
        if self.dice is not None:
            self.dice.shuffle(items)
        if self.dice is not None and self.instance.next_due and self.dice.random() < 0.1:
            self.now = max(self.now, self.instance.next_due)
            self.instance.tick(self.now)
        elif items:
            item = items[-1 if last else 0]
            self.seen.append(item.step.id)
            self.instance.complete(item.task_id, {"typed": item.step.id}, self.now)
        elif self.instance.waiting and self._tells():
            self.seen.append("hello")
            self.instance.message("hello", {}, self.now)
        elif self.instance.next_due is not None:
            self.now = max(self.now, self.instance.next_due)
            self.instance.tick(self.now)
        else:
            raise AssertionError(f"stuck at {self.instance.live_steps}")

    def _tells(self) -> bool:
        timed = self.instance.next_due is not None
        return self.dice is None or not timed or self.dice.random() < 0.7

    def to_the_end(self) -> list[str]:
        """Play on; the steps that were done on the way."""
        begin = len(self.seen)
        for _ in range(80):
            if self.instance.done:
                return self.seen[begin:]
            self.step()
        raise AssertionError(f"no end: {self.instance.live_steps}")

    def walk(self, moves: int, last: bool = False) -> bool:
        """Some moves; False where the end came before."""
        for _ in range(moves):
            self.step(last)
            self.now += timedelta(minutes=7)
            if self.instance.done:
                return False
        return True
