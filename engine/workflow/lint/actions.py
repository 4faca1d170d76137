"""Automatic steps: scripts, services, rulesets, calls and messages that exist."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.events import SIGNAL
from engine.workflow.lint.diagram import (
    Diagram,
    Element,
    World,
    error,
    name_of,
    warning,
    working_definitions,
)
from engine.workflow.lint.words import OPERATORS, OPTIONAL
from engine.workflow.source import called_ids
from engine.workflow.xml import B, S, extension, local

LONGEST_SIGNAL = 60  # characters of its name


def check_scripts(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A script task has a script (what it says is looked at elsewhere)."""
    for node in diagram.nodes():
        if local(node) == "scriptTask" and not (node.findtext(f"{B}script") or "").strip():
            yield error("no-script", node, f'"{name_of(node)}" has no script', "Write a script")


def check_services(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A service task names one of the desk's operators, with its parameters."""
    for node in diagram.nodes():
        if local(node) != "serviceTask":
            continue
        operators = list(node.iterfind(f"{B}extensionElements/{S}serviceTaskOperator"))
        if len(operators) != 1:
            yield error(
                "no-service", node, f'"{name_of(node)}" does not say what to do',
                "Choose what the desk shall do",
            )  # fmt: skip
            continue
        yield from _check_operator(node, operators[0])


def _check_operator(node: Element, operator: Element) -> Iterator[Problem]:
    name = operator.get("id", "")
    if name not in OPERATORS:
        yield error(
            "no-service", node, f'"{name_of(node)}": there is no service "{name}"',
            f"Choose one of {', '.join(OPERATORS)}",
        )  # fmt: skip
        return
    given = list(operator.iterfind(f"{S}parameters/{S}parameter"))
    names = [p.get("id", "") for p in given]
    for missing in (key for key in OPERATORS[name] if key not in names):
        yield error(
            "parameter",
            node,
            f'"{name_of(node)}": {name} needs the parameter "{missing}"',
            "Add the parameter",
        )
    for parameter in given:
        if parameter.get("type") is None or parameter.get("value") is None:
            yield error(
                "parameter",
                node,
                f'"{name_of(node)}": a parameter has no type or value',
                "Give each parameter a type and a value",
            )
        if parameter.get("id") not in (*OPERATORS[name], *OPTIONAL.get(name, ())):
            yield warning(
                "parameter", node,
                f'"{name_of(node)}": {name} does not know "{parameter.get("id")}"',
                "Remove the parameter, or correct its name",
            )  # fmt: skip
    result = operator.get("resultVariable")
    if result and not result.isidentifier():
        yield error(
            "parameter",
            node,
            f'"{result}" cannot be the name of a variable',
            "Use letters, digits and _, beginning with a letter",
        )


def check_rulesets(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A business rule task names a ruleset that exists."""
    for node in diagram.nodes():
        if local(node) != "businessRuleTask":
            continue
        name = extension(node, "calledDecisionId")
        if not name:
            yield error(
                "no-ruleset",
                node,
                f'"{name_of(node)}" names no ruleset',
                "Name the ruleset that decides",
            )
        elif world.rulesets is not None and name not in world.rulesets:
            yield error(
                "no-ruleset",
                node,
                f'There is no ruleset "{name}"',
                "Correct the name, or write the ruleset",
            )


def check_calls(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A call activity names a shared process, and no process calls itself."""
    for node in diagram.nodes():
        if local(node) != "callActivity":
            continue
        called = node.get("calledElement") or ""
        if not called:
            told = f'"{name_of(node)}" does not say which shared process runs'
            yield error("no-process", node, told, "Choose a shared process")
        elif called not in world.processes:
            yield error(
                "no-process",
                node,
                f'There is no shared process "{called}"',
                "Choose a shared process, or make one of this name",
            )
    graph = {d.process.get("id", ""): called_ids(d.process) for d in world.diagrams}
    own = diagram.process.get("id", "")
    seen: set[str] = set()
    todo = list(graph.get(own, []))
    while todo:
        here = todo.pop()
        if here == own:
            yield error(
                "call-circle",
                diagram.process,
                f'The process "{own}" calls itself',
                "Break the circle",
            )
            return
        if here not in seen:
            seen.add(here)
            todo += graph.get(here, [])


def check_signals(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Whatever throws or waits for a signal names one; names are short, and no message has one."""
    names = {s.get("id"): (s.get("name") or "").strip() for s in diagram.root.iter(f"{B}signal")}
    for node in diagram.nodes():
        for found in working_definitions(node):
            if local(found) != "signalEventDefinition":
                continue
            name = names.get(found.get("signalRef"), "")
            if not name:
                told = f'"{name_of(node)}" names no signal'
                yield error("no-signal", node, told, "Choose a signal, or give it a name")
            elif len(name) > LONGEST_SIGNAL:
                told = f'The name of the signal of "{name_of(node)}" is too long'
                yield error("no-signal", node, told, f"Use at most {LONGEST_SIGNAL} characters")
    for message in diagram.root.iter(f"{B}message"):
        if (message.get("name") or "").startswith(SIGNAL):
            told = f'A message cannot be called "{message.get("name")}"'
            yield error("no-message", message, told, "Call it something else, or use a signal")


def check_messages(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Whatever waits for or sends a message names one; without it, it would not wait."""
    names = {m.get("id"): m.get("name") for m in diagram.root.iter(f"{B}message")}
    for node in diagram.nodes():
        if local(node) in ("receiveTask", "sendTask"):
            holders = [node]
        else:
            holders = [d for d in working_definitions(node) if local(d) == "messageEventDefinition"]
        for holder in holders:
            reference = holder.get("messageRef")
            if not reference:
                yield error(
                    "no-message", node, f'"{name_of(node)}" names no message',
                    "Without a message it would not wait: choose one",
                )  # fmt: skip
            elif not (names.get(reference) or "").strip():
                yield error(
                    "no-message",
                    node,
                    f'"{name_of(node)}": that message has no name',
                    "Give the message a name",
                )
