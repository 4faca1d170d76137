"""Helping a token along that cannot go on by itself: move it, skip its step, mend what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import Invalid
from engine.workflow.definition import Definition
from engine.workflow.gateways import EventBasedGateway, Joining
from engine.workflow.regions import SPLIT, regions
from engine.workflow.specs import BoundaryEvent, ExclusiveGateway, Repeated
from engine.workflow.state import as_json, copy_json

DECIDES = frozenset(
    {"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway"}
)
FIT = frozenset({
    "task", "userTask", "manualTask", "scriptTask", "serviceTask", "businessRuleTask", "sendTask",
    "receiveTask", "callActivity", "subProcess", "transaction", "intermediateCatchEvent",
    "intermediateThrowEvent", "endEvent",
})  # fmt: skip
NO_TARGET = "The ticket cannot be moved to that step from here."
NO_SKIP = "This step decides where to go on, so it cannot be skipped. Move the ticket on instead."
NO_DATA = "A variable needs a name of letters, digits and underscores."


def targets(task: Task, definition: Definition) -> list[str]:
    """Ids of the steps to which a token may be moved, in the order of the diagram."""
    return _fit(task.workflow.spec, _root(task).task_spec.name, definition)


def fitting(definition: Definition, step_id: str) -> list[str]:
    """The same for any token that rests at a step, without an instance."""
    for spec in (definition.spec, *definition.inner.values()):
        names = [name for name, one in spec.task_specs.items() if _bpmn_id(one) == step_id]
        if names:
            return _fit(spec, step_id if step_id in names else names[0], definition)
    return []


def _fit(spec: Any, name: str, definition: Definition) -> list[str]:
    """Within the same process, and within the branches of forks in which the token is.

    An event on a border is no token: the one of its step is still there.
    """
    known = regions(spec)
    if isinstance(spec.task_specs[name], BoundaryEvent):
        return []
    found = set()
    for other, one in spec.task_specs.items():
        step = definition.steps.get(_bpmn_id(one))
        if step is None or step.kind not in FIT or known[_entry(spec, other)] != known[name]:
            continue
        # What waits behind an event gateway waits there only, together with the other events.
        if not any(isinstance(before, EventBasedGateway) for before in one.inputs):
            found.add(step.id)
    return [key for key in definition.steps if key in found]


def _bpmn_id(spec: Any) -> str:
    return getattr(spec, "bpmn_id", None) or ""


def move(task: Task, step_id: str, definition: Definition) -> None:
    """End what a token waits for and put it at another step, which begins as if it came there."""
    if step_id not in targets(task, definition):
        raise Invalid(NO_TARGET)
    part, root = task.workflow, _root(task)
    data = copy_json(task.data or (root.parent.data if root.parent else {}))
    _leave(root)
    root.data = data
    entry = part.spec.task_specs[_entry(part.spec, _spec_of(part.spec, step_id))]
    fresh = root._add_child(entry, TaskState.FUTURE)
    entry._predict(fresh, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    entry._update(fresh)


def skip(task: Task) -> None:
    """Leave a step as if it had ended without a result; a border event that failed never comes."""
    spec = task.task_spec
    if isinstance(spec, ExclusiveGateway | EventBasedGateway | Joining):
        raise Invalid(NO_SKIP)
    failure = task.internal_data.pop("failure", {})
    if isinstance(spec, BoundaryEvent):
        task._set_state(TaskState.CANCELLED)
        task._drop_children()
        return
    if failure.get("phase") == "again":
        task._set_state(TaskState.READY)  # what is repeated is not repeated again
        return
    if failure.get("phase") == "update":
        task._inherit_data()
    inside = task.workflow.top_workflow.get_subprocess(task)
    if inside is not None and not inside.completed:
        inside.cancel()
    spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    task.complete()


def mend(task: Task, values: Mapping[str, Any]) -> None:
    """Give variables another value where a failed step reads them, also when it is begun anew."""
    if not all(str(name).isidentifier() for name in values):
        raise Invalid(NO_DATA)
    fresh = as_json(dict(values))
    for one in (task.parent, task):
        if one is not None:
            one.data.update(copy_json(fresh))


def _root(task: Task) -> Task:
    """The token itself: all repetitions of a step are one."""
    frame = task.parent
    if frame is None or not isinstance(frame.task_spec, Repeated):
        return task
    return frame if frame.task_spec.task_spec == task.task_spec.name else task


def _entry(spec: Any, name: str) -> str:
    """Where a step begins: before its border events are armed."""
    return name + SPLIT if name + SPLIT in spec.task_specs else name


def _spec_of(spec: Any, step_id: str) -> str:
    """The name of the task spec of a step; of a repeated one that of its frame."""
    names = [name for name, one in spec.task_specs.items() if _bpmn_id(one) == step_id]
    return step_id if step_id in names else names[0]


def _leave(root: Task) -> None:
    """Cancel a token with everything below it, and disarm the events on the border of its step."""
    above = root.parent
    for child in list(root.children):
        child.cancel()
    root.internal_data.pop("failure", None)
    root.cancel()
    root._drop_children(force=False)
    if above is None or not isinstance(above.task_spec, BoundaryEventSplit):
        return
    for event in above.children:
        if isinstance(event.task_spec, BoundaryEvent) and event.state != TaskState.COMPLETED:
            event._set_state(TaskState.CANCELLED)
            event._drop_children()
