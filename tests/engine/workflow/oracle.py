"""What must happen in a diagram of blocks, worked out from the blocks alone, without a machine.

A block begins with some data and a way to go on; what waits is listed. Data are merged as the desk
promises: of branches that meet, what each has changed since they parted, the later one last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.engine.workflow.generated import (
    And,
    Auto,
    Block,
    Drawn,
    Guard,
    Loop,
    Many,
    Or,
    Race,
    Raise,
    Seq,
    Sub,
    Task,
    Xor,
)

Data = dict[str, Any]
Next = Callable[[Data], None]


class Scope:
    """What is cancelled together; `catchers` are the guards of errors and escalations."""

    def __init__(self, above: Scope | None = None, guard: Guard | None = None) -> None:
        self.above, self.guard = above, guard
        self.over = False
        self.caught: Next = lambda data: None

    @property
    def alive(self) -> bool:
        """Whether neither this nor anything around it has been cancelled."""
        return not self.over and (self.above is None or self.above.alive)


@dataclass
class Part:
    """A process or subprocess, which ends when all its tokens have; each leaves its changes."""

    go_on: Next
    scope: Scope
    tokens: int = 1
    ended: Data = field(default_factory=dict)

    def end(self, base: Data, data: Data) -> None:
        """A token has come to an end event; `base` is what it had where it parted."""
        if not self.scope.alive:
            return
        self.tokens -= 1
        own = changes(base, data)
        if self.tokens:
            self.ended.update(own)
        else:
            self.go_on({**data, **self.ended, **own})


@dataclass
class Wait:
    """A step that is open, or an event that is waited for."""

    kind: str
    name: str
    data: Data
    scope: Scope
    go_on: Next
    variable: str = ""  # what the answer of a step is kept as


def changes(base: Data, data: Data) -> Data:
    """The variables that differ from what they were."""
    return {k: v for k, v in data.items() if k not in base or base[k] != v}


class Oracle:
    """One run of a diagram."""

    def __init__(self, drawn: Drawn) -> None:
        self.waits: list[Wait] = []
        self.data: Data | None = None
        root = Scope()
        part = Part(self._finish, root)
        self._run(drawn.block, {}, root, part, lambda data: part.end({}, data))

    @property
    def done(self) -> bool:
        """Whether the process has ended."""
        return self.data is not None

    def waiting(self, *kinds: str) -> list[Wait]:
        """What waits now, of these kinds."""
        self.waits = [w for w in self.waits if w.scope.alive]
        return [w for w in self.waits if w.kind in kinds]

    def complete(self, wait: Wait, answer: Any) -> None:
        """Somebody does an open step."""
        self.waits.remove(wait)
        wait.go_on({**wait.data, wait.variable: answer})

    def happen(self, kind: str, name: str) -> None:
        """A message, signal or timer reaches all that wait for it now."""
        for wait in self.waiting(kind):
            if wait.name == name and wait.scope.alive and wait in self.waits:
                self.waits.remove(wait)
                wait.go_on(dict(wait.data))

    def _finish(self, data: Data) -> None:
        self.data = data

    def _run(self, block: Block, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        run = getattr(self, f"_{type(block).__name__.lower()}")
        run(block, dict(data), scope, part, self._if_alive(scope, go_on))

    @staticmethod
    def _if_alive(scope: Scope, go_on: Next) -> Next:
        return lambda data: go_on(data) if scope.alive else None

    def _open(self, name: str, data: Data, scope: Scope, go_on: Next) -> None:
        variable = name.removeprefix("ask_")
        self.waits.append(Wait("task", name, data, scope, go_on, variable))

    def _task(self, block: Task, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        self._open(block.id, data, scope, go_on)

    def _auto(self, block: Auto, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        go_on({**data, block.id: 1})

    def _seq(self, block: Seq, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        def at(number: int, data: Data) -> None:
            if number == len(block.parts):
                go_on(data)
            else:
                self._run(block.parts[number], data, scope, part, lambda d: at(number + 1, d))

        at(0, data)

    def _xor(self, block: Xor, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        def way(data: Data) -> None:
            last = len(block.branches) - 1
            said = data[block.id]
            branch = block.branches[said if said in range(last) else last]
            self._run(branch, data, scope, part, go_on)

        self._open(f"ask_{block.id}", data, scope, way)

    def _and(self, block: And, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        self._together(block.branches, data, scope, part, go_on)

    def _or(self, block: Or, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        def ways(data: Data) -> None:
            last = len(block.branches) - 1
            chosen = [b for n, b in enumerate(block.branches[:-1]) if n in data[block.id]]
            self._together(chosen or [block.branches[last]], data, scope, part, go_on)

        self._open(f"ask_{block.id}", data, scope, ways)

    def _together(self, branches: Any, base: Data, scope: Scope, part: Part, go_on: Next) -> None:
        merged, left = dict(base), len(branches)

        def arrive(data: Data) -> None:
            nonlocal left
            merged.update(changes(base, data))
            left -= 1
            if not left:
                go_on(merged)

        for branch in branches:
            self._run(branch, base, scope, part, arrive)

    def _loop(self, block: Loop, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        def asked(data: Data) -> None:
            self._open(f"ask_{block.id}", data, scope, again)

        def again(data: Data) -> None:
            if data[block.id] == 1:
                self._run(block.body, data, scope, part, asked)
            else:
                go_on(data)

        self._run(block.body, data, scope, part, asked)

    def _sub(self, block: Sub, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        inside = Scope(scope)
        inner = Part(go_on, inside)
        self._run(block.body, data, inside, inner, lambda d: inner.end(data, d))

    def _many(self, block: Many, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        data = {**data, f"list_{block.id}": list(range(block.count))}
        base, item, out = dict(data), f"item_{block.id}", f"out_{block.body.id}"
        keeps = block.collect and isinstance(block.body, Task)
        if keeps:
            base[f"all_{block.id}"] = []
        frame, left = dict(base), block.count
        if not left:
            go_on(frame)
            return

        def arrive(child: Data) -> None:
            nonlocal left
            if keeps:
                frame[f"all_{block.id}"] = [*frame[f"all_{block.id}"], child[out]]
            else:
                frame.update(changes({**data, item: child.get(item)}, child))
            left -= 1
            if not left:
                go_on(frame)
            elif block.sequential:
                begin(block.count - left)

        def begin(number: int) -> None:
            seen = {k: v for k, v in frame.items() if k != item}
            if keeps:
                seen.pop(out, None)
            seen[item] = number
            if not keeps:
                self._run(block.body, seen, scope, part, arrive)
                return
            go = self._if_alive(scope, arrive)
            self.waits.append(Wait("task", block.body.id, seen, scope, go, out))

        if keeps:
            frame.pop(out, None)
        frame.pop(item, None)
        for number in range(1 if block.sequential else block.count):
            begin(number)

    def _guard(self, block: Guard, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        inside = Scope(scope, block)

        def over(data: Data) -> None:
            inside.over = True
            go_on(data)

        def hit(found: Data) -> None:
            if block.interrupting:
                inside.over = True
                self._run(block.handler, data, scope, part, go_on)
                return
            part.tokens += 1
            if block.kind in ("message", "signal"):
                arm()
            self._run(block.handler, data, scope, part, lambda d: part.end(data, d))

        def arm() -> None:
            self.waits.append(Wait(block.kind, block.id, data, inside, hit))

        inside.caught = hit
        if block.kind in ("message", "signal", "timer"):
            arm()
        self._run(block.host, data, inside, part, over)

    def _raise(self, block: Raise, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        def said(data: Data) -> None:
            if data[block.id] != 1:
                go_on(data)
                return
            here: Scope | None = scope
            while here is not None and (here.guard is None or here.guard.id != block.to):
                here = here.above
            assert here is not None
            here.caught(data)
            if block.kind == "escalation" and scope.alive:
                go_on(data)

        self._open(f"ask_{block.id}", data, scope, said)

    def _race(self, block: Race, data: Data, scope: Scope, part: Part, go_on: Next) -> None:
        race = Scope(scope)

        def won(number: int) -> Next:
            def go(data: Data) -> None:
                race.over = True
                self._run(block.arms[number], data, scope, part, go_on)

            return go

        for number in range(len(block.arms)):
            name = f"{block.id}_{number}"
            self.waits.append(Wait("message", name, data, race, won(number)))
