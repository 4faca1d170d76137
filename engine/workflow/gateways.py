"""Gateways that count arrivals themselves: loops, failures and dropped history do not matter.

A token that arrives at a join rests there as a WAITING task until the join fires and takes one
token per incoming flow. What each branch changed since the split is merged; what it left alone is
not, so the branch that arrives last does not undo what another one did.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.specs import BoundaryEvent, Step

ENDED = "ended"  # key of workflow.data: what branches that already ended had changed
LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED | TaskState.FUTURE


def ancestors(task: Task) -> list[Task]:
    """The task and everything above it, nearest first."""
    line, here = [], task
    while here is not None:
        line.append(here)
        here = here.parent
    return line


def common_ancestor(tasks: Iterable[Task]) -> Task:
    """The nearest task from which all the given ones descend."""
    first, *others = [ancestors(task) for task in tasks]
    shared = [{t.id for t in line} for line in others]
    return next(t for t in first if all(t.id in ids for ids in shared))


def changes(base: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The variables that differ from what they were at the split."""
    return {k: v for k, v in data.items() if k not in base or base[k] != v}


def nearest_fork(task: Task) -> list[Task]:
    """The non-interrupting event above that began this side branch, if any (0 or 1 tasks)."""
    forks = (
        t
        for t in ancestors(task)[1:]
        if isinstance(t.task_spec, BoundaryEvent) and not t.task_spec.cancel_activity
    )
    return list(islice(forks, 1))


class Joining(Step):
    """Mixin of parallel and inclusive gateways: waits, takes one token per flow, merges data."""

    def complete_with(self, my_task: Task, arrived: set[str]) -> bool:
        """Whether the join fires with tokens from these incoming specs."""
        raise WorkflowException("A join says when it is complete", task_spec=self)

    def _update_hook(self, my_task: Task) -> bool:
        if len(set(self._inputs)) <= 1:
            my_task._inherit_data()
            return True
        waiting = [
            t
            for t in my_task.workflow.tasks.values()
            if t.task_spec is self and t.state == TaskState.WAITING and t is not my_task
        ]
        waiting.sort(key=lambda t: t.internal_data.get("arrived", 0))
        if "arrived" not in my_task.internal_data:
            last = waiting[-1].internal_data.get("arrived", 0) if waiting else 0
            my_task.internal_data["arrived"] = last + 1
        taken: dict[str, Task] = {my_task.parent.task_spec.name: my_task}
        for task in waiting:
            taken.setdefault(task.parent.task_spec.name, task)
        if not self.complete_with(my_task, set(taken)):
            my_task._set_state(TaskState.WAITING)
            return False
        self._take(my_task, list(taken.values()))
        return True

    def _take(self, my_task: Task, tokens: list[Task]) -> None:
        tokens.sort(key=lambda t: t.internal_data.get("arrived", 0))
        base = common_ancestor(t.parent for t in tokens).data
        data = dict(base)
        for token in tokens:
            data.update(changes(base, token.parent.data))
        for token in tokens:
            if token is not my_task:
                token._set_state(TaskState.CANCELLED)
                token._drop_children()
                my_task.workflow.script_engine.entered.discard(str(token.id))
        my_task.data = data


class ParallelGateway(Joining, bpmn.ParallelGateway):
    """All branches out; waits for one token on each incoming flow."""

    def complete_with(self, my_task: Task, arrived: set[str]) -> bool:
        """One token on every incoming flow."""
        return arrived >= set(self._inputs)

    def _run_hook(self, my_task: Task) -> bool:
        return True


class InclusiveGateway(Joining, bpmn.InclusiveGateway):
    """Every branch whose condition holds; waits while a token may still arrive on an empty flow."""

    def complete_with(self, my_task: Task, arrived: set[str]) -> bool:
        """No live token can reach an empty flow in, unless it can reach an arrived one too."""
        empty = set(self._inputs) - arrived
        to_empty, to_arrived = self._upstream(empty), self._upstream(arrived)
        return not any(
            t.task_spec.name in to_empty and t.task_spec.name not in to_arrived
            for t in my_task.workflow.tasks.values()
            if t.has_state(LIVE) and t.task_spec is not self and self._is_token(t)
        )

    @staticmethod
    def _is_token(task: Task) -> bool:
        """FUTURE tasks behind live ones are no tokens of their own."""
        return not task.has_state(TaskState.FUTURE) or (
            task.parent is not None and task.parent.has_state(TaskState.COMPLETED)
        )

    def _upstream(self, names: set[str]) -> set[str]:
        specs, seen, todo = self._wf_spec.task_specs, set(names), list(names)
        while todo:
            for source in specs[todo.pop()]._inputs:
                if source not in seen and source != self.name:
                    seen.add(source)
                    todo.append(source)
        return seen

    def _run_hook(self, my_task: Task) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise WorkflowException("No condition holds, and there is no default", task_spec=self)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class EventBasedGateway(Step, bpmn.EventBasedGateway):
    """Waits for the first of several events and goes on behind it."""

    def _run_hook(self, my_task: Task) -> bool:
        hit = my_task.internal_data.pop("hit")
        my_task.data.update(my_task.internal_data.pop("payload", None) or {})
        my_task._sync_children([self.outputs[hit]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class EndJoin(_EndJoin):
    """The end of a process: a branch that ends while others live leaves only its changes behind."""

    def _update_hook(self, my_task: Task) -> bool:
        others = [
            t
            for t in my_task.workflow.tasks.values()
            if t is not my_task and t.has_state(TaskState.NOT_FINISHED_MASK)
            and not t.has_state(TaskState.PREDICTED_MASK) and not t.is_descendant_of(my_task)
        ]  # fmt: skip
        if others:
            ended = my_task.workflow.data.setdefault(ENDED, {})
            far = min((common_ancestor([my_task, t]) for t in others), key=lambda t: t.depth)
            fork = next(iter(nearest_fork(my_task)), far)
            ended.update(changes(fork.data, my_task.parent.data))
            my_task._set_state(TaskState.CANCELLED)
            my_task._drop_children()
            return False
        my_task._inherit_data()
        return True

    def _run_hook(self, my_task: Task) -> bool:
        ended = my_task.workflow.data.pop(ENDED, None) or {}
        own = [changes(fork.data, my_task.data) for fork in nearest_fork(my_task)]
        for values in (ended, *own):
            my_task.data.update(values)
        my_task.workflow.data.update(my_task.data)
        return True


class ProcessSpec(BpmnProcessSpec):
    """The library's process with our end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        last: TaskSpec = self.task_specs["End"]
        del self.task_specs[f"{self.name}.EndJoin"]
        last._inputs = []
        end = EndJoin(self, f"{self.name}.EndJoin")
        end.connect(last)
        self.end: Any = end
