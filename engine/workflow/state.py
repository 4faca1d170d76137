"""An instance as JSON without the diagram: task tree, data as differences to the task above.

Shape: `{"v": 1, "trees": [tree, …]}`, the first tree is the process, the others its subprocesses,
callers first. Tree: `{"owner": task id or null, "data", "completed", "success", "last", "tasks"}`.
Task: `{"i": id, "p": parent id or null, "s": spec, "st": state, "tr": triggered, "in": internal,
"d": changed variables, "x": removed variables}`, parents before children.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import Invalid

VERSION = 1
_PLAIN = {str, int, float, bool, type(None)}  # most of what there is: not worth a call


def copy_json(value: Any) -> Any:
    """A deep copy of JSON-like data (much faster than deepcopy, and refuses nothing)."""
    if isinstance(value, dict):
        return {k: v if type(v) in _PLAIN else copy_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [copy_json(v) for v in value]
    return value


def as_json(value: Any) -> Any:
    """A deep copy of data that can be stored; raises Invalid for what JSON cannot say."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        return json.loads(text.encode())  # half a character of UTF-16 is no text
    except (TypeError, ValueError, RecursionError) as error:
        text = "A process can only keep texts, numbers, lists and such: %(error)s"
        raise Invalid(text, values={"error": error}) from None


def dump_workflow(workflow: BpmnWorkflow) -> dict[str, Any]:
    """The whole instance as JSON-able data, copied, so that later moves do not change it."""
    parts = sorted(workflow.subprocesses.items(), key=lambda pair: pair[1].depth)
    trees = [_dump_tree(None, workflow)]
    trees += [_dump_tree(str(owner), part) for owner, part in parts]
    return {"v": VERSION, "trees": json.loads(json.dumps(trees))}


def _dump_tree(owner: str | None, part: BpmnWorkflow) -> dict[str, Any]:
    return {
        "owner": owner,
        "data": part.data,
        "completed": part.completed,
        "success": part.success,
        "last": str(part.last_task.id) if part.last_task is not None else None,
        "tasks": [_dump_task(task) for task in _top_down(part.task_tree)],
    }


def _top_down(root: Task) -> list[Task]:
    order, todo = [], [root]
    while todo:
        task = todo.pop()
        order.append(task)
        todo.extend(reversed(task.children))
    return order


def _dump_task(task: Task) -> dict[str, Any]:
    above = task.parent.data if task.parent is not None else {}
    entry: dict[str, Any] = {
        "i": str(task.id),
        "p": str(task.parent.id) if task.parent is not None else None,
        "s": task.task_spec.name,
        "st": task.state,
    }
    if task.triggered:
        entry["tr"] = True
    if task.internal_data:
        entry["in"] = task.internal_data
    changed = {k: v for k, v in task.data.items() if k not in above or above[k] != v}
    if changed:
        entry["d"] = changed
    if task.data and (removed := [k for k in above if k not in task.data]):
        entry["x"] = removed
    if not task.data and above:
        entry["x"] = None  # has no data of its own yet
    return entry


def load_workflow(
    spec: Any, inner: dict[str, Any], state: dict[str, Any], engine: Any
) -> BpmnWorkflow:
    """Put a dumped instance on the specs of its definition; raises Invalid when they do not fit."""
    if state.get("v") != VERSION:
        raise Invalid("This process state was written by another version.")
    trees = state["trees"]
    workflow = BpmnWorkflow(spec, inner, script_engine=engine, deserializing=True)
    _load_tree(workflow, trees[0])
    tasks = dict(workflow.tasks)
    for tree in trees[1:]:
        owner = tasks.get(UUID(tree["owner"]))
        called = inner.get(getattr(owner.task_spec, "spec", "")) if owner is not None else None
        if owner is None or called is None:
            raise Invalid("This process state does not fit the diagram: a called process is gone.")
        part = BpmnSubWorkflow(called, owner.id, workflow, deserializing=True)
        _load_tree(part, tree)
        workflow.subprocesses[owner.id] = part
        part.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)
        tasks.update(part.tasks)
    return workflow


def _load_tree(part: BpmnWorkflow, tree: dict[str, Any]) -> None:
    specs = part.spec.task_specs
    known: dict[str, Task] = {}
    for entry in tree["tasks"]:
        task_spec = specs.get(entry["s"])
        if task_spec is None:
            text = 'This process state does not fit: there is no step "%(step)s".'
            raise Invalid(text, values={"step": entry["s"]})
        task = known[entry["i"]] = Task(part, task_spec, state=entry["st"], id=UUID(entry["i"]))
        task.triggered = entry.get("tr", False)
        task.internal_data = copy_json(entry.get("in", {}))
        if entry["p"] is None:
            part.task_tree = task
        else:
            parent = known[entry["p"]]
            task._parent = parent.id
            parent._children.append(task.id)
        _load_data(task, entry)
        if isinstance(task_spec, CatchingEvent) and task.state == TaskState.WAITING:
            part.top_workflow.event_manager.add_task(task)
    part.data = copy_json(tree["data"])
    part.completed, part.success = tree["completed"], tree["success"]
    part.last_task = part.tasks.get(UUID(tree["last"])) if tree["last"] else None


def _load_data(task: Task, entry: dict[str, Any]) -> None:
    removed = entry.get("x", [])
    above = task.parent.data if task.parent is not None and removed is not None else {}
    gone = set(removed or ())
    task.data = {k: copy_json(v) for k, v in above.items() if k not in gone}
    task.data.update(copy_json(entry.get("d", {})))


def last_data(state: dict[str, Any]) -> dict[str, Any]:
    """The variables of a dumped instance where it moved last, read without its diagram."""
    trees = state.get("trees") or [{}]
    entries = {entry["i"]: entry for entry in trees[0].get("tasks", ())}
    line = []
    here = entries.get(trees[0].get("last") or "") or next(iter(entries.values()), None)
    while here is not None:
        line.append(here)
        here = entries.get(here["p"] or "")
    data: dict[str, Any] = {}
    for entry in reversed(line):
        gone = entry.get("x", [])
        data = {} if gone is None else {k: v for k, v in data.items() if k not in gone}
        data.update(copy_json(entry.get("d", {})))
    return data
