"""Our event definitions: timers that never look at the wall clock, messages by name only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import (
    MessageEventDefinition as LibraryMessage,
)
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.spiff.specs.event_definitions import (
    ErrorEventDefinition,
    EscalationEventDefinition,
)
from SpiffWorkflow.task import Task

from engine.workflow.timers import WORKING, as_utc, due_after, parse_cycle

SIGNAL = "signal:"  # before the name of a signal, where the desk keeps it beside messages


class Timer(EventDefinition):
    """Waits for a due time kept in the task; only `Instance.tick` declares it fired."""

    def __init__(
        self, name: str, kind: str, expression: str, basis: str = "", **kwargs: Any
    ) -> None:
        super().__init__(name, **kwargs)
        self.kind, self.expression, self.basis = kind, expression, basis

    def compute(self, task: Task) -> dict[str, Any]:
        """The due time (and for a repetition how often still) as JSON-able data.

        A time that counts working time remembers what it was counted from, to be counted anew.
        """
        engine = task.workflow.script_engine
        text = engine.evaluate(task, self.expression)
        due = as_utc(due_after(self.kind, text, engine.now, engine.later(self.basis)))
        state: dict[str, Any] = {"due": due.isoformat()}
        length, first = str(text), None
        if self.kind == "cycle":
            cycle = parse_cycle(text)
            state["every"], state["left"] = cycle.every, cycle.times
            length, first = cycle.every, cycle.first
        if self.basis == WORKING and self.kind != "date" and first is None:
            state["length"], state["since"] = length, engine.now.isoformat()
        return state

    def following(self, task: Task) -> dict[str, Any] | None:
        """The next repetition, counted from the due time before it; None after the last."""
        state, later = task.internal_data, task.workflow.script_engine.later(self.basis)
        left = state.get("left")
        if self.kind != "cycle" or (left is not None and left <= 1):
            return None
        due = later(state["every"], moment(state["due"])).isoformat()
        left = None if left is None else left - 1
        again = {"due": due, "every": state["every"], "left": left}
        if self.basis == WORKING:
            again |= {"length": state["every"], "since": state["due"]}
        return again

    def has_fired(self, task: Task) -> bool:
        """Whether the desk declared the time to have come; the first look computes the due time."""
        if "due" not in task.internal_data:
            task.internal_data.update(self.compute(task))
        return bool(task.internal_data.get("event_fired", False))

    def catches(self, task: Task, event: BpmnEvent) -> bool:
        """Timers catch nothing that is thrown."""
        return False

    def reset(self, task: Task) -> None:
        """Nothing to take back: a fired task is never armed again, a new task is."""


class Message(LibraryMessage):
    """A message by name; what it carries is merged into the data of whoever receives it."""

    def catches(self, task: Task, event: BpmnEvent) -> bool:
        """Whether the thrown event is a message of this name."""
        thrown = event.event_definition
        return type(thrown) is Message and thrown.name == self.name

    def catch(self, task: Task, event: BpmnEvent | None = None) -> None:
        """Keep the payload until the event runs."""
        task.internal_data["payload"] = dict((event.payload if event else None) or {})
        task.internal_data["event_fired"] = True

    def throw(self, task: Task) -> None:
        """Tell every receiver inside this instance, once the step that throws is over."""
        task.workflow.script_engine.thrown.append(BpmnEvent(self, payload={}))

    def update_task_data(self, task: Task) -> None:
        """Merge the payload into the data."""
        task.data.update(task.internal_data.get("payload") or {})

    def reset(self, task: Task) -> None:
        """Forget payload and firing."""
        task.internal_data.pop("payload", None)
        task.internal_data["event_fired"] = False


class Signal(Message):
    """A signal by name, told to everybody who waits for it: here at once, elsewhere by the desk."""

    def catches(self, task: Task, event: BpmnEvent) -> bool:
        """Whether the thrown event is a signal of this name."""
        thrown = event.event_definition
        return isinstance(thrown, Signal) and thrown.name == self.name

    def throw(self, task: Task) -> None:
        """Tell every receiver inside this instance, and the desk, which tells other tickets."""
        super().throw(task)
        engine = task.workflow.script_engine
        if engine.hooks is not None:
            engine.hooks.signal(self.name, engine.step(task))


class _Upwards:
    """Told to whoever waits for it closest around the step that throws, and to nobody else.

    The library tells all of an instance: one of several that run side by side ended the others too.
    """

    expression: str | None

    def throw(self, task: Task) -> None:
        """Go outwards from the step until somebody waits for it."""
        said = self.expression
        payload = None if said is None else task.workflow.script_engine.evaluate(task, said)
        event = BpmnEvent(self, payload=payload)
        top = task.workflow.top_workflow
        waiting = list(top.event_manager.tasks.values())
        place = task.workflow
        while place is not top:
            host = top.get_task_from_id(place.parent_task_id)
            around = set(_before(host))  # an event on a border hangs beside what it guards
            near = [one for one in waiting if one.workflow is host.workflow]
            caught = [
                one for one in near if one.parent in around and one.task_spec.catches(one, event)
            ]
            for one in caught:
                one.task_spec.catch(one, event)
                one.task_spec._update(one)
            place = top if caught else host.workflow


def _before(task: Task) -> Iterator[Task]:
    """The tasks that led to this one within its process."""
    before = task.parent
    while before is not None:
        yield before
        before = before.parent


class Error(_Upwards, ErrorEventDefinition):
    """An error by its code."""


class Escalation(_Upwards, EscalationEventDefinition):
    """An escalation by its code."""


class Arms(MultipleEventDefinition):
    """The events behind an event gateway: each timer has its own due time, the first one wins."""

    def has_fired(self, task: Task) -> bool:
        """Whether an arm was hit; the first look computes the due time of every timer arm."""
        if "dues" not in task.internal_data:
            found = {
                str(index): arm.compute(task)
                for index, arm in enumerate(self.event_definitions)
                if isinstance(arm, Timer)
            }
            task.internal_data["dues"] = {index: state["due"] for index, state in found.items()}
            if counted := {index: state for index, state in found.items() if "length" in state}:
                task.internal_data["counted"] = counted
        return "hit" in task.internal_data

    def catches(self, task: Task, event: BpmnEvent | None = None) -> bool:
        """Whether any arm waits for this event."""
        return any(arm.catches(task, event) for arm in self.event_definitions)

    def catch(self, task: Task, event: BpmnEvent | None = None) -> None:
        """Remember the first arm that was hit, and what the message carried."""
        for index, arm in enumerate(self.event_definitions):
            if "hit" not in task.internal_data and arm.catches(task, event):
                task.internal_data["hit"] = index
                task.internal_data["payload"] = dict((event.payload if event else None) or {})

    def reset(self, task: Task) -> None:
        """Nothing to take back: the gateway is left for good."""


def event_named(name: str, payload: dict[str, Any]) -> BpmnEvent:
    """The event that a name stands for: a message, or with `signal:` before it a signal."""
    kind = Signal if name.startswith(SIGNAL) else Message
    return BpmnEvent(kind(name.removeprefix(SIGNAL)), payload=payload)


def awaited(event: Message) -> str:
    """The name under which the desk knows what is waited for."""
    return f"{SIGNAL}{event.name}" if isinstance(event, Signal) else str(event.name)


def moment(text: str) -> datetime:
    """A stored due time as a moment in UTC."""
    return as_utc(datetime.fromisoformat(text))
