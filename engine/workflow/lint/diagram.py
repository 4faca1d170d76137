"""What the checks look at: a diagram cut into scopes, with its flows indexed both ways."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from engine.errors import Problem
from engine.workflow.lint.words import NODES, PLACES, UNSUPPORTED
from engine.workflow.xml import is_bpmn, local

Element = etree._Element
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass
class Scope:
    """A process or subprocess: its own nodes and flows, without those of scopes inside it."""

    element: Element
    top: bool
    nodes: dict[str, Element] = field(default_factory=dict)
    flows: list[Element] = field(default_factory=list)
    out: dict[str, list[Element]] = field(default_factory=dict)
    into: dict[str, list[Element]] = field(default_factory=dict)
    borders: dict[str, list[Element]] = field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """Whether what is in it has to lead from a start to an end; other kinds are refused."""
        kind, event = local(self.element), self.element.get("triggeredByEvent")
        return kind != "adHocSubProcess" and event != "true"

    def of_kind(self, *kinds: str) -> Iterator[Element]:
        """The nodes of these kinds."""
        return (node for node in self.nodes.values() if local(node) in kinds)


@dataclass
class Diagram:
    """One file under check; `folder` is the key of a shared process, empty for the process' own."""

    root: Element
    process: Element
    folder: str
    files: Mapping[str, bytes]
    scopes: list[Scope]

    def nodes(self) -> Iterator[Element]:
        """All flow nodes of all scopes."""
        for scope in self.scopes:
            yield from scope.nodes.values()

    @cached_property
    def known(self) -> dict[str, Element]:
        """The flow nodes by id."""
        return {key: node for scope in self.scopes for key, node in scope.nodes.items()}

    def name_of(self, element: Element) -> str:
        """What a person would call the element; a way without a name by its two ends."""
        ends = [self.known.get(element.get(end, "")) for end in ("sourceRef", "targetRef")]
        if element.get("name") or local(element) != "sequenceFlow" or None in ends:
            return name_of(element)
        return " → ".join(name_of(end) for end in ends if end is not None)


@dataclass
class World:
    """What the diagram is checked against."""

    diagrams: list[Diagram]
    processes: Collection[str]
    rulesets: Collection[str] | None


def read_diagram(
    root: Element, process: Element, folder: str, files: Mapping[str, bytes]
) -> Diagram:
    """Cut a file into scopes."""
    scopes = [_scope(process, True)]
    for scope in scopes:
        scopes += [_scope(node, False) for node in scope.of_kind(*SUBPROCESSES)]
    return Diagram(root, process, folder, files, scopes)


def _scope(element: Element, top: bool) -> Scope:
    scope = Scope(element, top)
    for child in element:
        if not is_bpmn(child):
            continue
        kind, key = local(child), child.get("id")
        if kind == "sequenceFlow":
            scope.flows.append(child)
            scope.out.setdefault(child.get("sourceRef", ""), []).append(child)
            scope.into.setdefault(child.get("targetRef", ""), []).append(child)
        elif key and (kind in NODES or kind in UNSUPPORTED):
            scope.nodes.setdefault(key, child)
            if kind == "boundaryEvent":
                scope.borders.setdefault(child.get("attachedToRef", ""), []).append(child)
    return scope


def reached(scope: Scope, *, beside: bool = True) -> set[str]:
    """The steps that are come to from the start of a scope.

    Without `beside` those are left out to which only events lead that happen beside a step.
    """
    starts = [node.get("id", "") for node in scope.of_kind("startEvent")]
    return reached_from(scope, starts, beside=beside)


def reached_from(scope: Scope, todo: list[str], *, beside: bool = True) -> set[str]:
    """The steps that are come to from some, themselves included."""
    seen: set[str] = set()
    while todo:
        key = todo.pop()
        if key in seen or key not in scope.nodes:
            continue
        seen.add(key)
        todo += [flow.get("targetRef", "") for flow in scope.out.get(key, [])]
        todo += [
            event.get("id", "")
            for event in scope.borders.get(key, [])
            if beside or event.get("cancelActivity", "true") != "false"
        ]
    return seen


def name_of(element: Element) -> str:
    """What a person would call the element; many tools keep line breaks in a name."""
    return " ".join((element.get("name") or "").split()) or element.get("id") or local(element)


def error(code: str, element: Element | None, message: str, mend: str) -> Problem:
    """A finding that refuses publishing."""
    return _problem("error", code, element, message, mend)


def warning(code: str, element: Element | None, message: str, mend: str) -> Problem:
    """A finding to acknowledge."""
    return _problem("warning", code, element, message, mend)


def _problem(severity: str, code: str, element: Element | None, message: str, mend: str) -> Problem:
    key = element.get("id") if element is not None else None
    line: Any = element.sourceline if element is not None else None
    return Problem(code, severity, key, line, message, mend)


def event_definitions(event: Element) -> list[Element]:
    """What kinds of event an event is (its direct event definitions)."""
    return [c for c in event if is_bpmn(c) and local(c).endswith("EventDefinition")]


def stands_apart(node: Element) -> bool:
    """Whether a node has no flows by its nature; each of these is refused for itself."""
    kinds = {local(one) for one in event_definitions(node)}
    return "true" in (node.get("triggeredByEvent"), node.get("isForCompensation")) or (
        bool(kinds & {"linkEventDefinition", "compensateEventDefinition"})
        and local(node) != "endEvent"
    )


def working_definitions(event: Element) -> list[Element]:
    """Its event definitions that work in its place: the others have one finding already."""
    works = PLACES.get(local(event), frozenset())
    return [d for d in event_definitions(event) if local(d)[: -len("EventDefinition")] in works]
