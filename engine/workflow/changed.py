"""What is different for a ticket at the step where it stands, between two versions of a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.task import Task

from engine.workflow.definition import Definition, Form, Step
from engine.workflow.events import Message, Timer, awaited
from engine.workflow.gateways import EventBasedGateway
from engine.workflow.places import CHILD, borders, is_border, nature, new_name, successors
from engine.workflow.places import arms as arms_of


@dataclass(frozen=True)
class Change:
    """One difference: what kind, and how it was and is; step ids, names or texts of times.

    Kinds: title, lane, form, field, state, label, pause, timer (another time, which tickets that
    wait already keep), timer_new, timer_gone, message, event_new, event_gone, cuts, next.
    """

    what: str
    before: str = ""
    after: str = ""


def changes_at(
    old: Definition, new: Definition, specs: tuple[Mapping[str, Any], Mapping[str, Any]],
    workflow: Any, task: Task, target: str, mapping: Mapping[str, str],
) -> tuple[Change, ...]:  # fmt: skip
    """Everything that is different at the new place of a token."""
    name, goal = task.task_spec.name.removesuffix(CHILD), target.removesuffix(CHILD)
    was, now = old.steps[task.task_spec.bpmn_id], new.steps[goal]
    found = [
        _different("title", _title(was), _title(now)),
        _different("lane", _lane(was, task, old, {}), _lane(now, task, new, mapping)),
        _different("form", _form_name(was), _form_name(now)),
        *_fields(old.forms.get(was.form or ""), new.forms.get(now.form or "")),
        _different("state", was.state or "", now.state or ""),
        _different("label", _label(was), _label(now)),
        _different("pause", "yes" if was.pause else "no", "yes" if now.pause else "no"),
        *_timers(task, specs, name, goal, mapping),
        _next(specs, name, goal, mapping),
    ]
    return tuple(change for change in found if change is not None)


def _different(what: str, before: str, after: str) -> Change | None:
    return Change(what, before, after) if before != after else None


def _title(step: Step) -> str:
    return " / ".join(dict.fromkeys(step.title.values())) or step.name


def _label(step: Step) -> str:
    return " / ".join(dict.fromkeys(step.label.values())) if step.shown else ""


def _form_name(step: Step) -> str:
    return step.form or ""


def _lane(step: Step, task: Task, definition: Definition, mapping: Mapping[str, str]) -> str:
    """Who does a step: the first lane that says so, its own or that of a caller around it."""
    line = [step]
    while task.workflow.parent_task_id is not None:
        task = task.workflow.top_workflow.get_task_from_id(task.workflow.parent_task_id)
        caller = task.task_spec.bpmn_id or ""
        if (found := definition.steps.get(mapping.get(caller, caller))) is not None:
            line.append(found)
    held = next((one for one in line if one.assign is not None), None)
    held = held or next((one for one in line if one.lane is not None), step)
    return f"{held.lane or ''} ({held.assign})" if held.assign else held.lane or ""


def _fields(was: Form | None, now: Form | None) -> list[Change]:
    """Fields that a form has lost or won; what was typed into a lost one stays in the draft."""
    if was is None or now is None or was == now:
        return []
    before, after = was.schema.get("properties") or {}, now.schema.get("properties") or {}
    lost = [Change("field", name, "") for name in before if name not in after]
    won = [Change("field", "", name) for name in after if name not in before]
    return [*lost, *won] or [Change("field")]


def _timers(
    task: Task, specs: tuple[Mapping[str, Any], Mapping[str, Any]], name: str, goal: str,
    mapping: Mapping[str, str],
) -> list[Change]:  # fmt: skip
    """Border events and arms that come, go or have another time; and the step's own time."""
    was = {(new_name(one.name, mapping), nature(one)): one for one in borders(specs[0], name)}
    now = {(one.name, nature(one)): one for one in borders(specs[1], goal)}
    waits = {
        (new_name(one.task_spec.name, mapping), nature(one.task_spec))
        for one in (task.parent.children if task.parent is not None else ())
        if is_border(one) and not one.has_state(448)
    }
    found: list[Change | None] = [_came(*key) for key in now if key not in was]
    found += [_went(*key) for key in was if key not in now and key in waits]
    for key in now:
        if key in was and key in waits:
            found += _other_event(was[key].event_definition, now[key].event_definition)
            if was[key].cancel_activity != now[key].cancel_activity:
                found.append(Change("cuts", key[0], "yes" if now[key].cancel_activity else "no"))
    one, other = specs[0][name], specs[1][goal]
    if isinstance(one, EventBasedGateway) and isinstance(other, EventBasedGateway):
        found += _arms(one, other, mapping)
    else:
        found += _other_event(*(getattr(spec, "event_definition", None) for spec in (one, other)))
    return [change for change in found if change is not None]


def _came(name: str, kind: str) -> Change:
    return Change("timer_new" if kind.endswith("timer") else "event_new", "", name)


def _went(name: str, kind: str) -> Change:
    return Change("timer_gone" if kind.endswith("timer") else "event_gone", name, "")


def _arms(was: Any, now: Any, mapping: Mapping[str, str]) -> list[Change | None]:
    before = dict(zip((mapping.get(n, n) for n in arms_of(was)), _events(was), strict=True))
    after = dict(zip(arms_of(now), _events(now), strict=True))
    found: list[Change | None] = []
    for name, event in after.items():
        if name not in before or isinstance(event, Timer) != isinstance(before[name], Timer):
            found.append(_came(name, "timer" if isinstance(event, Timer) else ""))
        else:
            found += _other_event(before[name], event)
    for name, event in before.items():
        if name not in after:
            found.append(_went(name, "timer" if isinstance(event, Timer) else ""))
    return found


def _events(gateway: Any) -> list[Any]:
    return list(gateway.event_definition.event_definitions)


def _other_event(was: Any, now: Any) -> list[Change | None]:
    """Another time, or another message; a signal is told by what the desk puts before its name."""
    heard = [awaited(event) if isinstance(event, Message) else "" for event in (was, now)]
    return [_different("timer", _said(was), _said(now)), _different("message", *heard)]


def _said(event: Any) -> str:
    return event.expression.strip().strip("\"'") if isinstance(event, Timer) else ""


def _next(
    specs: tuple[Mapping[str, Any], Mapping[str, Any]], name: str, goal: str,
    mapping: Mapping[str, str],
) -> Change | None:  # fmt: skip
    """Which steps come directly after it."""
    before = sorted(mapping.get(one, one) for one in successors(specs[0], name))
    after = sorted(successors(specs[1], goal))
    return _different("next", ", ".join(before), ", ".join(after))
