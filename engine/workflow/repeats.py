"""Repeated steps that also work the second time round, when a process comes back to them."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.spiff.specs import defaults as spiff
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.expression_values import ExpressionError
from engine.workflow.specs import Repeated, Step, fail

MOST_REPEATED = 500  # each is a task of the instance and may be a step on somebody's list


class StandardLoopTask(Repeated, Step, spiff.StandardLoopTask):
    """A step repeated while a condition holds; each round sees what the one before left."""

    silent = True

    def merge_child(self, workflow: Any, child: Task) -> None:
        """Take over what a round changed, then begin another one or go on."""
        frame = child.parent
        frame.data.update(child.data)
        frame.internal_data["merged"].append(str(child.id))
        self.resume(frame)

    def resume(self, my_task: Task) -> None:
        """Decide whether there is another round; a condition that fails makes a failure."""
        try:
            over = self.loop_complete(my_task)
        except ExpressionError as error:
            fail(my_task, error, "again")
            return
        if over:
            my_task._set_state(TaskState.READY)
        else:
            self.create_child(my_task)


class Many(Repeated, Step):
    """Mixin of multi-instance steps: a clean list of results each time, branches merged by change.

    A completion condition that cannot be computed counts as not fulfilled: all are waited for.
    """

    silent = True
    input_item: Any
    output_item: Any
    data_input: Any
    data_output: Any

    def create_child(self, my_task: Task, item: Any, key_or_index: Any = None) -> None:
        """Begin one repetition; what the last round left in the item variables is forgotten."""
        for variable in (self.input_item, self.output_item):
            if variable is not None:
                my_task.data.pop(variable.bpmn_id, None)
        super().create_child(my_task, item, key_or_index)

    def _update_hook(self, my_task: Task) -> bool | None:
        """Look how often it is to be repeated before anything begins; too often is a failure."""
        my_task._inherit_data()
        self._check_number(my_task)
        if my_task.has_state(TaskState.PREDICTED_MASK):
            my_task._set_state(TaskState.FUTURE)  # behind a border event; it would take no children
        found: bool | None = super()._update_hook(my_task)
        return found

    def _check_number(self, my_task: Task) -> None:
        if self.data_input is None:
            count = my_task.workflow.script_engine.evaluate(my_task, self.cardinality)
        else:
            name = self.data_input.bpmn_id
            found = my_task.data.get(name)
            if not isinstance(found, list | dict | str):
                raise WorkflowException(f'"{name}" is no list to repeat a step for', task_spec=self)
            count = len(found)
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise WorkflowException(f"{count!r} is no number of repetitions", task_spec=self)
        if count > MOST_REPEATED:
            text = f"{count} repetitions are too many; {MOST_REPEATED} are the most"
            raise WorkflowException(text, task_spec=self)

    def merge_child(self, workflow: Any, child: Task) -> None:
        """Take over the result (None when the form left it out) or the changes of a repetition.

        The list stays as it was at the beginning: no repetition changes what is gone through.
        """
        frame = child.parent
        if self.output_item is not None and self.data_output is not None:
            child.data.setdefault(self.output_item.bpmn_id, None)
        else:
            own = (self.input_item, self.data_input)
            base, items = frame.parent.data, {getattr(one, "bpmn_id", None) for one in own}
            for key, value in child.data.items():
                if key not in items and (key not in base or base[key] != value):
                    frame.data[key] = value
            # the library merges everything of the child on top: show it nothing new
            item = getattr(self.input_item, "bpmn_id", None)
            child.data = {k: v for k, v in frame.data.items() if k != item}
        super().merge_child(workflow, child)

    def init_data_output_with_input_data(self, my_task: Task, input_data: Any) -> None:
        """Results go into a fresh list, or object, of their own."""
        if self.data_output.bpmn_id != self.data_input.bpmn_id:
            fresh: Any = {} if isinstance(input_data, dict) else []
            my_task.data[self.data_output.bpmn_id] = fresh

    def init_data_output_with_cardinality(self, my_task: Task) -> None:
        """Results go into a fresh list."""
        my_task.data[self.data_output.bpmn_id] = []

    def check_completion_condition(self, my_task: Task) -> bool:
        """Whether enough is done, looked at from the repetition that ended last."""
        try:
            return bool(super().check_completion_condition(my_task))
        except ExpressionError:
            return False


class ParallelMultiInstanceTask(Many, spiff.ParallelMultiInstanceTask):
    """A step for each entry of a list, all at once."""


class SequentialMultiInstanceTask(Many, spiff.SequentialMultiInstanceTask):
    """A step for each entry of a list, one after the other; also for an entry that is nothing."""

    def add_next_child(self, my_task: Task) -> None:
        """Begin the next repetition; the library would wait for ever at an entry that is null."""
        if self.children_complete(my_task):
            return
        if self.data_input is None:
            key, item = self.get_next_index(my_task)
        else:
            key, item = self.get_next_input_item(my_task)
        self.create_child(my_task, item, key)
