"""A diagram as a few boxes and lines, small enough to choose by."""

from __future__ import annotations

from typing import Any

from lxml import etree

from engine.workflow.xml import BPMN, DI, XmlFault, local, read_xml

_DC = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_POINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
_FRAMES = {"participant", "lane", "textAnnotation", "group"}
_EDGE = 10.0
_MOST = 300  # shapes and lines; more cannot be seen in a small picture


def thumbnail(bpmn: str) -> dict[str, Any]:
    """{box, shapes: [[kind, x, y, width, height]], lines: [[[x, y], …]]}; empty where none is."""
    try:
        root = read_xml(bpmn.encode())
        kinds = {one.get("id"): local(one) for one in root.iter(f"{{{BPMN}}}*") if one.get("id")}
        found = (_shape(shape, kinds) for shape in root.iter(f"{DI}BPMNShape"))
        shapes = [one for one in found if one]
        lines = [_points(edge) for edge in root.iter(f"{DI}BPMNEdge")]
    except (XmlFault, ValueError, TypeError):
        shapes, lines = [], []
    shapes, lines = shapes[:_MOST], lines[:_MOST]
    xs = [x for _, x, _, w, _ in shapes for x in (x, x + w)] + [p[0] for q in lines for p in q]
    ys = [y for _, _, y, _, h in shapes for y in (y, y + h)] + [p[1] for q in lines for p in q]
    left, top = min(xs, default=0) - _EDGE, min(ys, default=0) - _EDGE
    box = [left, top, max(xs, default=0) - left + _EDGE, max(ys, default=0) - top + _EDGE]
    return {"box": box, "shapes": shapes, "lines": lines}


def _shape(shape: etree._Element, kinds: dict[str | None, str]) -> list[Any] | None:
    bounds = shape.find(_DC)
    kind = kinds.get(shape.get("bpmnElement"), "")
    if bounds is None or kind in _FRAMES:
        return None
    drawn = "event" if kind.endswith("Event") else "way" if kind.endswith("Gateway") else "step"
    return [drawn, *(float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))]


def _points(edge: etree._Element) -> list[list[float]]:
    return [[float(p.get("x", "")), float(p.get("y", ""))] for p in edge.iter(_POINT)]
