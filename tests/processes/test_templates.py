"""Templates: each a small whole process that runs, is drawn, and is there to begin with."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest
import yaml
from lxml import etree

from engine.commands.candidates import read_processes
from engine.workflow import check_files, load_definition
from engine.workflow.scenario import run_scenario
from engine.workflow.xml import S, extension
from tests.processes.folders import KEYS, LANGUAGES, ROOT, files_of, shared_files
from tests.processes.test_diagrams import BPMN, DI, Box, _touches, boxes
from tests.processes.test_examples import never_walked, passed
from tests.processes.test_round_trip import SCRIPT, missing, read_with_node

TEMPLATES = sorted(f.parent.name for f in ROOT.glob("templates/*/process.bpmn"))
__all__ = ["passed"]


def files(key: str) -> dict[str, bytes]:
    return files_of(f"templates/{key}")


def document(key: str) -> etree._Element:
    return etree.fromstring(files(key)["process.bpmn"])


def process(key: str) -> etree._Element:
    found = document(key).find(f"{BPMN}process")
    assert found is not None
    return found


def examples(key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(files(key)["examples.yaml"])
    return found


def test_there_are_whole_ones_and_pieces() -> None:
    kinds = {key: extension(process(key), "kind") for key in TEMPLATES}
    assert {k for k, kind in kinds.items() if kind == "process"} == {
        "simple_request", "request_with_approval", "onboarding", "approvers_in_sequence",
    }  # fmt: skip
    assert {k for k, kind in kinds.items() if kind == "piece"} == {
        "approval", "wait_for_customer", "escalation", "four_eyes", "parallel_subtasks",
        "subtask_tickets", "wait_for_signal", "send_signal", "error_handled", "inclusive_choice",
        "loop_around_parallel", "watched_promise",
    }  # fmt: skip


def test_none_of_them_is_published_with_the_starter_set() -> None:
    assert set(read_processes(ROOT, None).processes) == set(KEYS)
    assert not set(TEMPLATES) & set(KEYS)


@pytest.mark.parametrize("key", TEMPLATES)
def test_nothing_is_found_in_it(key: str) -> None:
    assert check_files(key, files(key), shared_files(), set()) == []


@pytest.mark.parametrize("key", TEMPLATES)
def test_its_examples_pass_and_walk_every_flow(key: str, passed: list[tuple[str, str]]) -> None:
    definition = load_definition(key, files(key), shared_files())
    for example in examples(key):
        assert run_scenario(definition, example) == [], example["name"]
    assert never_walked(f"templates/{key}", passed) == []


@pytest.mark.parametrize("key", TEMPLATES)
def test_it_says_what_it_is_in_both_languages(key: str) -> None:
    definition = load_definition(key, files(key), shared_files())
    own = [s for s in definition.steps.values() if s.process == key]
    assert sorted(definition.title) == list(LANGUAGES)
    assert [s.id for s in own if sorted(s.title) != list(LANGUAGES)] == []
    assert [s.id for s in own if s.shown and sorted(s.label) != list(LANGUAGES)] == []
    assert (process(key).findtext(f"{BPMN}documentation") or "").strip()
    assert extension(process(key), "aboutDe")
    tasks = [s for s in own if s.kind == "userTask"]
    assert [s.id for s in tasks if s.form not in definition.forms or not s.state] == []


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_piece_begins_once_and_ends_once(key: str) -> None:
    kind, found = extension(process(key), "kind"), process(key)
    assert len(found.findall(f"{BPMN}startEvent")) == 1
    ends = found.findall(f"{BPMN}endEvent")
    assert len(ends) == 1 if kind == "piece" else ends
    assert [
        e.get("id") for e in ends if kind == "process" and not extension(e, "ticketState")
    ] == []


@pytest.mark.parametrize("key", TEMPLATES)
def test_it_is_drawn_in_full_with_room(key: str) -> None:
    root, drawn = document(key), boxes(document(key))
    nodes = [e for e in root.iter() if e.find(f"{BPMN}incoming") is not None
             or e.find(f"{BPMN}outgoing") is not None]  # fmt: skip
    expected = {str(n.get("id")) for n in nodes}
    for tag in ("sequenceFlow", "lane", "participant"):
        expected |= {str(e.get("id")) for e in root.iter(f"{BPMN}{tag}")}
    pictured = [str(e.get("bpmnElement")) for e in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")]
    assert sorted(pictured) == sorted(expected)
    steps = [n for n in nodes if n.tag not in (f"{BPMN}boundaryEvent", f"{BPMN}subProcess")]
    for one, two in combinations(steps, 2):
        a, b = drawn[str(one.get("id"))], drawn[str(two.get("id"))]
        assert _apart(a, b), (one.get("id"), two.get("id"))


def _apart(a: Box, b: Box) -> bool:
    beside = a[0] + a[2] < b[0] or b[0] + b[2] < a[0]
    return beside or a[1] + a[3] < b[1] or b[1] + b[3] < a[1]


@pytest.mark.parametrize("key", TEMPLATES)
def test_its_edges_are_orthogonal_and_touch_what_they_join(key: str) -> None:
    root, drawn = document(key), boxes(document(key))
    flows = {str(f.get("id")): f for f in root.iter(f"{BPMN}sequenceFlow")}
    waypoint = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
    for edge in root.iter(f"{DI}BPMNEdge"):
        points = [(float(p.get("x", 0)), float(p.get("y", 0))) for p in edge.iter(waypoint)]
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points)), edge.get("id")
        flow = flows[str(edge.get("bpmnElement"))]
        assert _touches(drawn[str(flow.get("sourceRef"))], points[0]), flow.get("id")
        assert _touches(drawn[str(flow.get("targetRef"))], points[-1]), flow.get("id")


def test_between_them_they_show_all_that_runs() -> None:
    found = set()
    for key in TEMPLATES:
        for element in process(key).iter():
            if isinstance(element.tag, str):
                found.add(etree.QName(element).localname)
            if element.tag == f"{BPMN}multiInstanceLoopCharacteristics":
                found.add("in sequence" if element.get("isSequential") == "true" else "at once")
            if element.tag == f"{S}timerBasis":
                found.add("by working time")
            if element.tag == f"{S}serviceTaskOperator":
                found.add(str(element.get("id")))
    assert found >= {
        "at once", "in sequence", "subProcess", "callActivity", "exclusiveGateway",
        "parallelGateway", "inclusiveGateway", "eventBasedGateway", "timerEventDefinition",
        "by working time", "create_child", "messageEventDefinition", "signalEventDefinition",
        "errorEventDefinition", "escalationEventDefinition", "boundaryEvent",
        "intermediateThrowEvent",
    }  # fmt: skip


def test_bpmn_ios_editors_read_and_save_them_unchanged() -> None:
    paths = {key: str(ROOT / "templates" / key / "process.bpmn") for key in TEMPLATES}
    read = read_with_node(SCRIPT, paths, missing)
    for key, result in read.items():
        assert (result["warnings"], result["same"], result["stable"]) == ([], True, True), key
        saved = files(key) | {"process.bpmn": result["xml"].encode()}
        ours, theirs = (load_definition(key, f, shared_files()) for f in (files(key), saved))
        assert dict(theirs.steps) == dict(ours.steps)
        for example in examples(key):
            assert run_scenario(theirs, example) == [], (key, example["name"])
