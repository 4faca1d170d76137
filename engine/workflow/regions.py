"""Which steps of a diagram a token may change places between without one being lost or doubled.

Between a fork and where its branches meet, each branch has a token of its own: one that left its
branch would be missed at the join, one that came into it would be there twice. So a token stays
within the branches in which it is; whatever else it jumps over does no harm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from engine.workflow.gateways import InclusiveGateway, ParallelGateway
from engine.workflow.specs import BoundaryEvent, Repeated

Region = frozenset[tuple[str, frozenset[str]]]
SPLIT = ".BoundaryEventSplit"


@lru_cache(maxsize=256)
def regions(spec: Any) -> dict[str, Region]:
    """By task spec of one process the branches in which it lies: (fork, its branches)."""
    graph = {name: tuple(one._outputs) for name, one in spec.task_specs.items()}
    inside: dict[str, set[tuple[str, frozenset[str]]]] = {name: set() for name in graph}
    after = _after(graph, str(spec.end.name))
    for name, one in spec.task_specs.items():
        if isinstance(one, ParallelGateway | InclusiveGateway) and len(set(graph[name])) > 1:
            meeting = after[name] - {name}
            for node, branches in _branches(graph, name, meeting).items():
                inside[node].add((name, frozenset(branches)))
        elif isinstance(one, BoundaryEvent) and not one.cancel_activity:
            aside = _reach(graph, graph[name], set()) - _reach(graph, ["Start"], {name})
            for node in {name, *aside}:
                inside[node].add((name, frozenset()))
    for name, one in spec.task_specs.items():
        if isinstance(one, Repeated):  # no flow leads to what is repeated: its frame begins it
            inside[one.task_spec] = inside[name]
    return {name: frozenset(found) for name, found in inside.items()}


def _branches(
    graph: dict[str, tuple[str, ...]], fork: str, meeting: set[str]
) -> dict[str, set[str]]:
    """By node the ways out of a fork that lead there before all of them must have met."""
    found: dict[str, set[str]] = {}
    for branch in set(graph[fork]) - meeting:
        for node in _reach(graph, [branch], meeting | {fork}):
            found.setdefault(node, set()).add(branch)
    return found


def _reach(graph: dict[str, tuple[str, ...]], begin: Any, stop: set[str]) -> set[str]:
    seen = {name for name in begin if name not in stop}
    todo = list(seen)
    while todo:
        for name in graph[todo.pop()]:
            if name not in seen and name not in stop:
                seen.add(name)
                todo.append(name)
    return seen


def _after(graph: dict[str, tuple[str, ...]], end: str) -> dict[str, set[str]]:
    """By node those through which every way from it to the end leads, itself included.

    What only leads into itself (the join of a border, which waits for nobody) is no way.
    """
    alive = {name for name in graph if end in _reach(graph, [name], set())}
    into: dict[str, list[str]] = {name: [] for name in graph}
    for name in alive:
        for target in graph[name]:
            into[target].append(name)
    found = {name: set(alive) if name in alive else {name} for name in graph}
    found[end] = {end}
    todo = [end]
    while todo:
        node = todo.pop()
        for name in into[node]:
            ways = [found[target] for target in graph[name] if target in alive]
            fresh = {name} | set.intersection(*ways)
            if fresh != found[name]:
                found[name] = fresh
                todo.append(name)
    return found
