"""Expressions, scripts and times: whether they can be read, and whether what they name exists."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.assignment import expression_of
from engine.workflow.definition import listed
from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import names_in, parse_expression, parse_script
from engine.workflow.lint.diagram import (
    Diagram,
    Element,
    World,
    error,
    name_of,
    working_definitions,
)
from engine.workflow.lint.foreign import from_elsewhere, marked_as
from engine.workflow.lint.words import DECIDED, TOLD
from engine.workflow.plain import BARE
from engine.workflow.source import SCHEMA, forms_of
from engine.workflow.timers import (
    WORKING,
    parse_cycle,
    parse_date,
    parse_duration,
    parse_working,
)
from engine.workflow.xml import B, S, extension, extension_properties, local

_TIMES = {"timeDate": parse_date, "timeDuration": parse_duration, "timeCycle": parse_cycle}
HOW_LONG = 'Write how long, such as "P3D" for three days'


def expressions(diagram: Diagram) -> Iterator[tuple[Element, str, str]]:
    """(element, what it is, text) of every expression; times and scripts are not among them."""
    for flow in diagram.process.iter(f"{B}conditionExpression"):
        yield _above(flow, 1), "condition", flow.text or ""
    for tag, what in (
        ("loopCardinality", "number of repetitions"),
        ("completionCondition", "condition to stop"),
        ("loopCondition", "condition to go on"),
    ):
        for found in diagram.process.iter(f"{B}{tag}"):
            yield _above(found, 2), what, found.text or ""
    for lane in diagram.process.iter(f"{B}lane"):
        if (source := expression_of(extension(lane, "assign"))) is not None:
            yield lane, "assignment", source
    for node in diagram.nodes():
        for parameter in node.iterfind(
            f"{B}extensionElements/{S}serviceTaskOperator//{S}parameter"
        ):
            yield node, f'parameter "{parameter.get("id")}"', parameter.get("value") or ""


def _above(element: Element, levels: int) -> Element:
    for _ in range(levels):
        element = element.getparent() if element.getparent() is not None else element  # type: ignore[assignment]
    return element


def times(diagram: Diagram) -> Iterator[tuple[Element, str, str]]:
    """(event, kind, text) of every timer."""
    for node in diagram.nodes():
        for definition in working_definitions(node):
            if local(definition) != "timerEventDefinition":
                continue
            found = [(local(t), t.text or "") for t in definition if local(t) in _TIMES]
            kind, text = found[0] if len(found) == 1 else ("", "")
            yield node, kind, text.strip()


def check_times(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Timers are quoted ISO 8601 texts or expressions that give one."""
    for node, kind, text in times(diagram):
        name = name_of(node)
        if not kind or not text:
            yield error("timer", node, f'"{name}" has no time, or several', HOW_LONG)
        elif BARE.fullmatch(text):  # a right one was quoted when it was read
            yield error("timer", node, f'The time of "{name}" cannot be read', HOW_LONG)
        else:
            yield from _check_time(node, kind, text)
        if kind == "timeCycle" and (
            local(node) != "boundaryEvent" or node.get("cancelActivity", "true") == "true"
        ):
            yield error(
                "timer-cycle", node, f'"{name}" is repeated, but can happen only once there',
                "Use a duration, or a non-interrupting boundary event",
            )  # fmt: skip


