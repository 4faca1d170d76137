"""The notices that diagrams ask for exist, so that no step fails for want of a template."""

from __future__ import annotations

import ast

from lxml import etree

from engine.notify.texts import shipped_names
from tests.processes.folders import FOLDERS, files_of

SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"


def named_templates(folder: str) -> set[str]:
    document = etree.fromstring(files_of(folder)["process.bpmn"])
    return {
        str(ast.literal_eval(str(parameter.get("value"))))
        for operator in document.iter(f"{SPIFF}serviceTaskOperator")
        if operator.get("id") == "notify"
        for parameter in operator.iter(f"{SPIFF}parameter")
        if parameter.get("id") == "template"
    }


def test_every_template_that_a_diagram_names_exists() -> None:
    named = set().union(*(named_templates(folder) for folder in FOLDERS))
    assert "answer_reminder" in named
    assert sorted(named - set(shipped_names())) == []
