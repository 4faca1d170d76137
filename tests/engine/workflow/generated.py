"""Sound diagrams made at random: blocks within blocks, each of which begins and ends once.

`diagrams()` gives them to Hypothesis; `Drawn` is one, as files to load and as the tree of blocks it
was drawn from, from which `oracle.py` knows what must happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.engine.workflow.conftest import Pen


@dataclass(frozen=True)
class Block:
    """A part of a diagram with one way in and one way out."""

    id: str = ""


@dataclass(frozen=True)
class Task(Block):
    """A step for a person; what they answer is a variable with the step's name."""


@dataclass(frozen=True)
class Auto(Block):
    """A script."""


@dataclass(frozen=True)
class Seq(Block):
    """One after the other."""

    parts: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Xor(Block):
    """One of several ways, as somebody says."""

    branches: tuple[Block, ...] = ()


@dataclass(frozen=True)
class And(Block):
    """All ways at once."""

    branches: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Or(Block):
    """One or more of several ways, as somebody says."""

    branches: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Loop(Block):
    """Again and again, as somebody says."""

    body: Block = field(default_factory=Task)


@dataclass(frozen=True)
class Sub(Block):
    """A subprocess in the diagram, or (`called`) a shared process."""

    body: Block = field(default_factory=Task)
    called: bool = False


@dataclass(frozen=True)
class Many(Block):
    """A step or subprocess for each entry of a list; with `collect` it keeps the answers."""

    body: Task | Sub = field(default_factory=Task)
    sequential: bool = False
    count: int = 2
    collect: bool = False


@dataclass(frozen=True)
class Guard(Block):
    """A step or subprocess with an event on its border, and what happens then."""

    host: Task | Sub = field(default_factory=Task)
    kind: str = "message"  # message, timer, signal, error or escalation
    interrupting: bool = True
    handler: Block = field(default_factory=Task)


@dataclass(frozen=True)
class Raise(Block):
    """Somebody says whether the error or escalation of the guard `to` is thrown here."""

    kind: str = "error"
    to: str = ""


