"""Flows: where they begin and end, what can be reached, and conditions nobody would look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.workflow.lint.diagram import (
    Diagram,
    Element,
    Scope,
    World,
    error,
    name_of,
    reached,
    reached_from,
    stands_apart,
    warning,
)
from engine.workflow.lint.words import GATEWAYS, TASKS
from engine.workflow.xml import B, local


def check_flow_ends(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A flow joins two steps of the same process; none leads into a start or out of an end."""
    for scope in diagram.scopes:
        for flow in scope.flows:
            source = scope.nodes.get(flow.get("sourceRef", ""))
            target = scope.nodes.get(flow.get("targetRef", ""))
            if source is None or target is None:
                yield error(
                    "flow-end", flow, "A flow must begin and end at steps of the same process",
                    "Connect both ends, or delete the flow",
                )  # fmt: skip
            elif local(target) in ("startEvent", "boundaryEvent"):
                yield error("flow-end", flow, f'A flow leads into "{name_of(target)}"', "Delete it")
            elif local(source) == "endEvent":
                yield error(
                    "flow-end",
                    flow,
                    f'A flow leads out of "{name_of(source)}"',
                    "Delete it, or let the flow begin elsewhere",
                )


def _is_ordered(scope: Scope) -> bool:
    return scope.ordered


def check_starts(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Exactly one plain start in each process and subprocess."""
    for scope in filter(_is_ordered, diagram.scopes):
        starts = list(scope.of_kind("startEvent"))
        if len(starts) != 1:
            yield error(
                "start-count", scope.element,
                f'"{name_of(scope.element)}" needs exactly one start event, it has {len(starts)}',
                "Keep one plain start event" if starts else "Draw a plain start event",
            )  # fmt: skip


def check_ends(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Every path must come to an end event: the engine would wait for ever without one."""
    for scope in filter(_is_ordered, diagram.scopes):
        if not scope.top and scope.nodes and next(scope.of_kind("endEvent"), None) is None:
            yield error(
                "end-count", scope.element, f'"{name_of(scope.element)}" has no end event',
                "Draw the end at which it is done",
            )  # fmt: skip
        for key, node in scope.nodes.items():
            if local(node) != "endEvent" and not scope.out.get(key) and not stands_apart(node):
                yield error(
                    "dead-end", node, f'After "{name_of(node)}" nothing follows',
                    "Draw a way to a next step or to an end",
                )  # fmt: skip


def check_reachable(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Steps that cannot be reached would be dropped without a word.

    Where no start is drawn that is the reason; of steps that follow each other the first is told.
    """
    for scope in filter(_is_ordered, diagram.scopes):
        if next(scope.of_kind("startEvent"), None) is None:
            continue
        seen = reached(scope)
        lost = {
            key: node
            for key, node in scope.nodes.items()
            if key not in seen and local(node) != "startEvent"
        }
        for node in _firsts(scope, lost):
            if stands_apart(node):
                continue
            yield error(
                "unreachable", node, f'"{name_of(node)}" cannot be reached from the start',
                "Connect it, or delete it",
            )  # fmt: skip


def _firsts(scope: Scope, lost: Mapping[str, Element]) -> list[Element]:
    """Those of the lost steps with which all of them would be reached."""
    before = {key: {f.get("sourceRef", "") for f in scope.into.get(key, [])} for key in lost}
    for key, node in lost.items():
        if local(node) == "boundaryEvent":
            before[key].add(node.get("attachedToRef", ""))
    chosen: list[str] = []
    covered: set[str] = set()
    # those that nothing leads to come first; what is left then goes round in circles
    for key in sorted(lost, key=lambda one: bool(before[one] & lost.keys() - {one})):
        if key not in covered:
            follow = reached_from(scope, [key])
            covered |= follow
            chosen = [one for one in chosen if one not in follow] + [key]
    return [lost[key] for key in chosen]


def check_splits(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Several ways out belong behind a gateway; two flows to the same step are one too many."""
    for scope in diagram.scopes:
        for key, flows in scope.out.items():
            node = scope.nodes.get(key)
            if node is None:
                continue
            if len(flows) > 1 and local(node) not in GATEWAYS:
                yield error(
                    "implicit-split", node, f'"{name_of(node)}" has {len(flows)} ways out',
                    "Put a gateway behind it",
                )  # fmt: skip
            targets = [flow.get("targetRef") for flow in flows]
            if len(targets) != len(set(targets)):
                yield error(
                    "double-flow",
                    node,
                    f'Two flows from "{name_of(node)}" go the same way',
                    "Delete one of them",
                )


def check_ignored_conditions(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A condition behind anything but an exclusive or inclusive gateway would be ignored."""
    for scope in diagram.scopes:
        for flow in scope.flows:
            source = scope.nodes.get(flow.get("sourceRef", ""))
            if source is None or flow.find(f"{B}conditionExpression") is None:
                continue
            if local(source) not in GATEWAYS and len(scope.out[source.get("id", "")]) > 1:
                continue  # a gateway is asked for already, and the condition fits behind it
            if local(source) not in ("exclusiveGateway", "inclusiveGateway"):
                yield error(
                    "ignored-condition", flow,
                    f'The condition behind "{name_of(source)}" would be ignored',
                    "Put it behind an exclusive gateway",
                )  # fmt: skip


def check_gateways(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Every way out of a deciding gateway has a condition or is the default."""
    for scope in diagram.scopes:
        for gateway in scope.of_kind("exclusiveGateway", "inclusiveGateway"):
            flows = scope.out.get(gateway.get("id", ""), [])
            default = gateway.get("default")
            if default and default not in {flow.get("id") for flow in flows}:
                yield error(
                    "bad-default",
                    gateway,
                    f'The default of "{name_of(gateway)}" is no way out',
                    "Choose one of its outgoing flows as the default",
                )
            if len(flows) < 2:
                continue
            unclear = False
            for flow in flows:
                condition = flow.find(f"{B}conditionExpression")
                empty = condition is None or not (condition.text or "").strip()
                if flow.get("id") == default:
                    if not empty:
                        yield warning(
                            "default-condition",
                            flow,
                            "The condition of a default counts not",
                            "Delete the condition",
                        )
                elif empty:
                    unclear = True
                    yield error(
                        "no-condition", flow,
                        f'A way out of "{name_of(gateway)}" has no condition and is no default',
                        "Write a condition, or make it the way for all other cases",
                    )  # fmt: skip
            if not default and not unclear:
                yield warning(
                    "no-default", gateway,
                    f'If no condition of "{name_of(gateway)}" holds, the process stops there',
                    "Make one way out the one for all other cases",
                )  # fmt: skip


def check_borders(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Boundary events sit on an activity of the same process."""
    for scope in diagram.scopes:
        for event in scope.of_kind("boundaryEvent"):
            host = scope.nodes.get(event.get("attachedToRef", ""))
            if host is None or local(host) not in TASKS:
                yield error(
                    "border",
                    event,
                    f'"{name_of(event)}" is attached to no step',
                    "Attach it to the border of a step",
                )
