"""What an instance waits for: people, messages, times, and the mending of failures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.assignment import meant
from engine.workflow.definition import Definition, Step
from engine.workflow.events import Arms, Message, Timer, awaited, moment
from engine.workflow.gateways import Joining
from engine.workflow.specs import Repeated
from engine.workflow.state import copy_json
from engine.workflow.timers import WORKING

_REACHED = TaskState.WAITING | TaskState.READY | TaskState.STARTED


@dataclass(frozen=True)
class OpenTask:
    """A step that waits for a person; lane and assignment are the step's own or its caller's."""

    task_id: str
    step: Step
    lane: str | None
    assign: str | None
    data: dict[str, Any]
    due_at: datetime | None = None  # when the soonest timer on its border fires
    index: int | None = None  # which repetition it is, of a step for each entry of a list

    def meant(self) -> tuple[list[str], str]:
        """Whom its assignment means now, the first to be tried first, and what is wrong with it."""
        return meant(self.assign, self.data, self.index)


@dataclass(frozen=True)
class Waiting:
    """A message that is waited for; before the name of a signal stands `signal:`."""

    task_id: str
    step_id: str
    message: str


@dataclass(frozen=True)
class Due:
    """A running timer."""

    task_id: str
    step_id: str
    due_at: datetime


@dataclass(frozen=True)
class Failure:
    """A step that failed and rests until it is tried again."""

    task_id: str
    step_id: str
    message: str


def all_tasks(workflow: BpmnWorkflow) -> list[Task]:
    """Every task of the instance and its subprocesses."""
    parts = [workflow, *workflow.subprocesses.values()]
    return [task for part in parts for task in part.tasks.values()]


def is_work_item(task: Task) -> bool:
    """Whether the task is a step that a person can do now."""
    return bool(task.state == TaskState.READY and task.task_spec.manual)


def work_items(workflow: BpmnWorkflow, definition: Definition) -> list[OpenTask]:
    """The open steps, in tree order."""
    items = []
    dues = _border_dues(workflow, definition)
    for task in filter(is_work_item, all_tasks(workflow)):
        step = definition.steps[task.task_spec.bpmn_id]
        holder = _laned(task, definition)
        data, due_at = copy_json(task.data), dues.get(step.id)
        items.append(
            OpenTask(str(task.id), step, holder.lane, holder.assign, data, due_at, _index_of(task))
        )
    return items


def _index_of(task: Task) -> int | None:
    """Which entry of a list the step is done for, itself or a subprocess or call around it."""
    here: Task | None = task
    while here is not None:
        frame = here.parent
        if frame is not None and isinstance(frame.task_spec, Repeated):
            for key in ("key_or_index", "item"):
                if isinstance(found := here.internal_data.get(key), int):
                    return found
        if frame is None and here.workflow.parent_task_id is not None:
            frame = here.workflow.top_workflow.get_task_from_id(here.workflow.parent_task_id)
        here = frame
    return None


def _border_dues(workflow: BpmnWorkflow, definition: Definition) -> dict[str, datetime]:
    """By step the time at which the soonest timer on its border fires."""
    found: dict[str, datetime] = {}
    for due in timers(workflow):
        event = definition.steps.get(due.step_id)
        if event is not None and event.attached:
            found.setdefault(event.attached, due.due_at)
    return found


def _laned(task: Task, definition: Definition) -> Step:
    """The step itself or, climbing the calls, the first caller whose lane says who does it.

    Where nobody says so, the first that lies in a lane at all: its name is shown.
    """
    line = [definition.steps[task.task_spec.bpmn_id]]
    while task.workflow.parent_task_id is not None:
        task = task.workflow.top_workflow.get_task_from_id(task.workflow.parent_task_id)
        if (caller := definition.steps.get(task.task_spec.bpmn_id or "")) is not None:
            line.append(caller)
    assigned = next((step for step in line if step.assign is not None), None)
    return assigned or next((step for step in line if step.lane is not None), line[0])


def _arms(task: Task) -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """(id, step id, event, its timer state) of a catching task; several behind an event gateway."""
    event = task.task_spec.event_definition
    if not isinstance(event, Arms):
        yield str(task.id), task.task_spec.bpmn_id, event, task.internal_data
        return
    dues = task.internal_data.get("dues", {})
    for index, arm in enumerate(event.event_definitions):
        step_id = task.task_spec._outputs[index].removesuffix(".BoundaryEventSplit")
        yield arm_id(task, step_id), step_id, arm, {"due": dues.get(str(index)), "arm": index}


def arm_id(task: Task, step_id: str) -> str:
    """A stable id for one event behind a gateway, which has no task of its own yet."""
    return str(uuid5(NAMESPACE_OID, f"{task.id}/{step_id}"))


def _catching(workflow: BpmnWorkflow) -> list[Task]:
    return [
        t
        for t in workflow.event_manager.tasks.values()
        if t.state == TaskState.WAITING and not t.workflow.completed
    ]


def messages(workflow: BpmnWorkflow) -> list[Waiting]:
    """The messages waited for, and the signals."""
    return [
        Waiting(key, step_id, awaited(event))
        for task in _catching(workflow)
        for key, step_id, event, _ in _arms(task)
        if isinstance(event, Message)
    ]


def receivers(workflow: BpmnWorkflow, event: BpmnEvent) -> list[Task]:
    """The tasks that wait for a message, those of outer processes first."""
    found = [t for t in _catching(workflow) if t.task_spec.event_definition.catches(t, event)]
    return sorted(found, key=lambda t: t.workflow.depth)


def timers(workflow: BpmnWorkflow) -> list[Due]:
    """The running timers, soonest first."""
    found = [
        Due(key, step_id, moment(state["due"]))
        for task in _catching(workflow)
        for key, step_id, event, state in _arms(task)
        if isinstance(event, Timer) and state.get("due")
    ]
    return sorted(found, key=lambda due: due.due_at)


def next_due(workflow: BpmnWorkflow, now: datetime, fired: set[str]) -> Due | None:
    """The soonest timer that is due and did not fire in this tick."""
    for due in timers(workflow):
        if due.due_at <= now and due.task_id not in fired:
            return due
    return None


def _find_timer(workflow: BpmnWorkflow, task_id: str) -> tuple[Task, dict[str, Any]] | None:
    for task in _catching(workflow):
        for key, _, event, state in _arms(task):
            if key == task_id and isinstance(event, Timer):
                return task, state
    return None


def fire(workflow: BpmnWorkflow, due: Due) -> None:
    """Declare that a timer's time has come."""
    found = _find_timer(workflow, due.task_id)
    if found is None:
        return
    task, state = found
    if "arm" in state:
        task.internal_data["hit"] = state["arm"]
    else:
        task.internal_data["event_fired"] = True
    task.task_spec._update(task)


