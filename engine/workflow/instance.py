"""One running process: start it, complete steps, hand it messages and the time, keep its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import NotFound
from engine.workflow import jump, waiting
from engine.workflow.compact import compact
from engine.workflow.definition import Definition, Step
from engine.workflow.drive import drive, wake
from engine.workflow.events import event_named
from engine.workflow.script_engine import Hooks, Passed, ScriptEngine
from engine.workflow.state import as_json, copy_json, dump_workflow, load_workflow
from engine.workflow.timers import as_utc
from engine.workflow.waiting import Due, Failure, OpenTask, Waiting

_REACHED = TaskState.WAITING | TaskState.READY | TaskState.STARTED


@dataclass
class Progress:
    """What one call moved."""

    passed: list[Passed] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    done: bool = False
    end_steps: list[str] = field(default_factory=list)
    delivered: bool = True


class Instance:
    """A process instance in memory; `dump` and `load` carry it from one request to the next."""

    def __init__(self, definition: Definition, workflow: BpmnWorkflow, engine: ScriptEngine):
        self.definition = definition
        self._workflow = workflow
        self._engine = engine
        engine.entered.update(str(t.id) for t in self._tasks() if t.has_state(_REACHED))

    @classmethod
    def start(
        cls, definition: Definition, data: Mapping[str, Any], hooks: Hooks, now: datetime
    ) -> tuple[Instance, Progress]:
        """A new instance, moved on to its first waiting steps."""
        engine = ScriptEngine(definition, hooks)
        workflow = BpmnWorkflow(definition.spec, definition.inner, script_engine=engine)
        workflow.task_tree.data = as_json(dict(data))
        instance = cls(definition, workflow, engine)
        return instance, instance._move(now)

    @classmethod
    def load(cls, definition: Definition, state: dict[str, Any], hooks: Hooks) -> Instance:
        """An instance from what `dump` gave; raises Invalid when it does not fit the definition."""
        engine = ScriptEngine(definition, hooks)
        workflow = load_workflow(definition.spec, definition.inner, state, engine)
        workflow.script_engine = engine
        return cls(definition, workflow, engine)

    def dump(self) -> dict[str, Any]:
        """The state as JSON-able data, without the diagram, compacted."""
        compact(self._workflow)
        return dump_workflow(self._workflow)

    def refresh(self, variables: Mapping[str, Any]) -> None:
        """Put variables (the ticket's current facts) into the data of the whole instance.

        Into finished tasks too: a waiting task inherits from the one above it again and again, an
        older copy there would come back.
        """
        fresh = as_json(dict(variables))
        for task in self._tasks():
            if task.has_state(_REACHED | TaskState.FINISHED_MASK):
                task.data.update(copy_json(fresh))
            else:
                for name in fresh:
                    task.data.pop(name, None)

    def complete(self, task_id: str, answers: Mapping[str, Any], now: datetime) -> Progress:
        """Finish a step somebody did; answers become variables. NotFound unless it is open here.

        What its form asks and nobody has said yet is null, so that an expression may look at it.
        """
        task = self._open_task(task_id)
        task.data.update(as_json(dict(answers)))
        form = self.definition.forms.get(self._engine.step(task).form or "")
        for name in form.schema.get("properties", {}) if form is not None else ():
            task.data.setdefault(name, None)
        return self._move(now, task)

    def message(self, name: str, payload: Mapping[str, Any], now: datetime) -> Progress:
        """Hand a message (with `signal:` before its name, a signal) to everybody who waits for it.

        A message here is a fact about the ticket ("the customer replied"), so it reaches every
        receiver that waits when it comes, outer ones first; whoever an outer one cancels gets none.
        `delivered` says whether anybody waited.
        """
        self._engine.now = as_utc(now)
        event = event_named(name, as_json(dict(payload)))
        receivers = waiting.receivers(self._workflow, event)
        delivered = False
        progress = Progress()
        for task in receivers:
            if task.state != TaskState.WAITING:
                continue
            delivered = True
            task.task_spec.catch(task, event)
            task.task_spec._update(task)
            self._move(now, into=progress)
        self._finish(progress)
        progress.delivered = delivered
        return progress

    def tick(self, now: datetime) -> Progress:
        """Fire every timer that is due at `now`, once each, in order of due time."""
        self._engine.now = as_utc(now)
        progress = Progress()
        fired: set[str] = set()
        while due := waiting.next_due(self._workflow, as_utc(now), fired):
            fired.add(due.task_id)
            waiting.fire(self._workflow, due)
            self._move(now, into=progress)
        self._finish(progress)
        return progress

    def retry(self, now: datetime, task_id: str = "") -> Progress:
        """Try the failed steps (or one) again where they stopped; what was typed is all there."""
        self._engine.now = as_utc(now)
        for task in waiting.failed(self._workflow):
            if not task_id or str(task.id) == task_id:
                wake(task)
        return self._move(now)

    def targets(self, task_id: str) -> list[str]:
        """Steps to which the token that rests there may be moved. NotFound when none does."""
        return jump.targets(self._resting(task_id), self.definition)

    def move(self, task_id: str, step_id: str, now: datetime) -> Progress:
        """Put a token at another step; raises Invalid where one would be lost or doubled."""
        self._engine.now = as_utc(now)
        jump.move(self._resting(task_id), step_id, self.definition)
        return self._move(now)

    def skip(self, task_id: str, now: datetime) -> Progress:
        """Leave a step as if it had ended without a result. NotFound when no token rests there."""
        self._engine.now = as_utc(now)
        jump.skip(self._resting(task_id))
        return self._move(now)

    def mend(self, task_id: str, values: Mapping[str, Any], now: datetime) -> Progress:
        """Change variables where a failed step reads them, and try it again."""
        self._engine.now = as_utc(now)
        task = self._resting(task_id, failed=True)
        jump.mend(task, values)
        wake(task)
        return self._move(now)

    def variables(self, task_id: str) -> dict[str, Any]:
        """The variables as the token that rests there has them."""
        return dict(copy_json(self._resting(task_id).data))

    def cancel(self) -> Progress:
        """End the instance; everything open is cancelled."""
        if not self._workflow.completed:
            self._workflow.cancel()
        progress = Progress()
        self._finish(progress)
        return progress

    def set_due(self, task_id: str, due_at: datetime) -> None:
        """Move a timer; the desk's timer row is the authority. NotFound when no such timer runs."""
        if not waiting.set_due(self._workflow, task_id, as_utc(due_at)):
            raise NotFound("There is no such timer in this process.")

    def recount(self, now: datetime) -> bool:
        """Count running times anew that count working time; whether any has changed."""
        self._engine.now = as_utc(now)
        return waiting.recount(self._workflow)

    @property
    def work_items(self) -> list[OpenTask]:
        """The steps that wait for a person."""
        return waiting.work_items(self._workflow, self.definition)

    @property
    def waiting(self) -> list[Waiting]:
        """The messages that are waited for."""
        return waiting.messages(self._workflow)

    @property
    def timers(self) -> list[Due]:
        """The running timers, soonest first."""
        return waiting.timers(self._workflow)

    @property
    def next_due(self) -> datetime | None:
        """When the soonest timer is due."""
        return min((t.due_at for t in self.timers), default=None)

    @property
    def live_steps(self) -> list[str]:
        """Ids of the steps where the instance stands (open, waiting or failed), each once."""
        return waiting.live_steps(self._workflow)

    @property
    def places(self) -> dict[str, str]:
        """By task the step at which a token rests: what somebody does, awaits or has to mend."""
        return waiting.places(self._workflow)

    @property
    def joins(self) -> list[str]:
        """Ids of the gateways at which a branch waits for another one."""
        return waiting.joins(self._workflow)

    @property
    def failures(self) -> list[Failure]:
        """The failed steps that `retry` would try again."""
        return waiting.failures(self._workflow)

    @property
    def done(self) -> bool:
        """Whether the process has ended."""
        return bool(self._workflow.completed)

    @property
    def data(self) -> dict[str, Any]:
        """The variables where the instance moved last, at the end those it ended with."""
        last = self._workflow.last_task
        return dict(copy_json((last or self._workflow.task_tree).data))

    def _tasks(self) -> list[Task]:
        return waiting.all_tasks(self._workflow)

    def _resting(self, task_id: str, *, failed: bool = False) -> Task:
        known = {f.task_id for f in self.failures} if failed else {**self.places}.keys()
        found = next((t for t in self._tasks() if str(t.id) == str(task_id)), None)
        if found is None or str(found.id) not in known | {f.task_id for f in self.failures}:
            raise NotFound("The ticket does not stand there any more.")
        return found

    def _open_task(self, task_id: str) -> Task:
        try:
            wanted = UUID(str(task_id))
        except ValueError:
            wanted = None
        for task in self._tasks():
            if task.id == wanted and waiting.is_work_item(task):
                return task
        raise NotFound("This step is not open any more.")

    def _move(
        self, now: datetime, first: Task | None = None, into: Progress | None = None
    ) -> Progress:
        self._engine.now = as_utc(now)
        drive(self._workflow, first)
        progress = into or Progress()
        if into is None:
            self._finish(progress)
        return progress

    def _finish(self, progress: Progress) -> None:
        progress.passed = list(self._engine.log)
        self._engine.log.clear()
        progress.failures = self.failures
        progress.done = self.done
        ends = self.definition.process_id
        progress.end_steps = [
            p.step_id
            for p in progress.passed
            if p.outcome == "completed" and self._is_end(self.definition.steps[p.step_id], ends)
        ]

    @staticmethod
    def _is_end(step: Step, process_id: str) -> bool:
        return step.kind == "endEvent" and step.process == process_id


__all__ = ["Due", "Failure", "Hooks", "Instance", "OpenTask", "Passed", "Progress", "Waiting"]
