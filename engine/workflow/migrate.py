"""Moving a running instance to another version of its diagram, or saying why that cannot be.

`plan` looks at one instance, token by token; `move` gives its state on the new diagram. Nothing is
lost silently: where a token has no place, where a join would never get what it waits for, or where
what is under way several times would be counted anew, the instance stays where it is, with a
reason. Due times, data and ids stay; a border event that is new counts from the moment of the move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task

from engine.errors import Invalid
from engine.workflow import waiting
from engine.workflow.changed import Change, changes_at
from engine.workflow.compact import compact
from engine.workflow.definition import Definition, Step
from engine.workflow.expression_values import ExpressionError
from engine.workflow.gateways import EventBasedGateway
from engine.workflow.joins import check_joins
from engine.workflow.places import (
    CHILD,
    arms,
    is_arrival,
    is_failed,
    is_token,
    nature,
    new_name,
    parts,
    side_forks,
    tokens,
)
from engine.workflow.rebind import Rebinding
from engine.workflow.script_engine import Hooks, ScriptEngine
from engine.workflow.specs import BoundaryEvent, Repeated
from engine.workflow.state import dump_workflow, load_workflow

_SOME_DAY = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
_ITEMS = ("data_input", "data_output", "input_item", "output_item")

GONE = '"%(step)s" is not in the new diagram; say which step takes its place'
OTHER_KIND = '"%(step)s" is a step of another kind in the new diagram'
NO_FIT = '"%(step)s" cannot become "%(target)s", which is of another kind or lies elsewhere'
NO_FORK = '"%(fork)s", from which the branch at "%(step)s" came, is gone or interrupts now'
REPEATED = '"%(step)s" is under way for several at once, and what it is repeated for has changed'
JOIN_CHANGED = 'the parallel part before "%(join)s" has changed while the ticket is inside it'
STARVED = 'at "%(join)s" the ticket would wait for ever for a branch that it never takes'
NO_ARM = 'what has happened at "%(step)s" is no longer waited for there'
NO_TIME = 'a time at "%(step)s" cannot be worked out: %(error)s'
ENDED = "the process has ended"
ASTRAY = "the ticket would not stand where it should"


@dataclass(frozen=True)
class Reason:
    """Why an instance cannot be moved: a sentence of the catalogues; `steps` are ids of steps."""

    text: str
    steps: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    def said(self, title: Callable[[str], str] = str, template: str = "") -> str:
        """The sentence, its steps by title."""
        values = {name: title(step) for name, step in self.steps.items()}
        return (template or self.text) % {**values, "error": self.error}

    @property
    def stored(self) -> dict[str, Any]:
        """As JSON-able data; `Reason(**stored)` is it again."""
        return {"text": self.text, "steps": dict(self.steps), "error": self.error}


@dataclass(frozen=True)
class Place:
    """One token: the step it is at, the step it goes to, and what is different for it there."""

    step: str
    target: str | None
    failed: bool = False
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What moving one instance would do."""

    places: tuple[Place, ...]
    reasons: tuple[Reason, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it can be moved."""
        return not self.reasons

    @property
    def unplaced(self) -> tuple[str, ...]:
        """The steps for which a target has to be named."""
        return tuple(dict.fromkeys(r.steps["step"] for r in self.reasons if r.text == GONE))

    def changed(self, what: str) -> bool:
        """Whether anything of a kind (lane, form, state …) is different for some token."""
        return any(change.what == what for place in self.places for change in place.changes)


def plan(
    old: Definition, new: Definition, state: Mapping[str, Any],
    mapping: Mapping[str, str] | None = None, now: datetime | None = None,
    hooks: Hooks | None = None,
) -> Plan:  # fmt: skip
    """Where the tokens of an instance would go, what changes there, what cannot move and why."""
    return _attempt(old, new, state, dict(mapping or {}), now or _SOME_DAY, hooks)[0]


def move(
    old: Definition, new: Definition, state: Mapping[str, Any], mapping: Mapping[str, str],
    now: datetime, hooks: Hooks | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The state on the new diagram; raises `Invalid` with the reason where it cannot be moved."""
    made, moved = _attempt(old, new, state, dict(mapping), now, hooks)
    if moved is None:
        raise Invalid("; ".join(reason.said() for reason in made.reasons))
    return moved


def planned_move(
    old: Definition, new: Definition, state: Mapping[str, Any], mapping: Mapping[str, str],
    now: datetime, hooks: Hooks | None = None,
) -> tuple[Plan, dict[str, Any] | None]:  # fmt: skip
    """Plan and moved state at once; no state where the plan has reasons."""
    return _attempt(old, new, state, dict(mapping), now, hooks)


def signature(state: Mapping[str, Any]) -> str:
    """The same for instances that stand at the same place in the same way, whatever their data."""
    below: dict[Any, list[Any]] = {}
    inner: dict[str, Any] = {}
    for tree in reversed(state["trees"]):
        for task in reversed(tree["tasks"]):
            inside = task.get("in", {})
            node = (
                task["s"], task["st"], sorted(inside), sorted(inside.get("dues") or ()),
                inside.get("hit"), "failure" in inside, inner.pop(task["i"], None),
                sorted(below.pop(task["i"], ()), key=repr),
            )  # fmt: skip
            below.setdefault(task["p"], []).append(node)
        if tree["owner"] is not None:
            inner[tree["owner"]] = [tree["completed"], below.pop(None)]
    return sha256(repr(below.pop(None)).encode()).hexdigest()


def fitting(old: Definition, new: Definition, step: str) -> list[str]:
    """The steps of the new diagram that could take the place of one, the likeliest first."""
    from engine.workflow.suggest import fitting_steps

    return fitting_steps(old, new, step)


def suggested(old: Definition, new: Definition, steps: tuple[str, ...]) -> dict[str, str]:
    """A target for each of these steps for which one is likely."""
    from engine.workflow.suggest import likely

    return {step: found for step in steps if (found := likely(old, new, step))}


def _attempt(
    old: Definition, new: Definition, state: Mapping[str, Any], mapping: dict[str, str],
    now: datetime, hooks: Hooks | None,
) -> tuple[Plan, dict[str, Any] | None]:  # fmt: skip
    workflow = load_workflow(old.spec, old.inner, dict(state), ScriptEngine(old, None))
    if workflow.completed:
        return Plan((), (Reason(ENDED),)), None
    look = _Look(old, new, workflow, mapping)
    look.all()
    if look.reasons:
        return Plan(tuple(look.places), tuple(look.reasons)), None
    failed = {str(task.id) for task in waiting.failed(workflow)}
    expected = look.expected()
    try:
        made = Rebinding(new, workflow, mapping, look.renamed, now, hooks or _Trial()).make()
    except (
        Invalid,
        ExpressionError,
        ValueError,
        TypeError,
    ) as error:  # a due time that cannot be computed
        said = str(getattr(error, "message", "") or error)
        step = look.places[0].step if look.places else ""
        return Plan(tuple(look.places), (Reason(NO_TIME, {"step": step}, said),)), None
    fresh = [f for f in waiting.failures(made) if f.task_id not in failed]
    reasons = [Reason(NO_TIME, {"step": f.step_id}, f.message) for f in fresh]
    if not reasons and expected != _standing(made):
        reasons = [Reason(ASTRAY)]
    if reasons:
        return Plan(tuple(look.places), tuple(reasons)), None
    compact(made)
    return Plan(tuple(look.places)), dump_workflow(made)


def _standing(workflow: BpmnWorkflow) -> Counter[tuple[str, str, int]]:
    return Counter(
        (str(task.id), task.task_spec.name, task.state)
        for part in parts(workflow)
        for task in tokens(part)
    )


class _Trial:
    """Stands for the desk where nothing is moved in earnest; decides and does nothing."""

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
        """No decision."""
        return {}

    def effect(self, name: str, params: Mapping[str, Any], step: Step) -> Any:
        """No effect."""

    def signal(self, name: str, step: Step) -> None:
        """Nobody hears."""

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """As if people worked all the time: here only whether it can be worked out counts."""
        return start + timedelta(days=days, seconds=seconds)


class _Look:
    """One look at an instance: its tokens, their new places, and what stands against moving it."""

    def __init__(
        self, old: Definition, new: Definition, workflow: BpmnWorkflow, mapping: dict[str, str]
    ) -> None:
        self.old, self.new, self.workflow, self.mapping = old, new, workflow, mapping
        self.places: list[Place] = []
        self.reasons: list[Reason] = []
        self.renamed: dict[Any, str] = {}
        self._specs: dict[Any, Mapping[str, Any] | None] = {}

    def all(self) -> None:
        """Go through the parts, callers first; what is inside a caller that cannot go is left."""
        for part in parts(self.workflow):
            specs = self._specs_of(part)
            self._specs[part.parent_task_id] = specs
            if specs is None:
                continue
            before = len(self.reasons)
            targets = {task.id: self._one(task, specs) for task in tokens(part)}
            if len(self.reasons) > before:
                continue
            joins = check_joins(part, specs, self.mapping, targets)
            self.renamed |= joins.renamed
            self.reasons += [Reason(JOIN_CHANGED, {"join": name}) for name in joins.changed]
            self.reasons += [Reason(STARVED, {"join": name}) for name in joins.starved]

    def expected(self) -> Counter[tuple[str, str, int]]:
        """The tokens as they have to be afterwards."""
        return Counter(
            (str(task.id), new_name(task.task_spec.name, self.mapping), task.state)
            for part in parts(self.workflow)
            for task in tokens(part)
        )

    def _specs_of(self, part: Any) -> Mapping[str, Any] | None:
        """The new specs for a part; None where its caller cannot go, which is said there."""
        if part.parent_task_id is None:
            specs: Mapping[str, Any] = self.new.spec.task_specs
            return specs
        owner = self.workflow.get_task_from_id(part.parent_task_id)
        above = self._specs.get(owner.workflow.parent_task_id)
        spec = above.get(new_name(owner.task_spec.name, self.mapping)) if above else None
        called = self.new.inner.get(getattr(spec, "spec", ""))
        found: Mapping[str, Any] | None = called.task_specs if called is not None else None
        return found

    def _one(self, task: Task, specs: Mapping[str, Any]) -> str:
        """The new place of one token; reasons against it are noted."""
        name, step = task.task_spec.name, task.task_spec.bpmn_id
        target = new_name(name, self.mapping)
        spec = specs.get(target)
        reason = self._against(task, spec, specs)
        if reason is not None and reason not in self.reasons:
            self.reasons.append(reason)
        if not name.endswith(CHILD) and not is_arrival(task):
            goes = None if spec is None else str(spec.bpmn_id)
            before = task.workflow.spec.task_specs
            changes = () if goes is None or reason is not None else changes_at(
                self.old, self.new, (before, specs), self.workflow, task, target, self.mapping
            )  # fmt: skip
            self.places.append(Place(step, goes, is_failed(task), changes))
        return target

    def _against(self, task: Task, spec: Any, specs: Mapping[str, Any]) -> Reason | None:
        step = task.task_spec.bpmn_id
        mapped = self.mapping.get(step)
        unknown = mapped is not None and mapped not in self.new.steps
        if spec is None or spec.bpmn_id is None or unknown:
            if mapped is not None:
                return Reason(NO_FIT, {"step": step, "target": mapped})
            return Reason(GONE, {"step": step})
        if not _fits(task, spec):
            if step in self.mapping:
                return Reason(NO_FIT, {"step": step, "target": self.mapping[step]})
            return Reason(OTHER_KIND, {"step": step})
        if isinstance(spec, Repeated) and not _repeated_alike(task.task_spec, spec):
            return Reason(REPEATED, {"step": step})
        for fork in side_forks(task):
            now = specs.get(new_name(fork.task_spec.name, self.mapping))
            if not isinstance(now, BoundaryEvent) or now.cancel_activity:
                return Reason(NO_FORK, {"step": step, "fork": fork.task_spec.bpmn_id})
        if isinstance(spec, EventBasedGateway) and "hit" in task.internal_data:
            hit = arms(task.task_spec)[task.internal_data["hit"]]
            if self.mapping.get(hit, hit) not in arms(spec):
                return Reason(NO_ARM, {"step": step})
        return None


def _fits(task: Task, spec: Any) -> bool:
    """Whether a token can rest at another spec as it rests now."""
    was, now = nature(task.task_spec), nature(spec)
    if was == now:
        return True
    pass_through = {"automatic", "parallel", "inclusive"}
    return is_failed(task) and was in pass_through and now in pass_through


def _repeated_alike(old: Any, new: Any) -> bool:
    """Whether a repetition under way counts and collects the same in the new diagram."""
    names = [
        tuple(getattr(getattr(spec, item, None), "bpmn_id", None) for item in _ITEMS)
        for spec in (old, new)
    ]
    inner = [nature(spec._wf_spec.task_specs[spec.task_spec]) for spec in (old, new)]
    count = [getattr(spec, "cardinality", None) for spec in (old, new)]
    return names[0] == names[1] and inner[0] == inner[1] and count[0] == count[1]


__all__ = [
    "Change", "Place", "Plan", "Reason", "fitting", "is_token", "move", "plan", "planned_move",
    "signature", "suggested",
]  # fmt: skip