@dataclass(frozen=True)
class Race(Block):
    """The first of several messages says how it goes on."""

    arms: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A whole diagram."""

    block: Block

    @property
    def features(self) -> frozenset[str]:
        """What is in it, and what is in what: `And`, `Loop>And`, `Many sequential` …"""
        return frozenset(_features(self.block, ()))

    def files(self) -> tuple[dict[str, bytes], dict[str, dict[str, bytes]]]:
        """The files of the process and of the shared ones that it calls."""
        shared: dict[str, dict[str, bytes]] = {}
        pen = _Drawer(Pen("sample"), shared).whole(self.block)
        return {"process.bpmn": pen.xml()}, shared


def diagrams(depth: int = 3) -> st.SearchStrategy[Drawn]:
    """Sound diagrams of at most so many blocks within each other."""
    return _blocks(depth).map(lambda block: Drawn(_numbered(block)))


def _blocks(depth: int) -> st.SearchStrategy[Block]:
    leaf: st.SearchStrategy[Block] = st.sampled_from([Task(), Task(), Auto()])
    if depth <= 0:
        return leaf
    inner = st.deferred(lambda: _blocks(depth - 1))
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    sub = st.builds(Sub, body=inner, called=st.booleans())
    host: st.SearchStrategy[Any] = st.one_of(st.just(Task()), sub)
    return st.one_of(
        leaf,
        st.builds(Seq, parts=several),
        st.builds(Xor, branches=several),
        st.builds(And, branches=several),
        st.builds(Or, branches=several),
        st.builds(Loop, body=inner),
        sub,
        st.builds(Many, body=host, sequential=st.booleans(), count=st.integers(0, 3),
                  collect=st.booleans()),
        st.builds(Guard, host=host, kind=st.sampled_from(["message", "timer", "signal"]),
                  interrupting=st.booleans(), handler=inner),
        st.builds(_guarded, body=inner, called=st.booleans(), interrupting=st.booleans(),
                  kind=st.sampled_from(["error", "escalation"]), handler=inner),
        st.builds(Race, arms=several),
    )  # fmt: skip


def _guarded(body: Block, called: bool, interrupting: bool, kind: str, handler: Block) -> Block:
    inner = Seq(parts=(body, Raise(kind=kind)))
    return Guard(
        host=Sub(body=inner, called=called), kind=kind,
        interrupting=interrupting or kind == "error", handler=handler,
    )  # fmt: skip


def _numbered(block: Block) -> Block:
    """The same blocks with names of their own; a throw knows its guard."""
    count = 0

    def walk(here: Any, guard: str) -> Any:
        nonlocal count
        count += 1
        name = f"{type(here).__name__.lower()}{count}"
        changed: dict[str, Any] = {"id": name}
        if isinstance(here, Raise):
            changed["to"] = guard
        for one in fields(here):
            value = getattr(here, one.name)
            inside = name if isinstance(here, Guard) and one.name == "host" else guard
            if isinstance(value, tuple):
                changed[one.name] = tuple(walk(each, inside) for each in value)
            elif is_dataclass(value):
                changed[one.name] = walk(value, inside)
        return replace(here, **changed)

    found: Block = walk(block, "")
    return found


def inner_blocks(block: Block) -> Iterator[Block]:
    """The blocks directly inside."""
    for one in fields(block):
        value = getattr(block, one.name)
        yield from (v for v in (value if isinstance(value, tuple) else (value,))
                    if isinstance(v, Block))  # fmt: skip


def _features(block: Block, around: tuple[str, ...]) -> Iterator[str]:
    name = type(block).__name__
    yield name
    yield from (f"{outer}>{name}" for outer in around)
    if isinstance(block, Many):
        yield f"Many {'sequential' if block.sequential else 'parallel'}"
        if not (block.collect and isinstance(block.body, Task)):
            yield "Many without results"
    if isinstance(block, Guard):
        yield f"Guard {block.kind}{'' if block.interrupting else ' beside'}"
    for inner in inner_blocks(block):
        yield from _features(inner, (*around, name))


class _Drawer:
    """Draws blocks with a pen; each method returns the first and the last node."""

    def __init__(self, pen: Pen, shared: dict[str, dict[str, bytes]]) -> None:
        self.pen, self.shared = pen, shared

    def whole(self, block: Block, name: str = "") -> Pen:
        self.pen.start(f"start{name}")
        first, last = self.draw(block)
        self.pen.end(f"end{name}")
        return self.pen.flow(f"start{name}", first).flow(last, f"end{name}")

    def draw(self, block: Block) -> tuple[str, str]:
        drawn: tuple[str, str] = getattr(self, f"_{type(block).__name__.lower()}")(block)
        return drawn

    def _task(self, block: Task, inner: str = "") -> tuple[str, str]:
        self.pen.user(block.id, inner=inner)
        return block.id, block.id

    def _auto(self, block: Auto) -> tuple[str, str]:
        self.pen.script(block.id, f"{block.id} = 1")
        return block.id, block.id

    def _seq(self, block: Seq) -> tuple[str, str]:
        ends = [self.draw(part) for part in block.parts]
        for (_, one), (two, _) in pairwise(ends):
            self.pen.flow(one, two)
        return ends[0][0], ends[-1][1]

    def _asked(self, block: Block) -> str:
        self.pen.user(f"ask_{block.id}")
        return f"ask_{block.id}"

    def _split(self, block: Any, kind: str, when: str) -> tuple[str, str]:
        """Ask, split, branches, join; the last branch is the default where there are conditions."""
        split, join = f"split_{block.id}", f"join_{block.id}"
        ends = [self.draw(branch) for branch in block.branches]
        self.pen.gate(kind, split, ends[-1][0] if when else "").gate(kind, join)
        for number, (first, last) in enumerate(ends):
            said = when.format(block.id, number) if when and number < len(ends) - 1 else ""
            self.pen.flow(split, first, when=said).flow(last, join)
        if not when:
            return split, join
        asked = self._asked(block)
        self.pen.flow(asked, split)
        return asked, join

    def _xor(self, block: Xor) -> tuple[str, str]:
        return self._split(block, "exclusive", "{0} == {1}")

    def _and(self, block: And) -> tuple[str, str]:
        return self._split(block, "parallel", "")

    def _or(self, block: Or) -> tuple[str, str]:
        return self._split(block, "inclusive", "{1} in {0}")

    def _loop(self, block: Loop) -> tuple[str, str]:
        merge, split = f"merge_{block.id}", f"split_{block.id}"
        first, last = self.draw(block.body)
        asked = self._asked(block)
        self.pen.gate("exclusive", merge).gate("exclusive", split, f"out_{block.id}")
        self.pen.gate("exclusive", f"out_{block.id}")
        self.pen.flow(merge, first).flow(last, asked, split, f"out_{block.id}")
        self.pen.flow(split, merge, when=f"{block.id} == 1")
        return merge, f"out_{block.id}"

    def _sub(self, block: Sub, inner: str = "") -> tuple[str, str]:
        if block.called:
            pen = _Drawer(Pen(f"called_{block.id}"), self.shared).whole(block.body, block.id)
            self.shared[f"called_{block.id}"] = {"process.bpmn": pen.xml()}
            attrs = f'calledElement="called_{block.id}"'
            self.pen.node("callActivity", block.id, inner, attrs)
            return block.id, block.id
        outer, self.pen = self.pen, Pen("inside")
        self.pen.messages, self.pen.signals = outer.messages, outer.signals
        self.pen.raised = outer.raised
        body = self.whole(block.body, block.id).body()
        self.pen = outer
        self.pen.node("subProcess", block.id, body + inner)
        return block.id, block.id

    def _many(self, block: Many) -> tuple[str, str]:
        name = block.id
        out = f"<bpmn:loopDataOutputRef>all_{name}</bpmn:loopDataOutputRef>"
        item = f'<bpmn:outputDataItem id="out_{block.body.id}"/>'
        keeps = block.collect and isinstance(block.body, Task)
        sequential = str(block.sequential).lower()
        each = (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
            f"<bpmn:loopDataInputRef>list_{name}</bpmn:loopDataInputRef>{out if keeps else ''}"
            f'<bpmn:inputDataItem id="item_{name}"/>{item if keeps else ""}'
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
        made = f"make_{name}"
        self.pen.script(made, f"list_{name} = {list(range(block.count))}")
        draw = self._task if isinstance(block.body, Task) else self._sub
        first, last = draw(block.body, each)  # type: ignore[arg-type]
        self.pen.flow(made, first)
        return made, last

    def _guard(self, block: Guard) -> tuple[str, str]:
        first, last = self.draw(block.host)
        begun, ended = self.draw(block.handler)
        self.pen.border(f"border_{block.id}", first, self._event(block), block.interrupting)
        self.pen.flow(f"border_{block.id}", begun)
        out = f"out_{block.id}"
        self.pen.gate("exclusive", out).flow(last, out)
        if block.interrupting:
            self.pen.flow(ended, out)
        else:
            self.pen.end(f"side_{block.id}").flow(ended, f"side_{block.id}")
        return first, out

    def _event(self, block: Guard) -> str:
        if block.kind == "message":
            return self.pen.message_event(block.id)
        if block.kind == "signal":
            return self.pen.signal_event(block.id)
        if block.kind == "timer":
            return self.pen.timer_event("P900D")
        return self.pen.raise_event(block.kind, block.id)

    def _raise(self, block: Raise) -> tuple[str, str]:
        asked, split, out = self._asked(block), f"split_{block.id}", f"out_{block.id}"
        event = self.pen.raise_event(block.kind, block.to)
        self.pen.gate("exclusive", split, out).gate("exclusive", out).flow(asked, split, out)
        self.pen.flow(split, f"throw_{block.id}", when=f"{block.id} == 1")
        if block.kind == "error":
            self.pen.end(f"throw_{block.id}", event)
        else:
            self.pen.node("intermediateThrowEvent", f"throw_{block.id}", event)
            self.pen.flow(f"throw_{block.id}", out)
        return asked, out

    def _race(self, block: Race) -> tuple[str, str]:
        gate, join = f"race_{block.id}", f"join_{block.id}"
        self.pen.gate("eventBased", gate).gate("exclusive", join)
        for number, arm in enumerate(block.arms):
            name = f"{block.id}_{number}"
            first, last = self.draw(arm)
            self.pen.catch(f"catch_{name}", self.pen.message_event(name))
            self.pen.flow(gate, f"catch_{name}", first).flow(last, join)
        return gate, join
