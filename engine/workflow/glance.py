"""What an instance waits for, read from its stored state without bringing it to life.

Loading an instance costs twenty times as much, which counts where a million of them are looked at.
It says the same as `waiting` does of the loaded instance; a test plays diagrams and compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.errors import Invalid
from engine.workflow.definition import Definition
from engine.workflow.events import Arms, Message, Timer, awaited, moment
from engine.workflow.gateways import Joining
from engine.workflow.specs import Repeated
from engine.workflow.state import VERSION

_REACHED = TaskState.WAITING | TaskState.READY | TaskState.STARTED
UNFIT = "This process state does not fit the diagram."


@dataclass
class Glance:
    """Open steps, awaited messages, places and failures by task, and the soonest time."""

    steps: dict[str, str] = field(default_factory=dict)
    awaits: set[tuple[str, str]] = field(default_factory=set)
    places: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    done: bool = False


def glance(definition: Definition, state: Any) -> Glance:
    """How the instance stands that was dumped as `state`; `Invalid` where it fits no diagram."""
    found = Glance()
    try:
        if state["v"] != VERSION:
            raise Invalid(UNFIT)
        trees = state["trees"]
        found.done = bool(trees[0]["completed"])
        names = {entry["i"]: entry["s"] for tree in trees for entry in tree["tasks"]}
        specs: dict[str, Any] = {}  # by task the specs of the tree that it lies in
        for tree in trees:
            called = definition.spec if tree["owner"] is None else None
            if called is None:
                owner = specs[tree["owner"]][names[tree["owner"]]]
                called = definition.inner[owner.spec]
            known = called.task_specs
            if len(trees) > 1:
                specs.update((entry["i"], known) for entry in tree["tasks"])
            for entry in tree["tasks"]:
                spec = known[entry["s"]]
                if entry["st"] & _REACHED:
                    _read(found, spec, entry, bool(tree["completed"]))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        raise Invalid(UNFIT) from None
    return found


def _read(found: Glance, spec: Any, entry: dict[str, Any], over: bool) -> None:
    state, inner = entry["st"], entry.get("in") or {}
    failure = "failure" in inner
    if state == TaskState.READY and spec.manual:
        found.steps[entry["i"]] = spec.bpmn_id
    if failure and state == TaskState.STARTED:
        found.failed[entry["i"]] = spec.bpmn_id or ""
    if over:
        return
    if state == TaskState.WAITING and isinstance(spec, CatchingEvent):
        _catching(found, spec, entry["i"], inner)
    repeated = isinstance(spec, Repeated)
    armed = getattr(spec, "silent", False) and not repeated
    arrived = isinstance(spec, Joining) and not failure
    if spec.bpmn_id and not armed and not arrived and (not repeated or failure):
        found.places[entry["i"]] = spec.bpmn_id


def _catching(found: Glance, spec: Any, task_id: str, inner: dict[str, Any]) -> None:
    event = spec.event_definition
    if not isinstance(event, Arms):
        _awaiting(found, event, task_id, inner.get("due"))
        return
    dues = inner.get("dues", {})
    for index, arm in enumerate(event.event_definitions):
        step_id = spec._outputs[index].removesuffix(".BoundaryEventSplit")
        key = str(uuid5(NAMESPACE_OID, f"{task_id}/{step_id}"))
        _awaiting(found, arm, key, dues.get(str(index)))


def _awaiting(found: Glance, event: Any, key: str, due: str | None) -> None:
    if isinstance(event, Message):
        found.awaits.add((key, awaited(event)))
    elif isinstance(event, Timer) and due:
        at = moment(due)
        found.due_at = at if found.due_at is None else min(found.due_at, at)
