"""Our task specs: the library's, made to fail softly, to log their moves and to join rightly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import EscalationEventDefinition
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.spiff.specs import defaults as spiff
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.events import Message, Timer
from engine.workflow.state import as_json, copy_json


def fail(task: Task, error: Exception, phase: str) -> None:
    """Let a task rest as a failure: it counts as unfinished, nothing passes it, retry wakes it."""
    own = error.args[:1] if isinstance(error, SpiffWorkflowException) else ()  # it adds a full stop
    text = str(getattr(error, "message", "") or "".join(own) or error) or type(error).__name__
    task.internal_data["failure"] = {"message": text[:2_000], "phase": phase}
    task._set_state(TaskState.STARTED)
    if isinstance(task.task_spec, Step):
        task.task_spec._log_entry(task)
    task.workflow.script_engine.record(task, "failed")


class Step(TaskSpec):
    """Mixin of all steps: errors become a resting failure, moves are logged."""

    silent = False

    def _predict(
        self, my_task: Task, seen: Any = None, looked_ahead: int = 0,
        mask: int = TaskState.PREDICTED_MASK,
    ) -> None:  # fmt: skip
        """Look one step ahead: the library draws up all that will come.

        That takes twice as long for each parallel split on the way, and has no end in a circle.
        """
        if looked_ahead == 0:
            super()._predict(my_task, seen, looked_ahead, mask)

    def _update(self, my_task: Task) -> None:
        if "failure" in my_task.internal_data:
            return
        if not my_task._children and my_task.has_state(TaskState.NOT_FINISHED_MASK):
            self._predict(my_task, mask=TaskState.NOT_FINISHED_MASK)
        try:
            super()._update(my_task)
        except Exception as error:
            fail(my_task, error, "update")
        self._log_entry(my_task)

    def _run(self, my_task: Task) -> bool | None:
        try:
            result: bool | None = super()._run(my_task)
            return result
        except Exception as error:
            fail(my_task, error, "run")
            return None

    def _log_entry(self, my_task: Task) -> None:
        engine, key = my_task.workflow.script_engine, str(my_task.id)
        reached = my_task.has_state(TaskState.WAITING | TaskState.READY | TaskState.STARTED)
        if reached and not self.silent and key not in engine.entered:
            engine.entered.add(key)
            engine.record(my_task, "entered", origin_of(my_task))

    def _on_complete_hook(self, my_task: Task) -> None:
        engine = my_task.workflow.script_engine
        if self.silent and not isinstance(self, Repeated):
            engine.record(my_task, "entered")
        if not isinstance(self, Repeated):
            engine.record(my_task, "completed")
        super()._on_complete_hook(my_task)

    def _on_cancel(self, my_task: Task) -> None:
        engine = my_task.workflow.script_engine
        if not self.silent and str(my_task.id) in engine.entered:
            engine.record(my_task, "cancelled")
        super()._on_cancel(my_task)


def origin_of(task: Task) -> str | None:
    """The step from which a token came to this one; None where a process or a border begins."""
    here = task.parent
    while here is not None:
        spec = here.task_spec
        if isinstance(spec, BoundaryEventJoin):
            return str(spec.split_task).removesuffix(".BoundaryEventSplit")
        own_frame = isinstance(spec, Repeated) and spec.task_spec == task.task_spec.name
        if spec.bpmn_id is not None and not own_frame:
            return str(spec.bpmn_id)
        here = here.parent
    return None


class Repeated:
    """Mixin of the frame around repeated steps: the repetitions themselves are logged, not it."""

    task_spec: str
    merge_child: Callable[..., None]


class UserTask(Step, spiff.UserTask):
    """A step somebody does, with a form."""


class ManualTask(Step, spiff.ManualTask):
    """A step somebody does and ticks off."""


class ScriptTask(Step, spiff.ScriptTask):
    """Assignments to variables."""


class SubWorkflowTask(Step, spiff.SubWorkflowTask):
    """A subprocess drawn inside the diagram."""


class TransactionSubprocess(Step, spiff.TransactionSubprocess):
    """A subprocess that can be cancelled from inside."""


class CallActivity(Step, spiff.CallActivity):
    """A shared process, called."""


class SendTask(Step, spiff.SendTask):
    """Throws a message."""


class ReceiveTask(Step, spiff.ReceiveTask):
    """Waits for a message."""


class StartEvent(Step, bpmn.StartEvent):
    """Where a process begins."""


class EndEvent(Step, bpmn.EndEvent):
    """Where a path ends."""


class IntermediateCatchEvent(Step, bpmn.IntermediateCatchEvent):
    """Waits for a message or a time."""


class IntermediateThrowEvent(Step, bpmn.IntermediateThrowEvent):
    """Throws, or marks a point that was reached."""


class ExclusiveGateway(Step, bpmn.ExclusiveGateway):
    """One way out."""


class BusinessRuleTask(Step, SpiffBpmnTask):
    """Asks a ruleset; its decisions become variables."""

    def __init__(self, wf_spec: Any, name: str, ruleset: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.ruleset = ruleset

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        facts = copy_json(my_task.data)
        decided = engine.hooks.decide(self.ruleset, facts, engine.step(my_task))
        my_task.data.update(as_json(dict(decided)))
        return True


class ServiceTask(Step, SpiffBpmnTask):
    """Asks the desk to do something (notify, set, note, tag)."""

    def __init__(
        self, wf_spec: Any, name: str, operator: str, params: dict[str, str],
        result_variable: str | None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(wf_spec, name, **kwargs)
        self.operator, self.params, self.result_variable = operator, params, result_variable

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        params = {key: engine.evaluate(my_task, text) for key, text in self.params.items()}
        result = engine.hooks.effect(self.operator, params, engine.step(my_task))
        if self.result_variable:
            my_task.data[self.result_variable] = as_json(result)
        return True


class BoundaryEvent(Step, bpmn.BoundaryEvent):
    """An event at the border of a step; a non-interrupting one is armed again after it fired."""

    silent = True

    def _on_complete_hook(self, my_task: Task) -> None:
        super()._on_complete_hook(my_task)
        if self.cancel_activity:
            return
        for child in my_task.children:
            # the step itself leads on; this copy of its join would wait for nothing
            if isinstance(child.task_spec, BoundaryEventJoin):
                my_task.workflow._remove_task(child.id)
        self._arm_again(my_task)

    def _arm_again(self, my_task: Task) -> None:
        fresh = self._fresh_state(my_task)
        busy = any(
            not isinstance(t.task_spec, BoundaryEvent) and not t.has_state(TaskState.FINISHED_MASK)
            for t in my_task.parent.children
        )
        if fresh is None or not busy:
            return
        again = my_task.parent._add_child(self, TaskState.FUTURE)
        again.triggered = True
        again.internal_data.update(fresh)
        self._predict(again, mask=TaskState.NOT_FINISHED_MASK)
        self._update(again)

    def _fresh_state(self, my_task: Task) -> dict[str, Any] | None:
        if isinstance(self.event_definition, Message | EscalationEventDefinition):
            return {}
        if isinstance(self.event_definition, Timer):
            return self.event_definition.following(my_task)
        return None
