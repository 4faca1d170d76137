"""The way as a customer may see it, as a diagram: the steps that the owner marked, and no others.

It is drawn anew from the labels of those steps. Nothing of the file itself is sent, so no name, id,
lane, expression or note of how we work inside can slip through, whatever somebody writes there, and
nobody can count the steps in between.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass

from lxml import etree

from engine.workflow import Definition, Step
from engine.workflow.links import read_linked
from engine.workflow.xml import BPMN, BPMNDI, B, is_bpmn, local
from webapp.i18n import Reader
from webapp.presenters.customer_layout import EVENT, HEIGHT, WIDTH, Edge, lay_out
from webapp.presenters.customer_path import known

DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
SPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI}
EVENTS = ("startEvent", "endEvent")
_MOST = 128
_kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()


@dataclass(frozen=True)
class Place:
    """What the customer knows as one step: all that carries the same label."""

    number: int
    kind: str
    label: dict[str, str]
    steps: tuple[str, ...]

    @property
    def id(self) -> str:
        """Its name in the diagram, which says nothing."""
        return f"n{self.number}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return (EVENT, EVENT) if self.kind in EVENTS else (WIDTH, HEIGHT)


def diagram_for(definition: Definition, reader: Reader) -> bytes:
    """The diagram in the reader's language; the same bytes for the same version."""
    key = (definition.digest, reader.language)
    if key not in _kept:
        _kept[key] = draw(definition, reader)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return _kept[key]


def marks(definition: Definition, step_ids: list[str]) -> list[str]:
    """Ids of the customers' diagram for steps of the real one; steps that are not theirs none."""
    places = {step: place.id for place in _places(definition) for step in place.steps}
    return list(dict.fromkeys(places[step] for step in step_ids if step in places))


def fingerprint(definition: Definition, language: str) -> str:
    """A tag for caches: changes with the version and the language."""
    return hashlib.sha256(f"{definition.digest}:{language}:2".encode()).hexdigest()[:20]


def draw(definition: Definition, reader: Reader) -> bytes:
    """The marked steps with the ways between them, in the customer's words."""
    places = _places(definition)
    edges = _edges(definition, places)
    root = etree.Element(f"{B}definitions", nsmap=SPACES)
    root.set("id", "way")
    root.set("targetNamespace", "urn:vorgang:request")
    process = etree.SubElement(root, f"{B}process", id="request", isExecutable="false")
    for place in places:
        etree.SubElement(process, f"{B}{place.kind}", id=place.id, name=reader.pick(place.label))
    for number, (one, two) in enumerate(edges):
        etree.SubElement(
            process, f"{B}sequenceFlow", id=f"f{number}", sourceRef=f"n{one}", targetRef=f"n{two}"
        )
    _picture(root, places, edges)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _places(definition: Definition) -> list[Place]:
    """The steps that the customer is shown, those with one label together."""
    found: dict[tuple[tuple[str, str], ...], list[Step]] = {}
    for step in definition.steps.values():
        if known(step) and step.process == definition.process_id:
            found.setdefault(tuple(sorted(step.label.items())), []).append(step)
    return [
        Place(number, _kind(steps), dict(steps[0].label), tuple(step.id for step in steps))
        for number, steps in enumerate(found.values(), 1)
    ]


def _kind(steps: list[Step]) -> str:
    kinds = {step.kind for step in steps}
    if len(kinds) == 1 and (only := kinds.pop()) in EVENTS:
        return only
    return "task"


def _edges(definition: Definition, places: list[Place]) -> list[Edge]:
    """Which step can follow which, with whatever is not shown in between left out."""
    arrows, owner = _arrows(definition), {s: p.number for p in places for s in p.steps}
    edges: dict[Edge, None] = {}
    for place in places:
        seen: set[str] = set()
        todo = deque(target for step in place.steps for target in arrows.get(step, ()))
        while todo:
            here = todo.popleft()
            if here in seen:
                continue
            seen.add(here)
            if here not in owner:
                todo.extend(arrows.get(here, ()))
            elif owner[here] != place.number:
                edges[place.number, owner[here]] = None
    return list(edges)


def _arrows(definition: Definition) -> dict[str, list[str]]:
    """Where a token may go from each step: along flows, over borders, into subprocesses and out."""
    found: dict[str, list[str]] = {}
    root = read_linked(definition.bpmn)
    for element in root.iter():
        if not is_bpmn(element):
            continue
        kind, key = local(element), element.get("id", "")
        if kind == "sequenceFlow":
            found.setdefault(element.get("sourceRef", ""), []).append(element.get("targetRef", ""))
        elif kind == "boundaryEvent":
            found.setdefault(element.get("attachedToRef", ""), []).append(key)
        elif kind in EVENTS and (parent := element.getparent()) is not None:
            inside = local(parent) in ("subProcess", "transaction")
            if inside and kind == "startEvent":
                found.setdefault(parent.get("id", ""), []).append(key)
            elif inside:
                out = parent.iterfind(f"../{B}sequenceFlow")
                targets = [f.get("targetRef", "") for f in out
                           if f.get("sourceRef") == parent.get("id")]  # fmt: skip
                found.setdefault(key, []).extend(targets)
    return found


def _picture(root: etree._Element, places: list[Place], edges: list[Edge]) -> None:
    diagram = etree.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", id="picture")
    plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", id="plane", bpmnElement="request")
    layout = lay_out({place.number: place.size for place in places}, edges)
    for place in places:
        x, y = layout.middles[place.number]
        width, height = place.size
        shape = etree.SubElement(
            plane, f"{{{BPMNDI}}}BPMNShape", id=f"{place.id}_di", bpmnElement=place.id
        )
        _bounds(shape, x - width // 2, y - height // 2, width, height)
        if place.kind in EVENTS:
            label = etree.SubElement(shape, f"{{{BPMNDI}}}BPMNLabel")
            _bounds(label, x - WIDTH // 2, y + height // 2 + 6, WIDTH, 28)
    for number, edge in enumerate(edges):
        line = etree.SubElement(
            plane, f"{{{BPMNDI}}}BPMNEdge", id=f"f{number}_di", bpmnElement=f"f{number}"
        )
        for x, y in layout.ways[edge]:
            etree.SubElement(line, f"{{{DI}}}waypoint", x=str(x), y=str(y))


def _bounds(owner: etree._Element, x: int, y: int, width: int, height: int) -> None:
    etree.SubElement(
        owner, f"{{{DC}}}Bounds", x=str(x), y=str(y), width=str(width), height=str(height)
    )
