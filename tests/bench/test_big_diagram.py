"""The large diagrams of the benchmark are what they say: as large, sound enough, and drawn."""

from __future__ import annotations

import pytest

from bench.big_diagram import big_diagram
from bench.modeller import nodes_of
from engine.workflow import check_files
from engine.workflow.xml import DI, B, read_xml


@pytest.mark.parametrize("elements", [20, 100, 500])
def test_a_diagram_is_as_large_as_it_says_and_runs(elements: int) -> None:
    text = big_diagram(nodes_of(elements)).encode()
    root = read_xml(text)
    drawn = {shape.get("bpmnElement") for shape in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")}
    flows = list(root.iter(f"{B}sequenceFlow"))
    assert len(drawn) == nodes_of(elements) + len(flows)
    assert abs(len(drawn) - elements) < elements * 0.15 + 4
    problems = check_files("big", {"process.bpmn": text}, {}, [])
    assert [p.message for p in problems if p.severity == "error"] == []
