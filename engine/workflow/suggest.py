"""Which step of a new diagram may take the place of one that is gone: by kind, form and name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from engine.workflow.definition import Definition
from engine.workflow.places import CHILD, nature

_LIKELY = 0.6


def fitting_steps(old: Definition, new: Definition, step: str) -> list[str]:
    """The steps of the same kind in the same part of the new diagram, the likeliest first."""
    found: dict[str, float] = {}
    for part, specs in _parts(old):
        kind = nature(specs[step]) if step in specs else None
        if kind is None:
            continue
        for name, spec in dict(_parts(new)).get(part, {}).items():
            real = name in new.steps and spec.bpmn_id == name and not name.endswith(CHILD)
            if real and nature(spec) == kind:
                found[name] = max(found.get(name, 0.0), _alike(old, new, step, name))
    return sorted(found, key=lambda name: (-found[name], name))


def likely(old: Definition, new: Definition, step: str) -> str | None:
    """The one fitting step that is likely meant: new in the diagram, and named or filled alike."""
    fresh = [name for name in fitting_steps(old, new, step) if name not in old.steps]
    if not fresh:
        return None
    best = fresh[0]
    return best if _alike(old, new, step, best) >= _LIKELY else None


def _parts(definition: Definition) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "", definition.spec.task_specs
    for name, spec in definition.inner.items():
        yield name, spec.task_specs


def _alike(old: Definition, new: Definition, one: str, other: str) -> float:
    was, now = old.steps[one], new.steps[other]
    names = [
        _ratio(a, b)
        for a, b in (
            (was.name, now.name), (was.id, now.id),
            *((was.title[k], now.title[k]) for k in was.title if k in now.title),
        )
    ]  # fmt: skip
    form = 0.3 if was.form and was.form == now.form else 0.0
    lane = 0.1 if was.lane == now.lane else 0.0
    return max(names) + form + lane


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
