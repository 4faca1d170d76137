"""Where an instance stands, token by token, and which steps are of the same nature.

Migrating and its plan ask this; a border event that waits belongs to the step it sits on, the
repetitions of a step to the frame around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.events import Message, Timer
from engine.workflow.gateways import EventBasedGateway, InclusiveGateway, Joining
from engine.workflow.specs import BoundaryEvent, Repeated

LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
SPLIT, JOIN, CHILD = ".BoundaryEventSplit", ".BoundaryEventJoin", " [child]"


def new_name(name: str, mapping: Mapping[str, str]) -> str:
    """The name of a spec after a renaming of steps, with those that the library made for it."""
    for suffix in (SPLIT, JOIN, CHILD):
        if name.endswith(suffix):
            base = name.removesuffix(suffix)
            return mapping.get(base, base) + suffix
    return mapping.get(name, name)


def is_live(task: Task) -> bool:
    """Whether something rests here: open, waiting, calling or failed."""
    return bool(task.has_state(LIVE)) and not task.workflow.completed


def is_border(task: Task) -> bool:
    """Whether this is an event on the border of a step."""
    return isinstance(task.task_spec, BoundaryEvent)


def is_failed(task: Task) -> bool:
    """Whether the task rests after a failure."""
    return "failure" in task.internal_data


def is_token(task: Task) -> bool:
    """Whether a token of its own rests here."""
    spec = task.task_spec
    return (
        is_live(task)
        and spec.bpmn_id is not None
        and not isinstance(spec, BoundaryEvent | BoundaryEventJoin | BoundaryEventSplit)
    )


def is_arrival(task: Task) -> bool:
    """Whether this token has come to a join and waits for the others."""
    return task.state == TaskState.WAITING and isinstance(task.task_spec, Joining)


def parts(workflow: BpmnWorkflow) -> list[Any]:
    """The process and the subprocesses under way, callers first."""
    inner = [part for part in workflow.subprocesses.values() if not part.completed]
    return [workflow, *sorted(inner, key=lambda part: part.depth)]


def tokens(part: Any) -> list[Task]:
    """The tokens of one part in tree order."""
    return [task for task in part.tasks.values() if is_token(task)]


def nature(spec: Any) -> str:
    """What kind of waiting a spec means; only within one nature can a token go elsewhere."""
    if isinstance(spec, Repeated):
        return f"repeat {type(spec).__name__}"
    if isinstance(spec, BoundaryEvent):
        return f"border {_event(spec)}"
    if isinstance(spec, Joining):
        return "inclusive" if isinstance(spec, InclusiveGateway) else "parallel"
    if isinstance(spec, EventBasedGateway):
        return "events"
    if isinstance(spec, CatchingEvent):
        return _event(spec)
    if isinstance(spec, SubWorkflowTask):
        return "call"
    return "person" if spec.manual else "automatic"


def _event(spec: Any) -> str:
    event = spec.event_definition
    if isinstance(event, Timer):
        return "timer"
    return "message" if isinstance(event, Message) else type(event).__name__


def borders(specs: Mapping[str, Any], name: str) -> list[Any]:
    """The events on the border of a step."""
    split = specs.get(name + SPLIT)
    return [one for one in split.outputs if isinstance(one, BoundaryEvent)] if split else []


def arms(spec: Any) -> list[str]:
    """The steps behind an event gateway in the order in which it counts them."""
    return [name.removesuffix(SPLIT) for name in spec._outputs]


def successors(specs: Mapping[str, Any], name: str) -> list[str]:
    """The steps of the diagram that follow a step directly."""
    found = []
    for out in specs[name]._outputs if name in specs else ():
        base = out.removesuffix(SPLIT)
        spec = specs.get(base)
        if spec is not None and spec.bpmn_id is not None and not out.endswith((JOIN, CHILD)):
            found.append(base)
    return found


def reachable(specs: Mapping[str, Any], start: str, without: str = "") -> set[str]:
    """The specs that a token at `start` can come to, itself included, not going through one."""
    first = [start, *(spec.name for spec in borders(specs, start))]
    if start == without:
        first = list(specs[start]._outputs)
    seen, todo = set(first), list(first)
    while todo:
        here = todo.pop()
        if here == without or here not in specs:
            continue
        for out in specs[here]._outputs:
            if out not in seen:
                seen.add(out)
                todo.append(out)
    return seen


def side_forks(task: Task) -> Iterator[Task]:
    """The border events that did not interrupt and from which this token came, nearest first."""
    above = task.parent
    while above is not None:
        spec = above.task_spec
        fired = above.has_state(TaskState.FINISHED_MASK)
        if isinstance(spec, BoundaryEvent) and not spec.cancel_activity and fired:
            yield above
        above = above.parent
