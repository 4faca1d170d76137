"""The examples beside the diagrams pass, and between them go every way that is drawn."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from lxml import etree

from engine.workflow import Definition, Instance, Progress, load_definition
from engine.workflow.scenario import run_scenario
from tests.processes.folders import FOLDERS, KEYS, SHARED_KEYS, files_of, shared_files

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def examples_of(folder: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(files_of(folder)["examples.yaml"])
    return loaded


def definition_of(folder: str) -> Definition:
    return load_definition(folder.rpartition("/")[2], files_of(folder), shared_files())


EXAMPLES = [
    pytest.param(folder, example, id=f"{folder}: {example['name']}")
    for folder in FOLDERS
    for example in examples_of(folder)
]


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(step, outcome) of everything that instances report while the test runs."""
    seen: list[tuple[str, str]] = []

    def note(progress: Progress) -> Progress:
        seen.extend((p.step_id, p.outcome) for p in progress.passed)
        return progress

    begin = Instance.start

    def start(*args: Any, **more: Any) -> tuple[Instance, Progress]:
        instance, progress = begin(*args, **more)
        return instance, note(progress)

    monkeypatch.setattr(Instance, "start", start)
    for name in ("complete", "message", "tick"):
        plain = getattr(Instance, name)
        monkeypatch.setattr(
            Instance, name, lambda *a, _plain=plain, **more: note(_plain(*a, **more))
        )
    return seen


@pytest.mark.parametrize(("folder", "example"), EXAMPLES)
def test_example(folder: str, example: dict[str, Any]) -> None:
    assert run_scenario(definition_of(folder), example) == []


@pytest.mark.parametrize("key", KEYS)
def test_each_process_has_at_least_four(key: str) -> None:
    names = [example["name"] for example in examples_of(key)]
    assert len(set(names)) == len(names) >= 4


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_answers_in_examples_are_ones_that_the_forms_take(folder: str) -> None:
    definition = definition_of(folder)
    for example in examples_of(folder):
        for step in example["steps"]:
            if "complete" in step:
                form = definition.forms[str(definition.steps[step["complete"]].form)]
                errors = Draft202012Validator(form.schema).iter_errors(step.get("answers") or {})
                assert [e.message for e in errors] == [], (example["name"], step["complete"])


def never_walked(folder: str, seen: list[tuple[str, str]]) -> list[tuple[str, str]]:
    document = etree.fromstring(files_of(folder)["process.bpmn"])
    flows = {
        (str(flow.get("sourceRef")), str(flow.get("targetRef")))
        for flow in document.iter(f"{BPMN}sequenceFlow")
    }
    kinds = (f"{BPMN}parallelGateway", f"{BPMN}inclusiveGateway")
    splits = {str(split.get("id")) for split in document.iter(*kinds)}
    return sorted(flows - walked(flows, splits, seen))


def walked(
    flows: set[tuple[str, str]], splits: set[str], seen: list[tuple[str, str]]
) -> set[tuple[str, str]]:
    """The flows on which a step was entered after the one before it had been completed."""
    done: set[str] = set()
    found: set[tuple[str, str]] = set()
    for step, outcome in seen:
        if outcome == "completed":
            done.add(step)
        if outcome == "entered":
            ways = {(a, b) for a, b in flows if b == step and a in done}
            found |= ways
            done -= {a for a, _ in ways} - splits
    return found


@pytest.mark.parametrize("key", KEYS)
def test_every_flow_of_a_process_is_walked(key: str, passed: list[tuple[str, str]]) -> None:
    for example in examples_of(key):
        run_scenario(definition_of(key), example)
    assert never_walked(key, passed) == []


def test_every_flow_of_the_shared_processes_is_walked(passed: list[tuple[str, str]]) -> None:
    for folder in FOLDERS:
        for example in examples_of(folder):
            run_scenario(definition_of(folder), example)
    for key in SHARED_KEYS:
        assert never_walked(f"shared/{key}", passed) == []
