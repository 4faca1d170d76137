"""Explores a process scope by scope, innermost first: each is asked only how it can be left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.workflow.lint.diagram import Diagram, Scope
from engine.workflow.lint.words import DECIDED
from engine.workflow.soundness.effects import Effects
from engine.workflow.soundness.explore import Explorer
from engine.workflow.soundness.facts import Facts, root_of
from engine.workflow.soundness.found import Fault, Found
from engine.workflow.soundness.net import (
    INNER,
    Codes,
    Host,
    Inside,
    Net,
    build,
    caught_by,
    kind_of,
)
from engine.workflow.soundness.variables import (
    TICKET,
    Set,
    collects,
    given,
    may_be_left_out,
    sets_of,
)
from engine.workflow.xml import local

BUDGET = 8_000  # states of one scope
LEAST = 1_000  # states of a scope that are looked at in any case
TOTAL = 16_000  # states of a process with all that is within


@dataclass
class Part:
    """A scope with what was found in it, and the parts within its steps."""

    diagram: Diagram
    scope: Scope
    net: Net
    free: Found  # every gateway may go any way
    told: Found | None = None  # the gateways keep to the facts; None when they ask none
    facts: Facts | None = None
    inside: dict[str, Part] = field(default_factory=dict)
    rescued: bool = False  # an event around it can end it whatever is stuck within
    names: dict[str, tuple[Any, ...] | None] = field(default_factory=dict)

    @property
    def best(self) -> Found:
        """The findings that keep to the facts where there are such."""
        return self.told if self.told is not None and not self.told.over else self.free

    def walk(self, path: tuple[tuple[Part, str], ...] = ()) -> Iterator[tuple[Part, Way]]:
        """This part and those within, each with the steps that lead there."""
        yield self, path
        for key, part in self.inside.items():
            yield from part.walk((*path, (self, key)))


Way = tuple[tuple[Part, str], ...]


@dataclass
class Candidate:
    """A fault with the place where it is."""

    path: Way
    part: Part
    fault: Fault


class Survey:
    """The whole process: its own diagram first, then those that it calls."""

    def __init__(self, diagrams: list[Diagram]) -> None:
        self.diagrams = diagrams
        self.by_process = {d.process.get("id", ""): d for d in diagrams}
        self.scopes = {id(s.element): s for d in diagrams for s in d.scopes}
        self.codes = {id(d): Codes(d.root) for d in diagrams}
        self.sets: dict[str, list[Set]] = {
            node.get("id", ""): sets_of(node, d) for d in diagrams for node in d.nodes()
        }
        self.known = self._known()
        kinds: dict[str, set[str]] = {f"ticket.{name}": {kind} for name, kind in TICKET.items()}
        for one in (s for sets in self.sets.values() for s in sets):
            kinds.setdefault(one.name, set()).add(one.type)
        self.whole = {name for name, found in kinds.items() if found == {"integer"}}
        self.states = 0
        self.memo: dict[tuple[int, str], Part] = {}

    def _known(self) -> dict[str, tuple[Any, ...] | None]:
        """Variable → all values that anybody sets it to, None where that is open."""
        found: dict[str, tuple[Any, ...] | None] = dict.fromkeys(DECIDED)
        for diagram in self.diagrams:
            found |= dict.fromkeys(given(diagram))
        for one in (s for sets in self.sets.values() for s in sets):
            before = found.get(one.name, ())
            known = before is not None and one.values is not None
            none = () if one.always or one.source != "form" else (None,)  # never said
            found[one.name] = (*(before or ()), *(one.values or ()), *none) if known else None
        return found

    def part(
        self, diagram: Diagram, scope: Scope, hosts: list[Host] | None = None, rescued: bool = False
    ) -> Part:
        """Explore a scope and all within; a process called twice in the same way only once."""
        hosts = hosts or []
        key = (id(scope.element), repr(hosts) + str(rescued))
        if key not in self.memo:
            self.memo[key] = self._explore(diagram, scope, hosts, rescued)
        return self.memo[key]

    def _explore(self, diagram: Diagram, scope: Scope, hosts: list[Host], rescued: bool) -> Part:
        codes = self.codes[id(diagram)]
        inside: dict[str, Part] = {}
        for key, node in scope.nodes.items():
            if local(node) not in INNER:
                continue
            if local(node) == "callActivity":
                called = self.by_process.get(node.get("calledElement", ""))
                within = (called, called.scopes[0]) if called is not None else None
            else:
                within = (diagram, self.scopes[id(node)])
            if within is not None:
                more = [caught_by(scope, key, codes), *hosts]
                saved = rescued or _rescues(scope, key)
                inside[key] = self.part(*within, more, saved)
        ways = {
            key: Inside(part.best.normal is not None, frozenset(part.best.exits))
            for key, part in inside.items()
        }
        net = build(scope, ways, hosts, codes)
        names = self._names(scope, inside)
        part = Part(
            diagram, scope, net, self._run(net, Facts([], {}), {}), inside=inside, rescued=rescued,
            names={name: None for sets in names.values() for name in sets},
        )  # fmt: skip
        self._tell(part, names)
        return part

    def _tell(self, part: Part, names: Mapping[str, Mapping[str, Set | None]]) -> None:
        """Explore again with the facts that the gateways ask."""
        asked = [w.condition for m in part.net.moves for w in m.ways if w.condition]
        if not asked or part.free.over:
            return
        known = {k: v for k, v in self.known.items() if v is not None}
        facts = Facts(asked, known, self.whole)
        sets = {node: _effect(facts, given) for node, given in names.items()}
        part.facts = facts
        part.told = self._run(part.net, facts, sets)
        if part.told.over and not part.free.faults:
            part.told = self._run(part.net, facts, sets, eager=True)

    def _run(
        self, net: Net, facts: Facts, sets: dict[str, dict[int, int]], eager: bool = False
    ) -> Found:
        most = BUDGET if not facts.groups or eager else BUDGET // 4
        budget = max(LEAST, min(most, TOTAL - self.states))
        found = Explorer(net, Effects(net, facts, sets), budget, eager).run()
        self.states += found.states
        return found

    def _names(self, scope: Scope, inside: Mapping[str, Part]) -> dict[str, dict[str, Set | None]]:
        """Step → variables that it sets; None where nothing is known of the value."""
        found: dict[str, dict[str, Set | None]] = {}
        for key, node in scope.nodes.items():
            sets: dict[str, Set | None] = {}
            surely = not may_be_left_out(node)
            for one in self.sets.get(key, ()):
                if not one.inside:
                    sure = surely and one.always and one.name not in sets
                    sets[one.name] = one if sure else None
            if key in inside and not collects(node):
                sets |= dict.fromkeys(inside[key].names)
            if local(node) in ("businessRuleTask", "serviceTask"):
                sets |= {"ticket": None}
            if local(node) == "businessRuleTask":
                sets |= {"*": None}
            if sets:
                found[key] = sets
        return found


def _effect(facts: Facts, sets: Mapping[str, Set | None]) -> dict[int, int]:
    """Group of facts → the answers that are possible once these variables are set."""
    found: dict[int, int] = {}
    for number, group in enumerate(facts.groups):
        roots = {root_of(path) for path in group.paths}
        mine = roots & set(sets)
        if not mine:
            continue
        one = sets[next(iter(mine))]
        sure = len(mine) == 1 and one is not None
        found[number] = facts.after(number, one.name, one.values) if sure and one else group.every
    return found


def _rescues(scope: Scope, key: str) -> bool:
    """Whether a message or a time can end a step from outside."""
    return any(
        kind_of(event) in ("message", "timer", "signal")
        and event.get("cancelActivity", "true") != "false"
        for event in scope.borders.get(key, [])
    )
