"""Moves an instance on until only people, messages and times can: the loop over automatic steps."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.compact import compact
from engine.workflow.specs import fail

MAX_AUTOMATIC = 1_000  # automatic steps of one move; more means a circle without anybody in it
COMPACT_EVERY = 50  # the library recurses along the tree, so it is kept short while moving, too


def drive(workflow: BpmnWorkflow, first: Task | None = None) -> None:
    """Run `first` (an open step), then every ready automatic step, deepest process first."""
    if first is not None:
        first.run()
    count = 0
    while (task := _next_automatic(workflow)) is not None:
        count += 1
        if count > MAX_AUTOMATIC:
            message = "The process goes round in a circle in which nobody and nothing waits."
            fail(task, RuntimeError(message), "run")
            continue
        task.run()
        if count % COMPACT_EVERY == 0:
            compact(workflow)
    workflow.bpmn_events.clear()  # thrown messages that nobody here caught


def wake(task: Task) -> None:
    """Let a failed task try again what it failed at."""
    failure = task.internal_data.pop("failure")
    if failure["phase"] == "run":
        task._set_state(TaskState.READY)
    elif failure["phase"] == "again":
        task.task_spec.resume(task)
    else:
        task._set_state(TaskState.FUTURE)
        task.task_spec._update(task)


def _next_automatic(workflow: BpmnWorkflow) -> Task | None:
    parts = [workflow, *(p for p in workflow.subprocesses.values() if not p.completed)]
    for part in sorted(parts, key=lambda p: p.depth, reverse=True):
        if part.completed:
            continue
        ready = [
            task
            for task in part.tasks.values()
            if task.state == TaskState.READY and not task.task_spec.manual
        ]
        if ready:
            # What a border event interrupts is over before anything behind the event happens: an
            # end there would take it for a branch that goes on.
            over = (task for task in ready if isinstance(task.task_spec, BoundaryEventJoin))
            return next(over, ready[0])
    return None
