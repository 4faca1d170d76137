"""Diagrams made of blocks, each with one way in and one out: sound by construction.

A block is a tuple of its kind and its parts; `draw` makes a diagram of it. Defects are blocks, too.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from engine.workflow.definition import Definition, build
from engine.workflow.source import read_bundle
from tests.engine.workflow.conftest import Pen

Block = tuple[Any, ...]

FORM = {
    "type": "object",
    "properties": {
        "yes": {"type": "boolean"},
        "kind": {"type": "string", "enum": ["one", "two", "three"]},
        "list": {"type": "array", "items": {"type": "string"}, "minItems": 0, "maxItems": 2},
    },
    "required": ["yes", "kind", "list"],
}
_FORM = (
    '<spiffworkflow:properties><spiffworkflow:property name="formJsonSchemaFilename"'
    ' value="ask.schema.json"/></spiffworkflow:properties>'
)
_MANY = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="{0}"><bpmn:loopDataInputRef>list'
    '</bpmn:loopDataInputRef><bpmn:inputDataItem id="item"/>{1}'
    "</bpmn:multiInstanceLoopCharacteristics>"
)
_STOP = "<bpmn:completionCondition>yes</bpmn:completionCondition>"
LEAVES = (
    "user", "script", "rule", "send", "receive", "catch message", "catch signal", "catch timer",
    "many parallel", "many sequential", "many stop", "loop task", "call", "throw",
)  # fmt: skip
OF_SEVERAL = ("sequence", "exclusive", "parallel", "inclusive", "event gateway")
OF_ONE = (
    "loop", "subprocess", "border message", "border timer", "side message", "side cycle",
    "side timer", "transaction", "error", "escalation", "side escalation", "many sub",
    "many sub sequential", "ends", "terminate",
)  # fmt: skip
DEFECTS = ("left behind", "stuck", "no exit", "no way", "cancelled branch")
INNER: Block = ("exclusive", [("user",), ("script",)])


def blocks(size: int = 8) -> st.SearchStrategy[Block]:
    """Any sound block."""
    return st.recursive(st.tuples(st.sampled_from(LEAVES)), _more, max_leaves=size)


def _more(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    two = st.lists(inner, min_size=2, max_size=3)
    around = st.tuples(st.just("parallel"), two)
    return st.one_of(
        st.tuples(st.sampled_from(OF_SEVERAL), two),
        st.tuples(st.sampled_from(OF_ONE), inner),
        st.tuples(st.just("loop"), around),
    )


class Drawer:
    """Draws blocks with a pen; `at(block, before)` gives the step after which to go on."""

    def __init__(self) -> None:
        self.count = 0

    def key(self, stem: str) -> str:
        """A new id."""
        self.count += 1
        return f"{stem}{self.count}"

    def process(self, block: Block, process_id: str = "sample") -> Pen:
        """The whole process around a block."""
        pen = Pen(process_id)
        pen.start().node("userTask", "first", ext=_FORM).flow("start", "first")
        last = self.at(pen, block, "first")
        return pen.end().flow(last, "done")

    def at(self, pen: Pen, block: Block, before: str, when: str = "") -> str:
        """Draw a block behind a step."""
        kind = block[0].replace(" ", "_")
        found: str = getattr(self, f"_{kind}")(pen, block, before, when)
        return found

    def task(self, pen: Pen, before: str, when: str, tag: str, inner: str = "", **more: str) -> str:
        """One step."""
        key = self.key("t")
        pen.node(tag, key, inner, **more).flow(before, key, when=when)
        return key

    def ask(self, pen: Pen, before: str, when: str = "") -> str:
        """A step whose form decides what follows."""
        return self.task(pen, before, when, "userTask", ext=_FORM)

    def gate(self, pen: Pen, kind: str, before: str, when: str = "", default: str = "") -> str:
        """A gateway behind a step."""
        key = self.key("g")
        attrs = f'default="{key}_{default}"' if default else ""
        pen.node(f"{kind}Gateway", key, attrs=attrs).flow(before, key, when=when)
        return key

    def _user(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "userTask")

    def _script(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "scriptTask", "<bpmn:script>x = 1</bpmn:script>")

    def _rule(self, pen: Pen, block: Block, before: str, when: str) -> str:
        ext = "<spiffworkflow:calledDecisionId>routing</spiffworkflow:calledDecisionId>"
        return self.task(pen, before, when, "businessRuleTask", ext=ext)

    def _send(self, pen: Pen, block: Block, before: str, when: str) -> str:
        pen.message_event("news")
        return self.task(pen, before, when, "sendTask", attrs='messageRef="message_news"')

    def _receive(self, pen: Pen, block: Block, before: str, when: str) -> str:
        name = self.key("m")
        pen.message_event(name)
        return self.task(pen, before, when, "receiveTask", attrs=f'messageRef="message_{name}"')

    def _catch_message(self, pen: Pen, block: Block, before: str, when: str) -> str:
        event = pen.message_event("news")
        return self.task(pen, before, when, "intermediateCatchEvent", event)

    def _catch_signal(self, pen: Pen, block: Block, before: str, when: str) -> str:
        event = pen.signal_event("all")
        return self.task(pen, before, when, "intermediateCatchEvent", event)

    def _catch_timer(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "intermediateCatchEvent", pen.timer_event("PT1H"))

    def _throw(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "intermediateThrowEvent")

    def _many_parallel(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "userTask", _MANY.format("false", ""))

    def _many_sequential(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "userTask", _MANY.format("true", ""))

    def _many_stop(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "userTask", _MANY.format("false", _STOP), ext=_FORM)

    def _loop_task(self, pen: Pen, block: Block, before: str, when: str) -> str:
        loop = '<bpmn:standardLoopCharacteristics loopMaximum="2"/>'
        return self.task(pen, before, when, "userTask", loop)

    def _call(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.task(pen, before, when, "callActivity", attrs='calledElement="inner"')

    def _sequence(self, pen: Pen, block: Block, before: str, when: str) -> str:
        for part in block[1]:
            before, when = self.at(pen, part, before, when), ""
        return before

    def branches(self, pen: Pen, block: Block, split: str, whens: list[str], join: str) -> None:
        """Each part between two gateways."""
        for part, when in zip(block[1], whens, strict=False):
            pen.flow(self.at(pen, part, split, when), join)

    def _exclusive(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.split(pen, block, before, when, "exclusive", "exclusive")

    def _inclusive(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.split(pen, block, before, when, "inclusive", "inclusive")

    def split(self, pen: Pen, block: Block, before: str, when: str, kind: str, join: str) -> str:
        """A deciding gateway, with a straight way as its default, and its meeting point."""
        asked = self.ask(pen, before, when)
        meet = self.key("g")
        one = self.gate(pen, kind, asked, default=meet)
        pen.node(f"{join}Gateway", meet).flow(one, meet)
        self.branches(pen, block, one, ['kind == "one"', "yes", 'kind == "two"'], meet)
        return meet

    def _parallel(self, pen: Pen, block: Block, before: str, when: str) -> str:
        one = self.gate(pen, "parallel", before, when)
        meet = self.key("g")
        pen.node("parallelGateway", meet)
        self.branches(pen, block, one, ["", "", ""], meet)
        return meet

    def _event_gateway(self, pen: Pen, block: Block, before: str, when: str) -> str:
        one = self.gate(pen, "eventBased", before, when)
        meet = self.key("g")
        pen.node("exclusiveGateway", meet)
        arms = [("catch message",), ("catch timer",), ("receive",)]
        for part, arm in zip(block[1], arms, strict=False):
            pen.flow(self.at(pen, part, self.at(pen, arm, one)), meet)
        return meet

    def _loop(self, pen: Pen, block: Block, before: str, when: str) -> str:
        head = self.gate(pen, "exclusive", before, when)
        asked = self.ask(pen, self.at(pen, block[1], head))
        after = self.key("t")
        back = self.gate(pen, "exclusive", asked, default=after)
        pen.user(after).flow(back, head, when="yes").flow(back, after)
        return after

    def box(
        self, pen: Pen, block: Block, before: str, when: str, tag: str = "subProcess",
        inner: str = "", last: str = "",
    ) -> str:  # fmt: skip
        """A subprocess around a block, whose path ends with an event of a kind, or plainly."""
        key, within = self.key("s"), Pen("x")
        within.messages, within.signals = pen.messages, pen.signals
        start, end = self.key("b"), self.key("e")
        within.start(start)
        here = self.at(within, block, self.ask(within, start))
        if last:
            other, gate = self.key("e"), self.key("g")
            within.node("exclusiveGateway", gate, attrs=f'default="{gate}_{end}"')
            within.flow(here, gate).flow(gate, other, when="yes").end(other, last)
            here = gate
        within.end(end).flow(here, end)
        pen.node(tag, key, inner + within.body()).flow(before, key, when=when)
        return key

    def _subprocess(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.box(pen, block[1], before, when)

    def _many_sub(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.box(pen, block[1], before, when, inner=_MANY.format("false", ""))

    def _many_sub_sequential(self, pen: Pen, block: Block, before: str, when: str) -> str:
        return self.box(pen, block[1], before, when, inner=_MANY.format("true", ""))

    def bordered(self, pen: Pen, host: str, event: str, away: bool, meets: bool) -> str:
        """An event on a border: its path meets the main one again, or has an end of its own."""
        border, task = self.key("v"), self.key("t")
        pen.border(border, host, event, away).user(task).flow(border, task)
        if not meets:
            end = self.key("e")
            pen.end(end).flow(task, end)
            return host
        meet = self.gate(pen, "exclusive", host)
        pen.flow(task, meet)
        return meet

    def _border_message(self, pen: Pen, block: Block, before: str, when: str) -> str:
        host = self.box(pen, block[1], before, when)
        return self.bordered(pen, host, pen.message_event("stop"), True, True)

    def _border_timer(self, pen: Pen, block: Block, before: str, when: str) -> str:
        host = self.box(pen, block[1], before, when)
        return self.bordered(pen, host, pen.timer_event("PT5H"), True, True)

    def _side_message(self, pen: Pen, block: Block, before: str, when: str) -> str:
        host = self.box(pen, block[1], before, when)
        return self.bordered(pen, host, pen.message_event("more"), False, False)

    def _side_cycle(self, pen: Pen, block: Block, before: str, when: str) -> str:
        host = self.box(pen, block[1], before, when)
        return self.bordered(pen, host, pen.timer_event("R3/PT1H", "timeCycle"), False, False)

    def _side_timer(self, pen: Pen, block: Block, before: str, when: str) -> str:
        host = self.at(pen, ("user",), self.at(pen, block[1], before, when))
        return self.bordered(pen, host, pen.timer_event("PT1H"), False, False)

    def _transaction(self, pen: Pen, block: Block, before: str, when: str) -> str:
        event = "<bpmn:cancelEventDefinition/>"
        host = self.box(pen, block[1], before, when, "transaction", last=event)
        return self.bordered(pen, host, event, True, True)

    def _error(self, pen: Pen, block: Block, before: str, when: str) -> str:
        event = "<bpmn:errorEventDefinition/>"
        host = self.box(pen, block[1], before, when, last=event)
        return self.bordered(pen, host, event, True, True)

    def _escalation(self, pen: Pen, block: Block, before: str, when: str) -> str:
        event = "<bpmn:escalationEventDefinition/>"
        host = self.box(pen, block[1], before, when, last=event)
        return self.bordered(pen, host, event, True, True)

    def _side_escalation(self, pen: Pen, block: Block, before: str, when: str) -> str:
        event = "<bpmn:escalationEventDefinition/>"
        host = self.box(pen, block[1], before, when, last=event)
        return self.bordered(pen, host, event, False, False)

    def _terminate(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """A subprocess of two paths, one of which ends the other."""
        last = "<bpmn:terminateEventDefinition/>"
        return self.box(pen, ("ends", block[1]), before, when, last=last)

    def _ends(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """A parallel branch with an end of its own."""
        one = self.gate(pen, "parallel", before, when)
        end = self.key("e")
        pen.end(end).flow(self.at(pen, ("user",), one), end)
        return self.at(pen, block[1], one)

    # Defects: what is drawn cannot come to an end, or does things twice.

    def _left_behind(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """Split in parallel, met by an exclusive gateway."""
        one = self.gate(pen, "parallel", before, when)
        meet = self.key("g")
        pen.node("exclusiveGateway", meet)
        self.branches(pen, block, one, ["", "", ""], meet)
        return self.at(pen, ("user",), meet)

    def _stuck(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """Split by a decision, met by a parallel gateway."""
        return self.split(pen, block, before, when, "exclusive", "parallel")

    def _no_exit(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """A circle without a way out, begun by a decision."""
        asked = self.ask(pen, before, when)
        after, head = self.key("t"), self.key("g")
        one = self.gate(pen, "exclusive", asked, default=after)
        pen.node("exclusiveGateway", head).flow(one, head, when="yes")
        last = self.at(pen, ("user",), self.at(pen, block[1][0], head))
        pen.flow(last, head).user(after).flow(one, after)
        return after

    def _no_way(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """A decision where it can be that nothing holds."""
        asked = self.ask(pen, before, when)
        one, meet = self.gate(pen, "exclusive", asked), self.key("g")
        pen.node("exclusiveGateway", meet)
        self.branches(pen, (block[0], block[1][:2]), one, ['kind == "one"', 'kind == "two"'], meet)
        return meet

    def _cancelled_branch(self, pen: Pen, block: Block, before: str, when: str) -> str:
        """A join that waits for a branch which an event on a border leads elsewhere."""
        one, meet = self.gate(pen, "parallel", before, when), self.key("g")
        pen.node("parallelGateway", meet)
        host = self.at(pen, ("user",), one)
        border, end = self.key("v"), self.key("e")
        pen.border(border, host, pen.message_event("stop")).end(end).flow(border, end)
        pen.flow(host, meet).flow(self.at(pen, block[1][0], one), meet)
        return meet


def files_of(pen: Pen) -> dict[str, bytes]:
    """A drawn process with its form."""
    return {"process.bpmn": pen.xml(), "ask.schema.json": json.dumps(FORM).encode()}


def shared() -> dict[str, dict[str, bytes]]:
    """The process that blocks call."""
    drawer = Drawer()
    drawer.count = 100_000
    pen = Pen("inner").start("inner_start").node("userTask", "inner_first", ext=_FORM)
    pen.flow("inner_start", "inner_first")
    last = drawer.at(pen, INNER, "inner_first")
    return {"inner": files_of(pen.end("inner_done").flow(last, "inner_done"))}


def draw(block: Block) -> dict[str, bytes]:
    """The files of a process made of a block."""
    return files_of(Drawer().process(block))


def defined(files: dict[str, bytes]) -> Definition:
    """A process that may be unsound, ready to be run."""
    return build(read_bundle("sample", files, shared()))
