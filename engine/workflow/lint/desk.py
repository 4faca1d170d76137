"""What a diagram says to the desk: lanes, ticket states, what the customer sees, the picture."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.assignment import EXPRESSION, PEOPLE, PREFIXES, expression_of, meant, readable
from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import parse_expression
from engine.workflow.lint.diagram import Diagram, Element, World, error, name_of, warning
from engine.workflow.lint.words import ENDED, STATES
from engine.workflow.xml import DI, B, extension, local


def check_lanes(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Lanes have a name, an assignment that can be read, and steps that exist."""
    known = {node.get("id") for node in diagram.nodes()}
    for lane in diagram.process.iter(f"{B}lane"):
        assign = extension(lane, "assign")
        if not (lane.get("name") or "").strip():
            yield error("lane", lane, "A lane has no name", "Name it after a role or a group")
        if assign and expression_of(assign) is None and not readable(assign):
            words = [*sorted(PEOPLE), *(p + "…" for p in PREFIXES), f"{EXPRESSION} …"]
            yield error(
                "lane-assign", lane, f'Nobody is meant by "{assign}" of "{name_of(lane)}"',
                f"Write one of {', '.join(words)}",
            )  # fmt: skip
        yield from _check_constant(lane, expression_of(assign))
        for reference in lane.iterchildren(f"{B}flowNodeRef"):
            if (reference.text or "").strip() not in known:
                yield warning(
                    "lane",
                    lane,
                    f'"{name_of(lane)}" holds a step that does not exist',
                    "Delete the reference, or draw the lane anew",
                )


def _check_constant(lane: Element, source: str | None) -> Iterator[Problem]:
    """An expression that always gives the same word, which means nobody."""
    try:
        tree = parse_expression(source).body if source else None
    except ExpressionError:
        return  # what cannot be read has a finding among the expressions
    if isinstance(tree, ast.Constant) and not meant(f"{EXPRESSION}{source}", {}, None)[0]:
        told = f'Nobody is meant by {source} of "{name_of(lane)}"'
        yield error("lane-assign", lane, told, 'Write for example "group:network" or a login')


def check_laned(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Where there are lanes, each step for a person lies in one."""
    references = {(r.text or "").strip() for r in diagram.process.iter(f"{B}flowNodeRef")}
    if not references:
        return
    for node in diagram.scopes[0].of_kind("userTask", "manualTask", "task", "callActivity"):
        if node.get("id") not in references:
            yield warning(
                "no-lane",
                node,
                f'"{name_of(node)}" lies in no lane',
                "Draw it into the lane of those who do it",
            )


def check_states(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Ticket states and yes/no marks use the words that the desk knows."""
    for node in diagram.nodes():
        yield from _check_state(node, (extension(node, "ticketState") or "").strip())
        for mark in ("customerShown", "clockPause"):
            value = extension(node, mark)
            if value and value.lower() not in ("true", "false"):
                yield error(
                    "mark",
                    node,
                    f'"{name_of(node)}": {mark} is true or false',
                    "Write true or false",
                )
        shown = (extension(node, "customerShown") or "").lower() == "true"
        if shown and not (extension(node, "customerLabelDe") or extension(node, "customerLabelEn")):
            yield warning(
                "no-label",
                node,
                f'"{name_of(node)}" is shown to the customer, without words for them',
                "Write what the customer reads there, or do not show them the step",
            )


def _check_state(node: Element, state: str) -> Iterator[Problem]:
    """A ticket ends at an end event alone; only a person can say into which other one it goes."""
    if state == "merged":
        yield error(
            "ticket-state", node, f'"{name_of(node)}" would end a ticket as merged, into no other',
            f"Write one of {', '.join(sorted(ENDED))}",
        )  # fmt: skip
    elif state and state not in STATES:
        yield warning(
            "ticket-state",
            node,
            f'There is no ticket state "{state}" as delivered',
            "Use the name of a state of the desk",
        )
    elif state in ENDED and local(node) != "endEvent":
        yield error(
            "ticket-state", node, f'"{name_of(node)}" is no end, but would set "{state}"',
            "Set the state at the end event",
        )  # fmt: skip


def check_four_eyes(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Steps that somebody else has to do name steps for people that are there."""
    people = {
        node.get("id") for node in diagram.nodes() if local(node) in ("userTask", "manualTask")
    }
    for node in diagram.nodes():
        for name in (part.strip() for part in (extension(node, "notBy") or "").split(",")):
            if name not in ("", "customer") and (name not in people or name == node.get("id")):
                yield error(
                    "not-by",
                    node,
                    f'"{name_of(node)}": there is no other step "{name}"',
                    "Choose another step",
                )


def check_picture(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Steps without a place in the picture cannot be seen; one finding for all of them."""
    drawn = {shape.get("bpmnElement") for shape in diagram.root.iter(f"{DI}BPMNShape")}
    missing = [
        n for n in diagram.nodes() if n.get("id") not in drawn and local(n) != "sequenceFlow"
    ]
    if missing:
        yield warning(
            "no-picture", missing[0], f"{len(missing)} step(s) have no place in the picture",
            "Lay the diagram out in the modeller",
        )  # fmt: skip
