"""Keeps an instance as small as its diagram: finished history leaves the tree, it lives in our log.

What stays: every unfinished task (failures count as such), its parent (whose data it inherits), the
split that a pending boundary join looks for, and each fork between them. All other finished tasks
are cut out, their remaining children hung one level up. So the tree is bounded by the number of
tokens, however often a ticket went round and whatever side branch stays open.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.gateways import nearest_fork


def compact(workflow: BpmnWorkflow) -> int:
    """Cut finished history out of an instance and its subprocesses; the number of tasks dropped."""
    dropped = 0
    for part in [workflow, *list(workflow.subprocesses.values())]:
        dropped += _compact_tree(part)
    _drop_subprocesses(workflow)
    return dropped


def _compact_tree(part: BpmnWorkflow) -> int:
    keep = _needed(part)
    pending = _pending_splits(part)
    keep |= pending
    order = _preorder(part.task_tree)
    leads: set[object] = set()  # tasks that are needed or lead to a needed one
    for task in reversed(order):
        branches = sum(1 for child in task.children if child.id in leads)
        # A pending join tells step and border events apart by the direct children of the split, so
        # nothing else may be hung there.
        if branches > 1 or (branches and task._parent in pending):
            keep.add(task.id)
        if branches or task.id in keep:
            leads.add(task.id)
    gone = 0
    for task in reversed(order):
        if task.id not in keep:
            _cut(part, task)
            gone += 1
    if part.last_task is not None and part.last_task.id not in part.tasks:
        part.last_task = None
    return gone


def _needed(part: BpmnWorkflow) -> set[object]:
    keep: set[object] = {part.task_tree.id}
    if part.last_task is not None:
        keep.add(part.last_task.id)
    for task in part.tasks.values():
        if task.has_state(TaskState.NOT_FINISHED_MASK):
            keep.add(task.id)
            if task.parent is not None:
                keep.add(task.parent.id)
            keep.update(fork.id for fork in nearest_fork(task))
    return keep


def _pending_splits(part: BpmnWorkflow) -> set[object]:
    """Where a step with border events began, as long as it is not over."""
    joins = (
        task
        for task in part.tasks.values()
        if isinstance(task.task_spec, BoundaryEventJoin)
        and task.has_state(TaskState.NOT_FINISHED_MASK)
    )
    splits = (task.find_ancestor(task.task_spec.split_task) for task in joins)
    return {split.id for split in splits if split is not None}


def _preorder(root: Task) -> list[Task]:
    order, todo = [], [root]
    while todo:
        task = todo.pop()
        order.append(task)
        todo.extend(reversed(task.children))
    return order


def _cut(part: BpmnWorkflow, task: Task) -> None:
    parent = task.parent
    at = parent._children.index(task.id)
    parent._children[at : at + 1] = task._children
    for child in task.children:
        child._parent = parent.id
    del part.tasks[task.id]


def _drop_subprocesses(workflow: BpmnWorkflow) -> None:
    """Forget subprocesses whose call is over; repeated, since calls nest."""
    while True:
        tasks = dict(workflow.tasks)
        for part in workflow.subprocesses.values():
            tasks.update(part.tasks)
        over = [
            owner
            for owner in workflow.subprocesses
            if owner not in tasks or tasks[owner].has_state(TaskState.FINISHED_MASK)
        ]
        if not over:
            return
        for owner in over:
            del workflow.subprocesses[owner]
