"""The files of a process as they come: which is the diagram, which are forms, what does it call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.errors import Invalid, Problem
from engine.workflow.links import read_linked
from engine.workflow.xml import RESAVE, B, XmlFault, extension, is_bpmn, local, read_xml

SCHEMA, UI = ".schema.json", ".ui.json"
DIAGRAM = "process.bpmn"
NOT_EXECUTABLE = "not-executable"  # what is only drawn
STEPS = ("Event", "task", "Task", "Gateway", "Process", "Activity", "transaction")
OFFER = "offer.json"  # how customers ask for it; its questions are the form "offer"


@dataclass(frozen=True)
class Bundle:
    """One process' files with its readable diagram and those of the shared processes it calls."""

    key: str
    files: Mapping[str, bytes]
    shared: Mapping[str, Mapping[str, bytes]]
    name: str
    document: etree._Element
    process: etree._Element
    called: dict[str, etree._Element]


def diagram_name(files: Mapping[str, bytes]) -> str | None:
    """The diagram among the files: `process.bpmn`, or the only `.bpmn`."""
    if DIAGRAM in files:
        return DIAGRAM
    names = sorted(name for name in files if str(name).endswith(".bpmn"))
    return names[0] if len(names) == 1 else None


def forms_of(files: Mapping[str, bytes]) -> dict[str, tuple[bytes, bytes | None]]:
    """Form name → bytes of its schema and, where there is one, of its looks."""
    return {
        name.removesuffix(SCHEMA): (data, files.get(name.removesuffix(SCHEMA) + UI))
        for name, data in sorted(files.items())
        if str(name).endswith(SCHEMA)
    }


def title_of(files: Mapping[str, str]) -> dict[str, str]:
    """The title of a process in its languages; whatever its files hold, this does not raise."""
    try:
        process = main_process(read_xml(files.get(DIAGRAM, "").encode()))
    except XmlFault:
        return {}
    if process is None:
        return {}
    said = {"de": extension(process, "titleDe"), "en": extension(process, "titleEn")}
    found = {language: text[:200] for language, text in said.items() if text}
    return found or ({"en": process.get("name", "")[:200]} if process.get("name") else {})


def called_ids(document: etree._Element) -> list[str]:
    """The process ids that call activities of a diagram name."""
    return [c.get("calledElement", "") for c in document.iter(f"{B}callActivity")]


def shared_processes(
    shared: Mapping[str, Mapping[str, bytes]],
) -> dict[str, tuple[str, etree._Element]]:
    """Process id → (key of its folder, diagram) of every readable shared process."""
    found: dict[str, tuple[str, etree._Element]] = {}
    for key in sorted(shared):
        name = diagram_name(shared[key])
        if name is None:
            continue
        try:
            document = read_linked(shared[key][name])
        except XmlFault:
            continue
        process = main_process(document)
        if process is not None:
            found.setdefault(process.get("id", ""), (key, document))
    return found


def resolve_calls(
    document: etree._Element, shared: Mapping[str, Mapping[str, bytes]]
) -> dict[str, etree._Element]:
    """Folder key → diagram of every shared process called, directly or through another."""
    if not called_ids(document):
        return {}
    known = shared_processes(shared)
    called: dict[str, etree._Element] = {}
    todo = called_ids(document)
    while todo:
        key, inner = known.get(todo.pop(), ("", None))
        if inner is not None and key not in called:
            called[key] = inner
            todo.extend(called_ids(inner))
    return called


def read_bundle(
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    *,
    merely_drawn: bool = False,
) -> Bundle:
    """Read the diagram and what it calls; raises Invalid when there is no readable diagram.

    With `merely_drawn` a process that is not meant to run will do where there is no other.
    """
    name = diagram_name(files)
    if name is None:
        values: dict[str, object] = {"key": key, "file": DIAGRAM}
        raise Invalid('The process "%(key)s" has no %(file)s.', [_no_diagram()], values=values)
    try:
        document = read_linked(files[name])
    except XmlFault as fault:
        code = "xml" if fault.refused else "unreadable"
        problem = Problem(code, "error", None, fault.line, fault.message, fault.mend)
        values = {"key": key}
        raise Invalid(
            'The diagram of "%(key)s" cannot be read.', [problem], values=values
        ) from None
    process = main_process(document)
    if process is None and merely_drawn:
        process = drawn_process(document)
    if process is None:
        missing = [_no_process(document)]
        raise Invalid('The process "%(key)s" has no process.', missing, values={"key": key})
    return Bundle(key, files, shared, name, document, process, resolve_calls(document, shared))


def running_processes(document: etree._Element) -> list[etree._Element]:
    """The processes of a file that are meant to run; an empty one only where there is no other.

    Many tools give each pool a process, those of the others in a collaboration, too.
    """
    found = [
        process
        for process in document.iter(f"{B}process")
        if process.get("isExecutable", "true") not in ("false", "0")
    ]
    return [process for process in found if _is_drawn(process)] or found[:1]


def main_process(document: etree._Element) -> etree._Element | None:
    """The first process of a file that is meant to run."""
    return next(iter(running_processes(document)), None)


def drawn_process(document: etree._Element) -> etree._Element | None:
    """The first process of a file in which something is drawn, meant to run or not."""
    found = list(document.iter(f"{B}process"))
    return next(filter(_is_drawn, found), found[0] if found else None)


def _is_drawn(process: etree._Element) -> bool:
    """Whether there is any step in it."""
    return any(is_bpmn(one) and local(one).endswith(STEPS) for one in process)


def _no_process(document: etree._Element) -> Problem:
    line: Any
    if document.tag != f"{B}definitions":
        line = document.sourceline
        return Problem("not-bpmn", "error", None, line, "This is no BPMN 2.0 file", RESAVE)
    drawn = drawn_process(document)
    if drawn is None:
        line = document.sourceline
        return Problem("no-process", "error", None, line, "No process is drawn in this file",
                       "Draw a process in it")  # fmt: skip
    line = drawn.sourceline
    return Problem(
        NOT_EXECUTABLE, "error", drawn.get("id"), line,
        "No process in this file is marked as executable", 'Set isExecutable="true" on the process',
    )  # fmt: skip


def _no_diagram() -> Problem:
    return Problem("no-process", "error", None, None, f"There is no {DIAGRAM} with a process",
                   "Draw a process and save it under this name")  # fmt: skip
