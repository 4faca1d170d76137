"""Which step of a new diagram may take the place of one that is gone: by kind, form and name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from engine.workflow.definition import Definition
from engine.workflow.places import CHILD, JOIN, SPLIT, nature

_LIKELY = 0.6


def fitting_steps(old: Definition, new: Definition, step: str) -> list[str]:
    """The steps of the same kind in the same part of the new diagram, the likeliest first.

    A step that both diagrams have is more likely still itself.
    """
    found = _scores(old, new, step)
    return sorted(found, key=lambda name: (name in old.steps, -found[name], name))


def likely(old: Definition, new: Definition, step: str) -> str | None:
    """The one that is likely meant: new in the diagram, and called, filled in or placed alike."""
    found = _scores(old, new, step)
    fresh = [name for name in found if name not in old.steps]
    best = max(fresh, key=lambda name: found[name], default=None)
    return best if best is not None and found[best] >= _LIKELY else None


def _scores(old: Definition, new: Definition, step: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part, specs in _parts(old):
        kind = nature(specs[step]) if step in specs else None
        if kind is None:
            continue
        for name, spec in dict(_parts(new)).get(_called_now(old, new, part), {}).items():
            real = name in new.steps and spec.bpmn_id == name and not name.endswith(CHILD)
            if real and nature(spec) == kind:
                alike = _alike(old, new, step, name) + _neighbours(specs[step], spec)
                found[name] = max(found.get(name, 0.0), alike)
    return found


def _called_now(old: Definition, new: Definition, part: str) -> str:
    """What the caller of a part calls in the new diagram; the part itself where it calls none."""
    now = dict(_parts(new))
    for above, specs in _parts(old):
        for name, spec in specs.items():
            if part and getattr(spec, "spec", None) == part:
                caller = now.get(above, {}).get(name)
                return str(getattr(caller, "spec", None) or part)
    return part


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


def _neighbours(was: Any, now: Any) -> float:
    """Whether it comes after and before the same steps."""
    return sum(
        0.35
        for one, other in ((was._inputs, now._inputs), (was._outputs, now._outputs))
        if _plain(one) and _plain(one) == _plain(other)
    )


def _plain(names: list[str]) -> set[str]:
    return {name.removesuffix(SPLIT) for name in names if not name.endswith(JOIN)}


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
