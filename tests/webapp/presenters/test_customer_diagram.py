"""The customers' diagram: the steps that are marked as theirs, and not a word from inside."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from lxml import etree

from engine.workflow import load_definition
from tests.engine.workflow.conftest import Pen
from webapp.i18n import Reader
from webapp.presenters.customer_diagram import draw, marks
from webapp.presenters.path import arrows_of

ROOT = Path(__file__).parents[3] / "processes"
SHARED = {
    folder.name: {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()}
    for folder in (ROOT / "shared").iterdir()
    if folder.is_dir()
}
KEYS = ("incident", "service_request", "question", "change", "complaint")
NS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"


def definition(key: str):
    files = {f.name: f.read_bytes() for f in (ROOT / key).iterdir() if f.is_file()}
    return load_definition(key, files, SHARED)


def shown(de: str, en: str) -> str:
    return (
        f"<spiffworkflow:customerLabelDe>{de}</spiffworkflow:customerLabelDe>"
        f"<spiffworkflow:customerLabelEn>{en}</spiffworkflow:customerLabelEn>"
        "<spiffworkflow:customerShown>true</spiffworkflow:customerShown>"
    )


def hostile() -> Pen:
    """An owner who calls things inside by names that no customer may read."""
    secret = "SECRET"
    pen = Pen("sample").node("startEvent", "SECRET_start", ext=shown("Da", "Received"))
    pen.node("userTask", "SECRET_fraud_check", f"<bpmn:documentation>{secret}</bpmn:documentation>",
             f'name="{secret} liar?"',
             "<spiffworkflow:titleEn>SECRET</spiffworkflow:titleEn>"
             "<spiffworkflow:customerLabelEn>SECRET</spiffworkflow:customerLabelEn>")  # fmt: skip
    pen.node("exclusiveGateway", "SECRET_gate", attrs=f'default="SECRET_gate_SECRET_work" '
             f'name="{secret} worth it?"')  # fmt: skip
    pen.node("userTask", "SECRET_work", attrs=f'name="{secret} work"', ext=shown("Wir", "At it"))
    pen.border("SECRET_border", "SECRET_work", pen.message_event("SECRET_message"))
    pen.script("SECRET_script", 'note = "SECRET"')
    pen.node("endEvent", "SECRET_end", ext=shown("Fertig", "Done"))
    pen.flow("SECRET_start", "SECRET_fraud_check", "SECRET_gate", "SECRET_work", "SECRET_end")
    pen.flow("SECRET_gate", "SECRET_script", when='ticket.title == "SECRET"')
    pen.flow("SECRET_script", "SECRET_end").flow("SECRET_border", "SECRET_script")
    return pen.lane("SECRET lane", "SECRET_work", assign="group:SECRET")


def test_whatever_an_owner_calls_things_inside_none_of_it_is_sent() -> None:
    process = load_definition("sample", {"process.bpmn": hostile().xml()}, {})
    for language in ("de", "en"):
        assert b"SECRET" not in draw(process, Reader(language))
    root = etree.fromstring(draw(process, Reader("en")))
    assert [e.get("name") for e in root.iter() if e.get("name")] == ["Received", "At it", "Done"]
    flows = [(f.get("sourceRef"), f.get("targetRef")) for f in root.iter(f"{NS}sequenceFlow")]
    assert sorted(flows) == [("n1", "n2"), ("n1", "n3"), ("n2", "n3")]
    assert marks(process, ["SECRET_fraud_check", "SECRET_work", "SECRET_gate"]) == ["n2"]


def test_a_way_goes_on_behind_a_link() -> None:
    link = '<bpmn:linkEventDefinition name="later"/>'
    pen = Pen("sample").node("startEvent", "start", ext=shown("Da", "Received"))
    pen.node("intermediateThrowEvent", "away", link).node("intermediateCatchEvent", "here", link)
    pen.node("userTask", "work", ext=shown("Wir", "At it")).end()
    pen.flow("start", "away").flow("here", "work", "done")
    process = load_definition("sample", {"process.bpmn": pen.xml()}, {})
    root = etree.fromstring(draw(process, Reader("en")))
    flows = [(f.get("sourceRef"), f.get("targetRef")) for f in root.iter(f"{NS}sequenceFlow")]
    assert flows == [("n1", "n2")]
    assert "here" in arrows_of(process.digest, process.bpmn)["away"]


@pytest.mark.parametrize("key", KEYS)
def test_only_steps_that_are_marked_are_there_and_all_of_them(key: str) -> None:
    process = definition(key)
    for language in ("de", "en"):
        root = etree.fromstring(draw(process, Reader(language)))
        told = {
            step.label[language]
            for step in process.steps.values()
            if step.shown and step.process == key
        }
        assert {e.get("name") for e in root.iter() if e.get("name")} == told
    flows = [(f.get("sourceRef"), f.get("targetRef")) for f in root.iter(f"{NS}sequenceFlow")]
    ids = {e.get("id") for e in root.iter() if e.get("name")}
    assert ids - {one for flow in flows for one in flow} == set()


@pytest.mark.parametrize("key", KEYS)
def test_it_is_drawn_in_full_without_one_step_over_another(key: str) -> None:
    root = etree.fromstring(draw(definition(key), Reader("de")))
    drawn = [e.get("bpmnElement") for e in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")]
    process = root.find(f"{NS}process")
    assert sorted(drawn) == sorted(e.get("id") for e in process)
    boxes = [
        [float(shape.find(f"{DC}Bounds").get(k)) for k in ("x", "y", "width", "height")]
        for shape in root.iter(f"{DI}BPMNShape")
    ]
    for a, b in combinations(boxes, 2):
        apart = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1]
        assert apart or b[1] + b[3] <= a[1]
    for edge in root.iter(f"{DI}BPMNEdge"):
        points = [(float(p.get("x")), float(p.get("y"))) for p in edge]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2
            middle = ((x1 + x2) / 2, (y1 + y2) / 2)
            assert not any(
                b[0] < middle[0] < b[0] + b[2] and b[1] < middle[1] < b[1] + b[3] for b in boxes
            )


def test_marks_are_the_places_of_the_steps() -> None:
    process = definition("incident")
    found = marks(process, ["triage", "work", "no such step"])
    root = etree.fromstring(draw(process, Reader("en")))
    named = {e.get("id"): e.get("name") for e in root.iter()}
    assert [named[each] for each in found] == [
        process.steps[step].label["en"] for step in ("triage", "work")
    ]
