"""What is drawn around a step: the calls that lead into its process, the events that it awaits.

Read from the parsed process, where called parts are at hand as well as the diagram itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from engine.workflow.definition import Definition, Step
from engine.workflow.events import Arms

_SPLIT = ".BoundaryEventSplit"


def calls_into(definition: Definition) -> dict[str, list[Step]]:
    """By the id of each called process the steps that call it."""
    found: dict[str, list[Step]] = defaultdict(list)
    for one in _drawn(definition):
        step = definition.steps.get(one.bpmn_id)
        called = str(getattr(one, "spec", ""))
        if step is not None and step.kind == "callActivity" and step not in found[called]:
            found[called].append(step)
    return dict(found)


def awaited_at(definition: Definition, step_id: str) -> list[Step]:
    """The events behind an event gateway; the one that comes first decides."""
    for one in _drawn(definition):
        if one.bpmn_id == step_id and isinstance(getattr(one, "event_definition", None), Arms):
            names = [name.removesuffix(_SPLIT) for name in one._outputs]
            return [definition.steps[name] for name in names if name in definition.steps]
    return []


def _drawn(definition: Definition) -> Iterator[Any]:
    for spec in (definition.spec, *definition.inner.values()):
        yield from (one for one in spec.task_specs.values() if getattr(one, "bpmn_id", None))