def set_due(workflow: BpmnWorkflow, task_id: str, due_at: datetime) -> bool:
    """Give a timer another due time; whether it was found."""
    found = _find_timer(workflow, task_id)
    if found is None:
        return False
    task, state = found
    if "arm" in state:
        task.internal_data["dues"][str(state["arm"])] = due_at.isoformat()
        task.internal_data.get("counted", {}).pop(str(state["arm"]), None)
    else:
        task.internal_data["due"] = due_at.isoformat()
        task.internal_data.pop("length", None)  # what was moved by hand is not counted again
    return True


def recount(workflow: BpmnWorkflow) -> bool:
    """Count the running times that count working time anew; whether any has changed."""
    later, changed = workflow.script_engine.later(WORKING), False
    for task in _catching(workflow):
        arms = task.internal_data.get("counted", {})
        for index, state in [*arms.items(), (None, task.internal_data)]:
            if "length" not in state:
                continue
            due = later(state["length"], moment(state["since"])).isoformat()
            changed |= due != state["due"]
            state["due"] = due
            if index is not None:
                task.internal_data["dues"][index] = due
    return changed


def failed(workflow: BpmnWorkflow) -> list[Task]:
    """The tasks that rest after a failure."""
    return [t for t in all_tasks(workflow) if "failure" in t.internal_data and t.state == 32]


def failures(workflow: BpmnWorkflow) -> list[Failure]:
    """The failed steps."""
    return [
        Failure(str(t.id), t.task_spec.bpmn_id or "", t.internal_data["failure"]["message"])
        for t in failed(workflow)
    ]


def live_steps(workflow: BpmnWorkflow) -> list[str]:
    """Ids of the steps where tokens rest: open, waiting, calling or failed; not those at joins."""
    return list(dict.fromkeys(task.task_spec.bpmn_id for task in _resting(workflow)))


def places(workflow: BpmnWorkflow) -> dict[str, str]:
    """By task the step at which it rests; of repeated steps each repetition, not their frame."""
    return {
        str(task.id): task.task_spec.bpmn_id
        for task in _resting(workflow)
        if not isinstance(task.task_spec, Repeated) or "failure" in task.internal_data
    }


def _resting(workflow: BpmnWorkflow) -> Iterator[Task]:
    for task in all_tasks(workflow):
        spec = task.task_spec
        resting = task.has_state(_REACHED) and spec.bpmn_id and not task.workflow.completed
        armed = getattr(spec, "silent", False) and not isinstance(spec, Repeated)
        arrived = isinstance(spec, Joining) and "failure" not in task.internal_data
        if resting and not armed and not arrived:
            yield task


def joins(workflow: BpmnWorkflow) -> list[str]:
    """Ids of the gateways where tokens rest that wait for others, each once."""
    waiting = (
        task
        for task in all_tasks(workflow)
        if isinstance(task.task_spec, Joining) and task.state == TaskState.WAITING
    )
    live = (task for task in waiting if not task.workflow.completed)
    return list(dict.fromkeys(t.task_spec.bpmn_id for t in live if t.task_spec.bpmn_id))