def check_bases(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A timer counts time as it passes, or working time; not every time can be counted so."""
    timed = {node.get("id"): (kind, text) for node, kind, text in times(diagram)}
    for node in diagram.nodes():
        said = extension(node, "timerBasis")
        if said is None:
            continue
        kind, text = timed.get(node.get("id"), ("", ""))
        mend = "Take the mark of working time away, or write hours or whole days"
        if said.lower() not in (WORKING, "calendar"):
            told = f'"{name_of(node)}" counts "{said}"; it counts working or calendar time'
            yield error("timer-basis", node, told, "Write working or calendar")
        elif not kind:
            yield error("timer-basis", node, f'"{name_of(node)}" is no timer', mend)
        elif said.lower() == WORKING and kind == "timeDate":
            told = f'"{name_of(node)}" is a fixed moment: working time cannot be counted there'
            yield error("timer-basis", node, told, mend)
        elif said.lower() == WORKING:
            yield from _check_working(node, kind, text, mend)


def _check_working(node: Element, kind: str, text: str, mend: str) -> Iterator[Problem]:
    """A length that is written out is one that working time can be counted by."""
    try:
        tree = parse_expression(text).body
        if isinstance(tree, ast.Constant):
            cycle = kind == "timeCycle"
            parse_working(parse_cycle(tree.value).every if cycle else tree.value)
    except ExpressionError:
        return  # has its own finding
    except (ValueError, OverflowError) as fault:
        yield error("timer-basis", node, f'The time of "{name_of(node)}": {fault}', mend)


def _check_time(node: Element, kind: str, text: str) -> Iterator[Problem]:
    try:
        tree = parse_expression(text).body
    except ExpressionError as fault:
        yield _untimed(node, text, fault)
        return
    if isinstance(tree, ast.Constant):
        try:
            _TIMES[kind](tree.value)
        except (ValueError, OverflowError) as fault:
            yield error(
                "timer",
                node,
                f'The time of "{name_of(node)}": {fault}',
                "Write a duration like PT4H, a date, or a variable",
            )


def _untimed(node: Element, text: str, fault: ExpressionError) -> Problem:
    told = f'The time of "{name_of(node)}": {fault}'
    if from_elsewhere(text):
        told = f'The time of "{name_of(node)}" is written for another engine'
    return error("timer", node, told, HOW_LONG)


def check_expressions(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Expressions and scripts can be read."""
    for node, what, text in expressions(diagram):
        if what == "condition" and not text.strip():
            continue  # an empty condition has its own finding
        try:
            parse_expression(text)
        except ExpressionError as fault:
            yield _unread(node, what, diagram.name_of(node), text, fault, "Correct the expression")
    for node, text in _scripts(diagram):
        try:
            parse_script(text)
        except ExpressionError as fault:
            if text.strip():
                yield _unread(node, "script", name_of(node), text, fault, "Correct the script")


def _unread(
    node: Element, what: str, name: str, text: str, fault: ExpressionError, mend: str
) -> Problem:
    """What is wrong with an expression; of another engine's language it is not the spelling."""
    if from_elsewhere(text) or marked_as(node):
        told = f'The {what} of "{name}" is written for another engine'
        return error("expression", node, told, "Say it in this desk's own words")
    return error("expression", node, f'The {what} of "{name}": {fault}', mend)


def check_names(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Names in expressions come from somewhere: the ticket, a form, a script, a ruleset.

    What nothing sets has no value when it is asked for, and the step fails.
    """
    known = {"ticket"} | DECIDED | TOLD
    for one in world.diagrams:
        known |= set(_given(one))
    for node, what, text in [*expressions(diagram), *_timed(diagram)]:
        try:
            names = names_in(parse_expression(text))
        except ExpressionError:
            continue
        yield from _unknown(diagram.name_of(node), node, what, names - known)
    for node, text in _scripts(diagram):
        try:
            lines = parse_script(text)
        except ExpressionError:
            continue
        for _, tree in lines:
            yield from _unknown(name_of(node), node, "script", names_in(tree) - known)


def _timed(diagram: Diagram) -> Iterator[tuple[Element, str, str]]:
    """The times that are expressions: in what only looks like one there are no names."""
    return ((n, "time", text) for n, _, text in times(diagram) if not BARE.fullmatch(text))


def _unknown(called: str, node: Element, what: str, names: set[str]) -> Iterator[Problem]:
    for name in sorted(names):
        yield error(
            "unknown-name", node,
            f'The {what} of "{called}" names "{name}", which nothing here sets',
            "Check the spelling; a form field, a script or a ruleset must set it",
        )  # fmt: skip


def _scripts(diagram: Diagram) -> Iterator[tuple[Element, str]]:
    for node in diagram.nodes():
        if local(node) == "scriptTask":
            yield node, node.findtext(f"{B}script") or ""


def _given(diagram: Diagram) -> Iterator[str]:
    """The variables that a diagram and its forms set.

    What a shared process is `given` by whoever calls it counts where it is looked at by itself; a
    caller has to set it.
    """
    if not diagram.folder:
        yield from listed(extension(diagram.process, "given"))
    used = {extension_properties(n).get("formJsonSchemaFilename") for n in diagram.nodes()}
    for name, (schema, _) in forms_of(diagram.files).items():
        if name + SCHEMA not in used:
            continue
        try:
            fields = json.loads(schema).get("properties", {})
        except (ValueError, AttributeError, RecursionError):
            continue
        yield from map(str, fields if isinstance(fields, dict) else ())
    for _, text in _scripts(diagram):
        yield from re.findall(r"^[ \t]*([A-Za-z_]\w*)[ \t]*=[^=]", text, re.MULTILINE)
    for operator in diagram.process.iter(f"{S}serviceTaskOperator"):
        yield operator.get("resultVariable") or "ticket"
    for tag in ("inputDataItem", "outputDataItem"):
        yield from (item.get("id") or "ticket" for item in diagram.process.iter(f"{B}{tag}"))
    for found in diagram.process.iter(f"{B}loopDataOutputRef"):
        yield (found.text or "").strip()
