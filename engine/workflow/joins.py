"""Whether tickets inside a parallel part can go to another diagram: joins count what comes.

A join that waits, or that will get a token from one branch and not from another, has to be there
in the new diagram with the same branches: else it would wait for ever, or what was two would not
become one again. A branch may have become longer or shorter; a token that has come in by it has
then come in by its new last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.task import Task

from engine.workflow.gateways import Joining, ParallelGateway
from engine.workflow.places import is_arrival, new_name, reachable, tokens


@dataclass
class Joins:
    """What was found about the joins of one part: those that do not fit, and renamed flows."""

    changed: list[str] = field(default_factory=list)
    starved: list[str] = field(default_factory=list)
    renamed: dict[Any, str] = field(default_factory=dict)  # id of a finished task → its spec now


def check_joins(
    part: Any, specs: Mapping[str, Any], mapping: Mapping[str, str], places: Mapping[Any, str]
) -> Joins:
    """Compare the joins of a part with those of its new specs; `places`: token id → new step."""
    found = Joins()
    before = part.spec.task_specs
    here = tokens(part)
    walking = [task for task in here if not is_arrival(task)]
    kept: set[str] = set()
    for name, spec in before.items():
        if not _is_join(spec):
            continue
        arrived = [task for task in here if is_arrival(task) and task.task_spec is spec]
        fed = {t.id: _fed(before, spec, t.task_spec.name) for t in walking}
        if not _matters(spec, arrived, fed):
            continue
        kept.add(mapping.get(name, name))
        new = specs.get(mapping.get(name, name))
        flows = _matched(before, specs, mapping, spec, new) if new is not None else None
        if flows is None or not _same(flows, new, specs, fed, places):
            found.changed.append(name)
            continue
        for task in arrived:
            was = task.parent.task_spec.name
            if flows.get(was, was) != new_name(was, mapping):
                found.renamed[task.parent.id] = flows[was]
    for name, spec in specs.items():
        if name in kept or not _is_join(spec) or not isinstance(spec, ParallelGateway):
            continue
        every = set(spec._inputs)
        if any(_fed(specs, spec, places[t.id]) not in (set(), every) for t in walking):
            found.starved.append(name)
    return found


def _is_join(spec: Any) -> bool:
    return isinstance(spec, Joining) and len(set(spec._inputs)) > 1


def _fed(specs: Mapping[str, Any], join: Any, start: str) -> set[str]:
    """By which of its flows a token at `start` may come to a join, before it has gone through."""
    return set(join._inputs) & reachable(specs, start, without=join.name)


def _matters(join: Any, arrived: list[Task], fed: Mapping[Any, set[str]]) -> bool:
    """Whether tokens are between the branches of this join."""
    if arrived:
        return True
    coming = [flows for flows in fed.values() if flows]
    if isinstance(join, ParallelGateway):
        return any(flows != set(join._inputs) for flows in coming)
    return len(coming) > 1


def _matched(
    before: Mapping[str, Any], specs: Mapping[str, Any], mapping: Mapping[str, str],
    old: Any, new: Any,
) -> dict[str, str] | None:  # fmt: skip
    """The flows into a join in both diagrams, old → new; None where they do not correspond."""
    if type(old) is not type(new) or len(set(old._inputs)) != len(set(new._inputs)):
        return None
    now = set(new._inputs)
    flows = {i: new_name(i, mapping) for i in old._inputs if new_name(i, mapping) in now}
    gone = [i for i in dict.fromkeys(old._inputs) if i not in flows]
    fresh = now - set(flows.values())
    for one in gone:
        target = new_name(one, mapping)
        if target in specs:
            fits = fresh & reachable(specs, target, without=new.name)
        else:
            fits = {i for i in fresh if i in before and one in reachable(before, i, old.name)}
            if len(gone) == 1 == len(fresh):  # all others are there, so it can be no other one
                fits = set(fresh)
        if len(fits) != 1:
            return None
        flows[one] = fits.pop()
        fresh.discard(flows[one])
    return flows if len(set(flows.values())) == len(flows) else None  # two cannot become one


def _same(
    flows: Mapping[str, str], new: Any, specs: Mapping[str, Any], fed: Mapping[Any, set[str]],
    places: Mapping[Any, str],
) -> bool:  # fmt: skip
    """Whether every token may come by the flows by which it could come before, and no others."""
    return all(
        {flows[i] for i in before} == _fed(specs, new, places[task_id])
        for task_id, before in fed.items()
    )
