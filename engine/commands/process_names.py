"""Whether the desk has what a diagram names: queues, groups, people, states, notices.

The checks of a diagram know nothing of the desk. A lane that leads to nobody here would give every
ticket to the ticket's queue instead, and nobody would know why.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.models import Queue, State, TicketType
from engine.catalogue.queries import maybe
from engine.commands.candidates import ProcessesCandidate
from engine.errors import Invalid, Problem
from engine.notify.texts import templates
from engine.people.models import Group
from engine.people.queries import agents_of_group, people_with_role, person_by_login
from engine.workflow.source import main_process, read_bundle
from engine.workflow.xml import B, S, extension, is_bpmn, local

Files = Mapping[str, bytes]
UNKNOWN_STATE = "ticket-state"  # the check that knows only the states as delivered


def check_names(
    session: Session,
    key: str,
    files: Files,
    shared: Mapping[str, Files],
    notices: Collection[str] = (),
) -> list[Problem]:
    """What a process and the parts that it calls name and this desk has not; never raises.

    `notices` are messages that come with them.
    """
    known = frozenset([*templates(session), *notices])
    try:
        bundle = read_bundle(key, files, shared)
    except Invalid:
        return []  # it cannot be read, which others say
    found = list(_in_process(session, bundle.process, known))
    for folder, document in sorted(bundle.called.items()):
        process = main_process(document)
        if process is not None:
            found += [
                replace(problem, message=f"{folder}: {problem.message}")
                for problem in _in_process(session, process, known)
            ]
    return found


def of_this_desk(session: Session, problems: list[Problem], files: Files) -> list[Problem]:
    """The findings of the checks without those that take a state of this desk for unknown."""
    own = {state for state in _states_named(files) if maybe(session, State, state) is not None}
    return [
        problem
        for problem in problems
        if problem.code != UNKNOWN_STATE
        or problem.severity == "error"
        or not any(f'"{state}"' in problem.message for state in own)
    ]


def at_this_desk(
    session: Session, candidate: ProcessesCandidate, notices: Collection[str] = ()
) -> tuple[list[Problem], list[Problem]]:
    """What has to be accepted of processes from files, and which of their lanes nobody serves yet.

    The files were checked without the desk. Raises `Invalid` where they name what it has not; that
    a role or a group is empty so far is no fault of the files, and told alone.
    """
    warnings: list[Problem] = []
    named: list[Problem] = []
    for key, files in candidate.processes.items():
        own = [p for p in candidate.warnings if p.message.startswith(f"{key}: ")]
        warnings += of_this_desk(session, own, files)
        found = check_names(session, key, files, candidate.shared, notices)
        named += [replace(p, message=f"{key}: {p.message}") for p in found]
    if errors := [problem for problem in named if problem.severity == "error"]:
        raise Invalid("The processes were not published.", errors)
    return warnings, named


def _in_process(
    session: Session, process: etree._Element, notices: Collection[str]
) -> Iterator[Problem]:
    for node in process.iter():
        if not is_bpmn(node):
            continue
        if local(node) == "lane":
            yield from _lane(session, node)
        elif local(node) == "serviceTask":
            yield from _service(session, node, notices)
        state = extension(node, "ticketState")
        if state and maybe(session, State, state) is None:
            yield _problem(
                "unknown-state", "error", node, f'"{_name(node)}": there is no state "{state}"',
                "Choose a state of this desk",
            )  # fmt: skip


def _lane(session: Session, lane: etree._Element) -> Iterator[Problem]:
    kind, _, name = (extension(lane, "assign") or "").partition(":")
    name = name.strip()
    said = f'The lane "{_name(lane)}" is for {kind} "{name}"'
    if kind == "queue" and maybe(session, Queue, name) is None:
        yield _problem("unserved", "error", lane, f"{said}, which does not exist",
                       "Choose a queue of this desk")  # fmt: skip
    elif kind == "person":
        person = person_by_login(session, name)
        if person is None or not person.active:
            yield _problem("unserved", "error", lane, f"{said}, who is not there",
                           "Choose somebody who works here, or better a group")  # fmt: skip
    elif kind == "role" and not people_with_role(session, name):
        yield _problem("unserved", "warning", lane, f"{said}, which nobody has",
                       "Give somebody this role, or choose another")  # fmt: skip
    elif kind == "group":
        group = session.scalar(select(Group).where(Group.name == name))
        if group is None:
            yield _problem("unserved", "error", lane, f"{said}, which does not exist",
                           "Choose a group of this desk")  # fmt: skip
        elif not agents_of_group(session, group.id):
            yield _problem("unserved", "warning", lane, f"{said}, in which nobody works",
                           "Put somebody into the group, or choose another")  # fmt: skip


def _service(session: Session, node: etree._Element, notices: Collection[str]) -> Iterator[Problem]:
    """Literal names in the parameters of an operator; what is computed shows only when it runs."""
    for operator in node.iterfind(f"{B}extensionElements/{S}serviceTaskOperator"):
        given = {
            one.get("id", ""): _literal(one.get("value", ""))
            for one in operator.iterfind(f"{S}parameters/{S}parameter")
        }
        template = given.get("template")
        if operator.get("id") == "notify" and template and template not in notices:
            yield _problem("unknown-notice", "error", node,
                           f'"{_name(node)}": there is no notice "{template}"',
                           "Choose a notice of this desk")  # fmt: skip
        kinds: dict[str, Any] = {"queue": Queue, "type": TicketType, "state": State}
        kind, value = kinds.get(given.get("field") or ""), given.get("value")
        if operator.get("id") == "create_child":
            for field in ("queue", "type"):
                if (name := given.get(field)) and maybe(session, kinds[field], name) is None:
                    yield _problem("unknown-value", "error", node,
                                   f'"{_name(node)}": there is no {field} "{name}"',
                                   "Choose one of this desk")  # fmt: skip
        if operator.get("id") == "set" and kind and value and maybe(session, kind, value) is None:
            yield _problem("unknown-value", "error", node,
                           f'"{_name(node)}": there is no {given["field"]} "{value}"',
                           "Choose one of this desk")  # fmt: skip


def _states_named(files: Files) -> set[str]:
    try:
        bundle = read_bundle("", files, {})
    except Invalid:
        return set()
    return {
        state
        for node in bundle.process.iter()
        if is_bpmn(node) and (state := extension(node, "ticketState"))
    }


def _literal(text: str) -> str | None:
    """The text that an expression is, if it is nothing but a text."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _name(node: etree._Element) -> str:
    return node.get("name") or node.get("id") or local(node)


def _problem(code: str, severity: str, node: etree._Element, message: str, mend: str) -> Problem:
    line: Any = node.sourceline
    return Problem(code, severity, node.get("id"), line, message, mend)
