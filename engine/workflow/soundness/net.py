"""A scope of a diagram as a net: places where tokens rest, moves that take and give them.

Each flow is a place, and so is the inside of a step with events on its border or a process within.
A subprocess or call is one such place in the net of its scope; what is inside it has a net of its
own, of which only the ways out are seen here. Plain automatic steps are moves of one token.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations

from engine.workflow.lint.diagram import Element, Scope, event_definitions
from engine.workflow.xml import DI, B, local

INNER = frozenset({"subProcess", "transaction", "callActivity"})
MOST_INCLUSIVE = 8  # ways out of an inclusive gateway of which every combination is looked at

Exit = tuple[str, str]  # what leaves a scope other than by its end: (error | escalation, code) …


@dataclass(frozen=True)
class Way:
    """One way out of a gateway that decides; the default has no condition."""

    flow: str
    place: int
    condition: str | None


@dataclass(frozen=True)
class Move:
    """What can happen: tokens are taken from some places and given to others.

    `act` says what of the outside it needs: "complete", "message", "timer", "inside" (something in
    the process within), or nothing. `event` is the event on the border or behind the gateway.
    """

    node: str
    takes: tuple[int, ...]
    gives: tuple[int, ...] = ()
    act: str = ""
    event: str = ""
    exit: Exit | None = None  # what it tells the scope around
    inner: Exit | None = None  # what has to be thrown within for it to happen
    kills: bool = False
    spawns: bool = False
    ways: tuple[Way, ...] = ()
    inclusive: bool = False
    gathers: tuple[int, ...] = ()  # an inclusive join: the flows that it may wait for
    enters: bool = False  # the step has only been come to


@dataclass
class Inside:
    """What the outer scope has to know of a process within a step."""

    normal: bool = True
    exits: frozenset[Exit] = frozenset()


@dataclass
class Net:
    """The net of one scope."""

    scope: Scope
    places: list[str] = field(default_factory=list)
    holder: list[str] = field(default_factory=list)  # the step a token at the place waits for
    moves: list[Move] = field(default_factory=list)
    by_place: list[list[Move]] = field(default_factory=list)
    crowds: dict[int, int] = field(default_factory=dict)  # places where two tokens are one too many
    start: int = -1
    partial: bool = False  # not every combination of an inclusive gateway is looked at

    def place(self, name: str, holder: str) -> int:
        """A new place."""
        self.places.append(name)
        self.holder.append(holder)
        self.by_place.append([])
        return len(self.places) - 1

    def add(self, move: Move) -> None:
        """A new move."""
        self.moves.append(move)
        for place in move.takes or move.gathers:
            self.by_place[place].append(move)


Host = list[tuple[str, str, bool]]  # what the border of a step catches: kind, code, interrupting


def build(scope: Scope, inside: Mapping[str, Inside], hosts: list[Host], codes: Codes) -> Net:
    """The net of a scope; `hosts`: what is caught around it, nearest first."""
    net = Net(scope)
    flows: dict[str, int] = {}
    for flow in scope.flows:
        flows[flow.get("id", "")] = net.place(flow.get("id", ""), flow.get("targetRef", ""))
    drawing = _Drawing(net, scope, flows, inside, hosts, codes)
    for node in scope.nodes.values():
        drawing.draw(node)
    _crowds(net, scope, flows)
    return net


class Codes:
    """What a file says beside its steps: codes of errors and escalations, places in the picture."""

    def __init__(self, root: Element) -> None:
        self.known: dict[str, str] = {}
        self.tops: dict[str, float] = {}
        for shape in root.iter(f"{DI}BPMNShape"):
            for bounds in shape.iterchildren("{http://www.omg.org/spec/DD/20100524/DC}Bounds"):
                with suppress(ValueError):
                    self.tops[shape.get("bpmnElement", "")] = float(bounds.get("y", "0"))
        for kind in ("error", "escalation"):
            for found in root.iter(f"{B}{kind}"):
                self.known[found.get("id", "")] = found.get(f"{kind}Code") or ""

    def of(self, definition: Element) -> Exit:
        """(kind, code) of an event; an empty code catches all."""
        kind = local(definition).removesuffix("EventDefinition")
        return kind, self.known.get(definition.get(f"{kind}Ref") or "", "")


def kind_of(event: Element) -> str:
    """message, timer, error … or nothing."""
    found = event_definitions(event)
    return local(found[0]).removesuffix("EventDefinition") if found else ""


def caught_by(scope: Scope, node: str, codes: Codes) -> Host:
    """What the border of a step catches of what is thrown within."""
    host: Host = []
    for event in scope.borders.get(node, []):
        for definition in event_definitions(event):
            kind, code = codes.of(definition)
            host.append((kind, code, event.get("cancelActivity", "true") != "false"))
    return host


def catching(thrown: Exit, hosts: list[Host]) -> bool | None:
    """Whether what is thrown interrupts; None when nobody catches it."""
    for host in hosts:
        for kind, code, interrupting in host:
            if kind == thrown[0] and code in ("", thrown[1]):
                return interrupting
    return None


@dataclass
class _Drawing:
    net: Net
    scope: Scope
    flows: dict[str, int]
    inside: Mapping[str, Inside]
    hosts: list[Host]
    codes: Codes

    def into(self, key: str) -> list[int]:
        """The places of the flows into a step."""
        return [self.flows[f.get("id", "")] for f in self.scope.into.get(key, [])]

    def out(self, key: str) -> tuple[int, ...]:
        """The places of the flows out of a step."""
        return tuple(self.flows[f.get("id", "")] for f in self.scope.out.get(key, []))

    def draw(self, node: Element) -> None:
        """The moves of one step."""
        key, kind = node.get("id", ""), local(node)
        if kind == "startEvent":
            self.net.start = next(iter(self.out(key)), -1)
        elif kind == "endEvent":
            for place in self.into(key):
                self.end(node, place)
        elif kind == "parallelGateway":
            self.net.add(Move(key, tuple(self.into(key)), self.out(key)))
        elif kind == "inclusiveGateway":
            self.decide(node, self.gather(key), True)
        elif kind == "exclusiveGateway":
            self.decide(node, self.merged(key), False)
        elif kind == "eventBasedGateway":
            self.arms(key, self.merged(key))
        elif kind in INNER or self.scope.borders.get(key):
            self.rest(node, self.merged(key, always=True))
        elif kind != "boundaryEvent":
            for place in self.into(key):
                self.pass_by(node, place)

    def merged(self, key: str, *, always: bool = False) -> int:
        """One place for all flows into a step."""
        places = self.into(key)
        if len(places) == 1 and not always:
            return places[0]
        inner = self.net.place(f"in {key}", key)
        for place in places:
            self.net.add(Move(key, (place,), (inner,), enters=True))
        return inner

    def gather(self, key: str) -> int:
        """The place behind the join of an inclusive gateway."""
        places = self.into(key)
        if len(places) == 1:
            return places[0]
        inner = self.net.place(f"in {key}", key)
        self.net.add(Move(key, (), (inner,), gathers=tuple(places)))
        return inner

    def decide(self, node: Element, place: int, inclusive: bool) -> None:
        """One of the ways out, or a combination of them."""
        key, default = node.get("id", ""), node.get("default")
        flows = sorted(  # as the library asks them
            self.scope.out.get(key, []),
            key=lambda flow: self.codes.tops.get(flow.get("targetRef", ""), 0.0),
        )
        if len(flows) < 2:
            self.net.add(Move(key, (place,), self.out(key)))
            return
        ways = []
        for flow in flows:
            text = (flow.findtext(f"{B}conditionExpression") or "").strip()
            name = flow.get("id", "")
            ways.append(Way(name, self.flows[name], None if name == default else text))
        if inclusive and sum(way.condition is not None for way in ways) > MOST_INCLUSIVE:
            self.net.partial = True
        self.net.add(Move(key, (place,), (), ways=tuple(ways), inclusive=inclusive))

    def arms(self, key: str, place: int) -> None:
        """One way out for each event behind an event gateway."""
        for flow in self.scope.out.get(key, []):
            event = self.scope.nodes[flow.get("targetRef", "")]
            name, act = event.get("id", ""), kind_of(event) or "message"
            self.net.add(Move(key, (place,), (self.flows[flow.get("id", "")],), act, name))

    def pass_by(self, node: Element, place: int) -> None:
        """A step without borders: one token in, one out."""
        key, kind = node.get("id", ""), local(node)
        source = self.scope.into[key][0].get("sourceRef", "") if self.scope.into.get(key) else ""
        act = _acts(node)
        if local(self.scope.nodes.get(source, node)) == "eventBasedGateway":
            act = ""  # the gateway waited already
        thrown = self.thrown(node) if kind == "intermediateThrowEvent" else None
        interrupts = catching(thrown, self.hosts) if thrown else None
        self.net.add(
            Move(key, (place,), () if interrupts else self.out(key), act,
                 exit=thrown if interrupts is not None else None, kills=bool(interrupts))
        )  # fmt: skip

    def thrown(self, node: Element) -> Exit | None:
        """The error or escalation that an event throws."""
        for definition in event_definitions(node):
            if local(definition).startswith(("error", "escalation")):
                return self.codes.of(definition)
        return None

    def end(self, node: Element, place: int) -> None:
        """An end: of one path, of the scope, or of more."""
        key, kind = node.get("id", ""), kind_of(node)
        if kind == "terminate":
            self.net.add(Move(key, (place,), kills=True))
        elif kind == "cancel":
            self.net.add(Move(key, (place,), kills=True, exit=("cancel", "")))
        elif (thrown := self.thrown(node)) is not None:
            interrupts = catching(thrown, self.hosts)
            self.net.add(
                Move(key, (place,), kills=bool(interrupts),
                     exit=thrown if interrupts is not None else None)
            )  # fmt: skip
        else:
            self.net.add(Move(key, (place,)))

    def rest(self, node: Element, place: int) -> None:
        """A step in which a token rests: it is finished, or something on its border happens."""
        key, kind = node.get("id", ""), local(node)
        within = self.inside.get(key) if kind in INNER else None
        if within is None:
            self.net.add(Move(key, (place,), self.out(key), _acts(node)))
        else:
            if within.normal or repeated(node):
                self.net.add(Move(key, (place,), self.out(key), "inside"))
            self.leave(key, place, within)
        for event in self.scope.borders.get(key, []):
            act = kind_of(event)
            if act in ("message", "timer", "signal", "conditional"):
                self.border(event, key, place, act)
            elif within is not None:
                own = self.codes.of(event_definitions(event)[0]) if act else ("", "")
                for thrown in sorted(within.exits):
                    if thrown[0] == act and own[1] in ("", thrown[1]):
                        self.border(event, key, place, "inside", thrown)

    def border(
        self, event: Element, host: str, place: int, act: str, inner: Exit | None = None
    ) -> None:
        """An event on the border: it takes the token out of the step, or adds one."""
        name = event.get("id", "")
        away = event.get("cancelActivity", "true") != "false"
        gives = self.out(name) if away else (place, *self.out(name))
        self.net.add(Move(host, (place,), gives, act, name, inner=inner, spawns=not away))

    def leave(self, key: str, place: int, within: Inside) -> None:
        """What is thrown within and not caught on the border goes further out."""
        border = caught_by(self.scope, key, self.codes)
        for thrown in sorted(within.exits):
            if catching(thrown, [border]) is None and thrown[0] != "cancel":
                interrupts = catching(thrown, self.hosts)
                if interrupts:
                    more = Move(key, (place,), (), "inside", exit=thrown, inner=thrown, kills=True)
                    self.net.add(more)
                elif interrupts is not None:
                    same = (place,)
                    self.net.add(Move(key, same, same, "inside", exit=thrown, inner=thrown))


def repeated(node: Element) -> bool:
    """Whether a step is done several times, or not at all."""
    tags = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
    return any(node.find(f"{B}{tag}") is not None for tag in tags)


def _acts(node: Element) -> str:
    """What a step waits for."""
    kind = local(node)
    if kind in ("userTask", "manualTask", "task"):
        return "complete"
    if kind == "receiveTask":
        return "message"
    return kind_of(node) if kind == "intermediateCatchEvent" else ""


def _crowds(net: Net, scope: Scope, flows: Mapping[str, int]) -> None:
    """Where a second token means that what follows is done twice; ends do not mind."""
    for key, node in scope.nodes.items():
        kind = local(node)
        if kind == "endEvent":
            continue
        places = [flows[f.get("id", "")] for f in scope.into.get(key, [])]
        inner = [p for p, name in enumerate(net.places) if name == f"in {key}"]
        joins = kind in ("parallelGateway", "inclusiveGateway")
        for place in places:
            net.crowds[place] = place if joins else (places + inner)[0]
        for place in inner:
            net.crowds[place] = place if joins else (places + inner)[0]


def combinations_of(move: Move) -> list[tuple[Way, ...]]:
    """The ways that may be taken together at a gateway that decides."""
    if not move.inclusive:
        return [(way,) for way in move.ways]
    asked = [way for way in move.ways if way.condition is not None]
    found: list[tuple[Way, ...]] = [(way,) for way in move.ways]
    sizes = range(2, len(asked) + 1) if len(asked) <= MOST_INCLUSIVE else (2, len(asked))
    for size in sizes:
        found += combinations(asked, size)
    return found
