"""An instance put on another diagram: the same tokens, ids, data and due times on new specs.

What was only predicted is left behind and predicted anew, since it would lead along the old flows.
The tree is copied from the top: a finished task whose step is gone stays as a neutral one, because
those below it inherit its data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.definition import Definition
from engine.workflow.events import Timer
from engine.workflow.gateways import EventBasedGateway
from engine.workflow.places import (
    CHILD,
    JOIN,
    SPLIT,
    arms,
    borders,
    is_border,
    is_live,
    nature,
    new_name,
    parts,
)
from engine.workflow.script_engine import Hooks, ScriptEngine
from engine.workflow.specs import BoundaryEvent
from engine.workflow.state import copy_json
from engine.workflow.timers import WORKING, as_utc


class Rebinding:
    """One loaded instance on its way to another definition; `renamed` are moved arrivals' flows."""

    def __init__(
        self,
        new: Definition,
        workflow: BpmnWorkflow,
        mapping: Mapping[str, str],
        renamed: Mapping[Any, str],
        now: datetime,
        hooks: Hooks,
    ) -> None:
        self.new, self.old, self.mapping, self.renamed = new, workflow, mapping, renamed
        self.engine = ScriptEngine(new, hooks)
        self.engine.now = as_utc(now)

    def make(self) -> BpmnWorkflow:
        """The workflow on the new specs, its border events armed and its future predicted."""
        made = BpmnWorkflow(
            self.new.spec, self.new.inner, script_engine=self.engine, deserializing=True
        )
        self._fill(self.old, made)
        for part in parts(self.old)[1:]:
            owner = made.get_task_from_id(part.parent_task_id)
            called = self.new.inner[owner.task_spec.spec]
            inner = BpmnSubWorkflow(called, owner.id, made, deserializing=True)
            self._fill(part, inner)
            made.subprocesses[owner.id] = inner
            inner.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)
        for part in [made, *made.subprocesses.values()]:
            for task in [t for t in part.tasks.values() if is_live(t)]:
                _predict(task)
        for before in parts(self.old):
            self._arm_new_borders(before, made)
        return made

    def _fill(self, before: Any, part: Any) -> None:
        root = before.task_tree
        todo: list[tuple[Task, Task | None]] = [(root, None)]
        while todo:
            task, above = todo.pop()
            made = self._copy(part, task, above)
            if made is not None:
                todo.extend((child, made) for child in reversed(task.children))
        part.data, part.completed, part.success = before.data, before.completed, before.success
        last = before.last_task
        part.last_task = part.tasks.get(last.id) if last is not None else None

    def _copy(self, part: Any, task: Task, above: Task | None) -> Task | None:
        """The task in the new tree; None for what was only predicted or has lost its step."""
        if task.has_state(TaskState.FINISHED_MASK):
            return _new_task(part, task, self._past_spec(part, task), above)
        if not is_live(task):
            return None
        spec = part.spec.task_specs.get(new_name(task.task_spec.name, self.mapping))
        if is_border(task) and not self._still_there(part, task, spec):
            return None
        if above is not None and task.task_spec.name + SPLIT != task.parent.task_spec.name:
            above = self._below_a_split(part, spec, above)
        made = _new_task(part, task, spec, above)
        self._fit_events(task, made)
        if isinstance(spec, CatchingEvent) and task.state == TaskState.WAITING:
            part.top_workflow.event_manager.add_task(made)
        return made

    def _past_spec(self, part: Any, task: Task) -> Any:
        """The spec of a finished task; where it would mean something else, one that means nothing.

        Its name is what a join counts, and a border event marks where a side branch began.
        """
        specs, start = part.spec.task_specs, part.spec.start
        if task.parent is None:
            return start
        if task.id in self.renamed:
            return specs[self.renamed[task.id]]
        spec = specs.get(new_name(task.task_spec.name, self.mapping), start)
        was, now = _forks(task.task_spec), _forks(spec)
        return spec if was == now else start

    def _still_there(self, part: Any, task: Task, spec: Any) -> bool:
        """Whether a waiting border event is still one of its step, and waits for the same thing."""
        step = task.parent.task_spec.name.removesuffix(SPLIT)
        here = borders(part.spec.task_specs, self.mapping.get(step, step))
        return spec in here and nature(spec) == nature(task.task_spec)

    def _below_a_split(self, part: Any, spec: Any, above: Task) -> Task:
        """The task under which a step begins that has border events only now."""
        split = part.spec.task_specs.get(spec.name + SPLIT)
        if split is None or spec.name.endswith((CHILD, JOIN)):
            return above
        made = Task(part, split, above, state=TaskState.COMPLETED)
        made.data = copy_json(above.data)
        return made

    def _fit_events(self, task: Task, made: Task) -> None:
        """Due times stay as they are; what a changed timer or gateway needs beside is added."""
        state, spec = made.internal_data, made.task_spec
        if isinstance(spec, EventBasedGateway):
            self._fit_arms(task, made)
        event = getattr(spec, "event_definition", None)
        if not isinstance(event, Timer) or "due" not in state:
            return
        if event.basis != WORKING:
            state.pop("length", None)
            state.pop("since", None)
        if event.kind != "cycle":
            state.pop("every", None)
            state.pop("left", None)
        elif "every" not in state:
            state.update({**event.compute(made), "due": state["due"]})

    def _fit_arms(self, task: Task, made: Task) -> None:
        """Each arm that stays keeps its due time, under the number that it has now."""
        before = [self.mapping.get(name, name) for name in arms(task.task_spec)]
        now = arms(made.task_spec)
        state, known = made.internal_data, made.internal_data.get("dues")
        counted = state.pop("counted", {})
        if known is not None:
            dues, again = {}, {}
            for index, arm in enumerate(made.task_spec.event_definition.event_definitions):
                if not isinstance(arm, Timer):
                    continue
                was = str(before.index(now[index])) if now[index] in before else ""
                fresh = {} if was in known else arm.compute(made)
                dues[str(index)] = known.get(was) or fresh["due"]
                count = counted.get(was) if arm.basis == WORKING else None
                if count or "length" in fresh:
                    again[str(index)] = count or fresh
            state["dues"] = dues
            if again:
                state["counted"] = again
        if "hit" in state:
            state["hit"] = now.index(before[state["hit"]])

    def _arm_new_borders(self, before: Any, made: BpmnWorkflow) -> None:
        """Border events that the diagram did not have count from now on.

        One that has fired already, and is there in both diagrams, is not armed again.
        """
        for task in [t for t in before.tasks.values() if is_live(t) and not is_border(t)]:
            here = made.get_task_from_id(task.id)
            if here is None or here.task_spec.name.endswith((CHILD, JOIN)):
                continue
            specs = here.workflow.spec.task_specs
            known = {
                (new_name(one.name, self.mapping), nature(one))
                for one in borders(before.spec.task_specs, task.task_spec.name)
            }
            for spec in borders(specs, here.task_spec.name):
                if (spec.name, nature(spec)) not in known:
                    _arm(here.parent, spec)


def _new_task(part: Any, task: Task, spec: Any, above: Task | None) -> Task:
    made = Task(part, spec, above, state=task.state, id=task.id)
    made.triggered, made.data = task.triggered, task.data
    made.internal_data = copy_json(task.internal_data)
    if above is None:
        part.task_tree = made
    return made


def _predict(task: Task) -> None:
    """Lay out what may follow; behind a border event it is not sure that anything will."""
    state = task.state
    if is_border(task):
        task._set_state(TaskState.MAYBE)
    task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    task._set_state(state)


def _arm(split: Task, spec: Any) -> None:
    fresh = split._add_child(spec, TaskState.FUTURE)
    spec._update(fresh)
    _predict(fresh)


def _forks(spec: Any) -> bool:
    return isinstance(spec, BoundaryEvent) and not spec.cancel_activity
