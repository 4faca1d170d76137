"""Moves an instance on until only people, messages and times can: the loop over automatic steps."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.compact import compact
from engine.workflow.specs import fail
from engine.workflow.waiting import receivers

ROUND = "The process goes round in a circle in which nobody and nothing waits."
MAX_AUTOMATIC = 1_000  # automatic steps of one move; more means a circle without anybody in it
COMPACT_EVERY = 50  # the library recurses along the tree, so it is kept short while moving, too


def drive(workflow: BpmnWorkflow, first: Task | None = None) -> None:
    """Run `first` (an open step), then every ready automatic step, deepest process first."""
    if first is not None:
        _run(workflow, first)
    count = 0
    while (task := _next_automatic(workflow)) is not None:
        count += 1
        if count > MAX_AUTOMATIC:
            fail(task, RuntimeError(ROUND), "run")
            continue
        _run(workflow, task)
        if count % COMPACT_EVERY == 0:
            compact(workflow)
    workflow.bpmn_events.clear()  # thrown messages that nobody here caught


def _run(workflow: BpmnWorkflow, task: Task) -> None:
    """Run a step, then tell what it threw to whoever waits for it when the step is over."""
    task.run()
    thrown = workflow.script_engine.thrown
    while thrown:
        deliver(workflow, thrown.pop(0))


def deliver(workflow: BpmnWorkflow, event: BpmnEvent) -> int:
    """Hand an event to all who wait for it, outer ones first; whoever they cancel gets none."""
    count = 0
    for task in receivers(workflow, event):
        if task.state == TaskState.WAITING:
            count += 1
            task.task_spec.catch(task, event)
            task.task_spec._update(task)
    return count


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
