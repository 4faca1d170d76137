"""What the library calls back into: our expressions, our hooks, our clock, our log of moves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.task import Task

from engine.workflow.expressions import evaluate, execute
from engine.workflow.timers import WORKING, Later, as_utc, parse_working, wall_time

if TYPE_CHECKING:
    from engine.workflow.definition import Definition, Step

# The library lists all tasks for each entry of its log, unless these two themselves are told that
# nobody reads it.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Hooks(Protocol):
    """How a process asks the outside; both may raise, which makes the step a failure to retry."""

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """The variables that a ruleset decides over the process data."""
        ...

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """What a service step asks to be done; the answer may be kept in a variable."""
        ...

    def signal(self, name: str, step: Step) -> None:
        """A step has thrown a signal: tell others of it later; never raises."""
        ...

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """The moment so many working days, then seconds of working time, after `start`."""
        ...


@dataclass(frozen=True)
class Passed:
    """One move of one step: entered, completed, cancelled or failed.

    `origin` is the step from which a token came in along a flow, where it came along one.
    """

    step_id: str
    outcome: str
    task_id: str
    origin: str | None = None


class ScriptEngine:
    """One per instance and run; stands where the library expects its script engine."""

    def __init__(self, definition: Definition, hooks: Hooks | None) -> None:
        self.definition = definition
        self.hooks = hooks
        self.now = datetime.min.replace(tzinfo=UTC)
        self.log: list[Passed] = []
        self.entered: set[str] = set()
        self.thrown: list[BpmnEvent] = []  # what the step that runs has thrown

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:
        """The value of an expression over the data of a task."""
        return evaluate(expression, task.data)

    def later(self, basis: str) -> Later:
        """How a length is added to a moment: by the wall, or by the working time of the desk."""
        if basis != WORKING:
            return wall_time

        def add(length: str, start: datetime) -> datetime:
            if self.hooks is None:
                raise ValueError("Nobody says here when people work")
            return as_utc(self.hooks.working_time(start, *parse_working(length)))

        return add

    def execute(self, task: Task, script: str, external_context: Any = None) -> bool:
        """Run a script's assignments; the data change only when every line worked."""
        task.data.update(execute(script, task.data))
        return True

    def step(self, task: Task) -> Step:
        """The step of the diagram that a task stands for."""
        return self.definition.steps[task.task_spec.bpmn_id]

    def record(self, task: Task, outcome: str, origin: str | None = None) -> None:
        """Write a move into the log, if the task is a step of the diagram."""
        step_id = task.task_spec.bpmn_id
        if step_id is not None:
            self.log.append(Passed(step_id, outcome, str(task.id), origin))
