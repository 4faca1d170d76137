"""The customers' diagram: drawn like ours, but without a word from inside."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from engine.workflow import load_definition
from webapp.i18n import Reader
from webapp.presenters.customer_diagram import clean, marks

ROOT = Path(__file__).parents[3] / "processes"
SHARED = {
    folder.name: {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()}
    for folder in (ROOT / "shared").iterdir()
    if folder.is_dir()
}
KEYS = ("incident", "service_request", "question", "change", "complaint")
NS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def definition(key: str):
    files = {f.name: f.read_bytes() for f in (ROOT / key).iterdir() if f.is_file()}
    return load_definition(key, files, SHARED)


@pytest.mark.parametrize("key", KEYS)
def test_no_word_from_inside_is_left(key: str) -> None:
    process = definition(key)
    text = clean(process, Reader("en")).decode()
    values = {v for e in etree.fromstring(text.encode()).iter() for v in e.attrib.values()}
    told = {step.label.get("en") for step in process.steps.values() if step.shown}
    for step in process.steps.values():
        assert step.id not in values
        if not step.shown:
            assert step.name not in values - told - {"You", "We", *process.title.values()}
    for word in ("extensionElements", "spiffworkflow", "conditionExpression", "documentation",
                 "queue:", "urn:vorgang:process"):  # fmt: skip
        assert word not in text


@pytest.mark.parametrize("key", KEYS)
def test_it_can_still_be_drawn(key: str) -> None:
    process = definition(key)
    root = etree.fromstring(clean(process, Reader("de")))
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    shapes = [e.get("bpmnElement") for e in root.iter() if e.get("bpmnElement")]
    assert set(shapes) <= set(ids)
    for flow in root.iter(f"{NS}sequenceFlow"):
        assert {flow.get("sourceRef"), flow.get("targetRef")} <= set(ids)
    labels = {step.label["de"] for step in process.steps.values() if step.shown and step.label}
    named = {e.get("name") for e in root.iter()}
    assert labels & named


def test_marks_are_the_new_ids_of_the_steps() -> None:
    process = definition("incident")
    found = marks(process, ["triage", "work", "no such step"])
    root = etree.fromstring(clean(process, Reader("en")))
    named = {e.get("id"): e.get("name") for e in root.iter()}
    assert [named[each] for each in found] == [
        process.steps[step].label["en"] for step in ("triage", "work")
    ]
