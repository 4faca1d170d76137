"""What a rule needs of each fact by itself: enough to see quickly that two never meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.rules.lint.formula import Literal, split, variable_of
from engine.rules.lint.scalars import Range
from engine.rules.ruleset import Group


@dataclass(frozen=True)
class Area:
    """The values that are left over of a fact: some, or a range."""

    values: frozenset[Any] = frozenset()
    low: Any = None
    high: Any = None
    open_low: bool = False  # whether the bound itself is left out
    open_high: bool = False


Box = Mapping[tuple[str, str], Area]
_ENDS = ("domain_is", "changed_to", "changed_from")  # what a ticket has only one of
_KINDS = ("text", "number", "boolean", "event", "now", "date")


def box_of(condition: Group) -> Box:
    """The areas that the condition cannot leave; facts that it leaves open are not named."""
    parts = split([(True, condition)])
    asked: dict[tuple[str, str], list[Literal]] = {}
    for literal in parts.literals if parts else ():
        variable = variable_of(literal[1])
        if variable[1] in _KINDS:
            asked.setdefault(variable, []).append(literal)
        if literal[0] and literal[1].op in _ENDS:
            asked.setdefault((variable[0], literal[1].op), []).append(literal)
    found = {}
    for variable, literals in asked.items():
        area = _area(variable[1], literals)
        if area is not None:
            found[variable] = area
    return found


def _area(kind: str, literals: list[Literal]) -> Area | None:
    if kind in _ENDS:
        return Area(frozenset.intersection(*(frozenset(atom.literal) for _, atom in literals)))
    if kind == "event":
        wanted = [atom.literal for truth, atom in literals if truth]
        return Area(frozenset.intersection(*wanted)) if wanted else None
    if not any(truth for truth, _ in literals):
        return None
    left = Range(literals)
    if left.allowed is not None:
        return Area(frozenset(value for value in left.allowed if left.holds(value)))
    if left.low is None and left.high is None:
        return None
    return Area(frozenset(), left.low, left.high, left.open_low, left.open_high)


def apart(one: Box, other: Box) -> bool:
    """Whether no ticket can be in both."""
    small, large = (one, other) if len(one) < len(other) else (other, one)
    for fact, area in small.items():
        against = large.get(fact)
        if against is not None and _apart(area, against):
            return True
    return False


def _apart(one: Area, other: Area) -> bool:
    if one.values and other.values:
        return one.values.isdisjoint(other.values)
    if one.values or other.values:
        values, area = (one, other) if one.values else (other, one)
        return all(_outside(value, area) for value in values.values)
    return _before(one, other) or _before(other, one)


def _outside(value: Any, area: Area) -> bool:
    return bool((area.low is not None and value < area.low)
                or (area.high is not None and value > area.high))  # fmt: skip


def _before(one: Area, other: Area) -> bool:
    if one.high is None or other.low is None:
        return False
    apart_there = one.open_high or other.open_low
    return bool(one.high < other.low or (one.high == other.low and apart_there))
