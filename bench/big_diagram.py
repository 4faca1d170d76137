"""A process of any size: rows of steps, decisions and waits, drawn and sound."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="big_definitions" targetNamespace="urn:vorgang:bench">\n'
)
EXTENSION = (
    "<bpmn:extensionElements><spiffworkflow:titleDe>Schritt {n}</spiffworkflow:titleDe>"
    "<spiffworkflow:titleEn>Step {n}</spiffworkflow:titleEn></bpmn:extensionElements>"
)
SIZES = {"startEvent": (36, 36), "endEvent": (36, 36), "exclusiveGateway": (50, 50)}
ROW = 20  # elements in a row


def big_diagram(elements: int, key: str = "big") -> str:
    """A chain of as many flow nodes; every fourth is a decision that may leave out one step."""
    kinds = [_kind(at, elements) for at in range(elements)]
    flows = list(_flows(kinds))
    parts = [HEAD, f'<bpmn:process id="{key}" name="Big" isExecutable="true">']
    parts += [_node(at, kind, flows) for at, kind in enumerate(kinds)]
    parts += [_flow(*flow) for flow in flows]
    parts.append('</bpmn:process><bpmndi:BPMNDiagram id="big_diagram">')
    parts.append(f'<bpmndi:BPMNPlane id="big_plane" bpmnElement="{key}">')
    parts += [_shape(at, kind) for at, kind in enumerate(kinds)]
    parts += [_edge(name, a, b, kinds) for name, a, b, _ in flows]
    parts.append("</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>")
    return "\n".join(parts)


def _kind(at: int, elements: int) -> str:
    if at in (0, elements - 1):
        return "startEvent" if at == 0 else "endEvent"
    return "exclusiveGateway" if at % 4 == 0 and at + 2 < elements - 1 else "manualTask"


def _flows(kinds: list[str]) -> Iterator[tuple[str, int, int, str]]:
    for at in range(len(kinds) - 1):
        yield f"f{at}", at, at + 1, ""
        if kinds[at] == "exclusiveGateway":
            yield f"g{at}", at, at + 2, 'ticket.priority == "1"'


def _node(at: int, kind: str, flows: list[tuple[str, int, int, str]]) -> str:
    default = f' default="f{at}"' if kind == "exclusiveGateway" else ""
    incoming = "".join(f"<bpmn:incoming>{n}</bpmn:incoming>" for n, _, b, _ in flows if b == at)
    outgoing = "".join(f"<bpmn:outgoing>{n}</bpmn:outgoing>" for n, a, _, _ in flows if a == at)
    return (
        f'<bpmn:{kind} id="n{at}" name="Step {at}"{default}>'
        f"{EXTENSION.format(n=at)}{incoming}{outgoing}</bpmn:{kind}>"
    )


def _flow(name: str, start: int, end: int, condition: str) -> str:
    inner = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}'
        "</bpmn:conditionExpression>"
        if condition
        else ""
    )
    return (
        f'<bpmn:sequenceFlow id="{name}" sourceRef="n{start}" targetRef="n{end}">'
        f"{inner}</bpmn:sequenceFlow>"
    )


def _middle(at: int) -> tuple[int, int]:
    row, place = divmod(at, ROW)
    return 100 + (place if row % 2 == 0 else ROW - 1 - place) * 160, 100 + row * 140


def _shape(at: int, kind: str) -> str:
    width, height = SIZES.get(kind, (100, 80))
    x, y = _middle(at)
    return (
        f'<bpmndi:BPMNShape id="n{at}_di" bpmnElement="n{at}"><dc:Bounds x="{x - width // 2}"'
        f' y="{y - height // 2}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
    )


def _edge(name: str, start: int, end: int, kinds: list[str]) -> str:
    (x1, y1), (x2, y2) = _middle(start), _middle(end)
    up = -55 if name.startswith("g") else 0
    points = [(x1, y1), (x1, y1 + up), (x2, y2 + up), (x2, y2)] if up else [(x1, y1), (x2, y2)]
    drawn = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge id="{name}_di" bpmnElement="{name}">{drawn}</bpmndi:BPMNEdge>'
