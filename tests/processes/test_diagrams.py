"""The starter diagrams can be run, say in both languages what they mean, and are drawn in full."""

from __future__ import annotations

from itertools import pairwise

import pytest
from lxml import etree

from engine.workflow import Definition, check_files, load_definition
from tests.processes.folders import (
    FOLDERS,
    KEYS,
    LANGUAGES,
    ROOT,
    SHARED_KEYS,
    files_of,
    shared_files,
)

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
RULESETS = {"routing", "priority"}
STATES = {
    "new", "open", "waiting for customer", "waiting for approval", "pending reminder", "resolved",
    "closed successful", "closed unsuccessful",
}  # fmt: skip
AT_A_GLANCE = 17  # nodes that a person grasps in one diagram

Box = tuple[float, float, float, float]


def definition_of(folder: str) -> Definition:
    return load_definition(folder.rpartition("/")[2], files_of(folder), shared_files())


def document_of(folder: str) -> etree._Element:
    return etree.fromstring(files_of(folder)["process.bpmn"])


def flow_nodes(document: etree._Element) -> list[etree._Element]:
    process = document.find(f"{BPMN}process")
    assert process is not None
    others = ("laneSet", "sequenceFlow")
    return [node for node in process if node.get("id") and _name(node) not in others]


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname


def boxes(document: etree._Element) -> dict[str, Box]:
    found = {}
    for shape in document.iter(f"{DI}BPMNShape"):
        bounds = shape.find(BOUNDS)
        assert bounds is not None
        x, y, width, height = (float(bounds.get(k, 0)) for k in ("x", "y", "width", "height"))
        found[str(shape.get("bpmnElement"))] = (x, y, width, height)
    return found


def test_the_five_processes_and_their_shared_parts_are_there() -> None:
    assert {"incident", "service_request", "question", "change", "complaint"} <= set(KEYS)
    assert {"ask_customer", "confirm_solution", "approval"} <= set(SHARED_KEYS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_check_before_publishing_finds_no_error(folder: str) -> None:
    key = folder.rpartition("/")[2]
    problems = check_files(key, files_of(folder), shared_files(), RULESETS)
    assert [p.as_dict() for p in problems if p.severity == "error"] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_process_that_tickets_follow_has_no_warning_either(key: str) -> None:
    assert check_files(key, files_of(key), shared_files(), RULESETS) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_step_has_a_title_in_both_languages(folder: str) -> None:
    definition = definition_of(folder)
    assert sorted(definition.title) == list(LANGUAGES)
    without = [s.id for s in definition.steps.values() if sorted(s.title) != list(LANGUAGES)]
    assert without == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_the_customer_sees_is_said_in_both_languages(folder: str) -> None:
    steps = definition_of(folder).steps.values()
    assert [s.id for s in steps if s.shown and sorted(s.label) != list(LANGUAGES)] == []


@pytest.mark.parametrize("key", KEYS)
def test_the_customer_sees_the_way_from_start_to_end(key: str) -> None:
    steps = definition_of(key).steps.values()
    own = [s for s in steps if s.process == key]
    assert all(s.shown for s in own if s.kind == "startEvent")
    assert any(s.shown and s.kind == "endEvent" for s in own)
    gateways = {"exclusiveGateway", "parallelGateway"}
    inside = gateways | {"scriptTask", "businessRuleTask", "serviceTask"}
    assert [s.id for s in own if s.kind in inside and s.shown] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_task_of_a_person_has_a_form_and_a_state(folder: str) -> None:
    definition = definition_of(folder)
    tasks = [s for s in definition.steps.values() if s.kind == "userTask"]
    assert [s.id for s in tasks if s.form not in definition.forms or not s.state] == []
    assert {s.state for s in definition.steps.values() if s.state} <= STATES


@pytest.mark.parametrize("key", KEYS)
def test_an_end_gives_the_ticket_its_last_state_or_is_a_side_branch(key: str) -> None:
    steps = definition_of(key).steps.values()
    ends = [s for s in steps if s.kind == "endEvent" and s.process == key]
    assert [s.id for s in ends if not s.state and s.shown] == []
    assert any(s.state == "closed successful" for s in ends)


@pytest.mark.parametrize("folder", FOLDERS)
def test_clocks_rest_exactly_while_others_are_waited_for(folder: str) -> None:
    elsewhere = {"waiting for customer", "waiting for approval", "resolved", "pending reminder"}
    steps = definition_of(folder).steps.values()
    assert [s.id for s in steps if s.pause != (s.state in elsewhere)] == []


def test_between_them_they_use_the_whole_vocabulary() -> None:
    kinds, definitions = set(), set()
    for folder in FOLDERS:
        document = document_of(folder)
        kinds |= {_name(node) for node in flow_nodes(document)}
        inner = {_name(part) for node in flow_nodes(document) for part in node}
        definitions |= {name for name in inner if name.endswith("EventDefinition")}
    assert kinds >= {
        "userTask", "businessRuleTask", "scriptTask", "serviceTask", "callActivity",
        "exclusiveGateway", "parallelGateway", "eventBasedGateway", "boundaryEvent",
        "intermediateCatchEvent",
    }  # fmt: skip
    assert definitions == {"timerEventDefinition", "messageEventDefinition"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_diagram_shows_every_element_once(folder: str) -> None:
    document = document_of(folder)
    expected = {str(n.get("id")) for n in flow_nodes(document)}
    for tag in ("sequenceFlow", "lane", "participant"):
        expected |= {str(e.get("id")) for e in document.iter(f"{BPMN}{tag}")}
    drawn = [str(e.get("bpmnElement")) for e in document.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")]
    assert sorted(drawn) == sorted(expected)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_diagram_can_be_grasped_at_a_glance(folder: str) -> None:
    assert len(flow_nodes(document_of(folder))) <= AT_A_GLANCE


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_step_is_drawn_over_another(folder: str) -> None:
    document = document_of(folder)
    drawn = boxes(document)
    nodes = [n for n in flow_nodes(document) if _name(n) != "boundaryEvent"]
    ids = [str(n.get("id")) for n in nodes]
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    assert [(a, b) for a, b in pairs if _overlap(drawn[a], drawn[b])] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_edges_are_orthogonal_and_touch_the_steps_they_join(folder: str) -> None:
    document = document_of(folder)
    drawn = boxes(document)
    flows = {str(f.get("id")): f for f in document.iter(f"{BPMN}sequenceFlow")}
    for edge in document.iter(f"{DI}BPMNEdge"):
        points = [(float(p.get("x", 0)), float(p.get("y", 0))) for p in edge.iter(WAYPOINT)]
        legs = list(pairwise(points))
        assert legs
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in legs), edge.get("bpmnElement")
        flow = flows[str(edge.get("bpmnElement"))]
        assert _touches(drawn[str(flow.get("sourceRef"))], points[0]), flow.get("id")
        assert _touches(drawn[str(flow.get("targetRef"))], points[-1]), flow.get("id")


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _touches(box: Box, point: tuple[float, float]) -> bool:
    x, y, width, height = box
    near = 1.0
    inside_x = x - near <= point[0] <= x + width + near
    inside_y = y - near <= point[1] <= y + height + near
    at_side = min(abs(point[0] - x), abs(point[0] - x - width)) <= near
    at_top = min(abs(point[1] - y), abs(point[1] - y - height)) <= near
    return inside_x and inside_y and (at_side or at_top)


def test_every_folder_explains_itself() -> None:
    for folder in FOLDERS:
        assert (ROOT / folder / "README.md").read_text(encoding="utf-8").startswith("# "), folder
