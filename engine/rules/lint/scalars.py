"""Which number, date, list, yes or no satisfies these conditions: found, or shown not to exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any

from engine.rules.facts import EPOCH, Facts, as_date
from engine.rules.lint.formula import Literal, values_of
from engine.rules.operators import MINUTE, OPERATORS


class _Missing:
    """The value of a fact that is not there."""


MISSING = _Missing()
_BOUNDS = {"gt": ("low", True), "gte": ("low", False), "after": ("low", True),
           "lt": ("high", True), "lte": ("high", False), "before": ("high", True),
           "from": ("low", False)}  # fmt: skip
_INVERSE = {"gt": ("high", False), "gte": ("high", True), "after": ("high", False),
            "lt": ("low", False), "lte": ("low", True), "before": ("low", False),
            "from": ("high", True)}  # fmt: skip
# Operators that count from now: the sign of an age in their value, whether they ask for older ones.
_FROM_NOW = {"older_than_minutes": (1, True), "before_now": (-1, True), "after_now": (-1, False)}
LONG_AGO = EPOCH + timedelta(days=14600)


@dataclass(frozen=True)
class Found:
    """`possible`: True with a value, False where it is sure that there is none, None if unknown."""

    possible: bool | None
    value: Any = MISSING


NONE, UNKNOWN = Found(False), Found(None)


def known(literals: Iterable[Literal], ops: Iterable[str]) -> bool:
    """Whether all conditions are of these operators; of others nothing is claimed."""
    allowed = frozenset(ops)
    return all(atom.op in allowed for _, atom in literals)


def presence(literals: Sequence[Literal]) -> tuple[bool, bool]:
    """(whether the fact must be there, whether it must not)."""
    needed = any((atom.op == "is_empty") is not truth for truth, atom in literals
                 if truth or atom.op == "is_empty")  # fmt: skip
    return needed, any(truth and atom.op == "is_empty" for truth, atom in literals)


def absent(literals: Sequence[Literal], always: bool) -> Found | None:
    """The answer where it only depends on the fact being there; None where values matter."""
    needed, empty = presence(literals)
    if empty:
        return NONE if needed or always else Found(True)
    return None if needed or always else Found(True)


class Range:
    """The numbers that bounds, equalities and inequalities leave over."""

    def __init__(self, literals: Iterable[Literal]) -> None:
        self.low: Any = None
        self.high: Any = None
        self.open_low = self.open_high = False
        self.allowed: set[Any] | None = None
        self.refused: set[Any] = set()
        for truth, atom in literals:
            if atom.op in _BOUNDS:
                side, is_open = (_BOUNDS if truth else _INVERSE)[atom.op]
                self.bound(side, atom.literal, is_open)
            elif atom.op in ("is", "in") and truth:
                values = set(values_of(atom))
                self.allowed = values if self.allowed is None else self.allowed & values
            elif atom.op in ("is", "in"):
                self.refused.update(values_of(atom))

    def bound(self, side: str, value: Any, is_open: bool) -> None:
        """Make the range smaller."""
        old = getattr(self, side)
        tighter = old is None or (value > old if side == "low" else value < old)
        if tighter:
            setattr(self, side, value)
            setattr(self, f"open_{side}", is_open)
        elif value == old:
            setattr(self, f"open_{side}", is_open or getattr(self, f"open_{side}"))

    def holds(self, value: Any) -> bool:
        """Whether the value is left over."""
        if value in self.refused or (self.allowed is not None and value not in self.allowed):
            return False
        if self.low is not None and (value < self.low or (self.open_low and value == self.low)):
            return False
        return not (
            self.high is not None and (value > self.high or (self.open_high and value == self.high))
        )

    def values(self) -> Iterable[Any]:
        """Values to try, such as people would write first; without one that holds there is none."""
        if self.allowed is not None:
            yield from sorted(self.allowed)
            return
        low, high = self.low, self.high
        if low is None and high is None:
            start = 1
        elif low is None:
            start = floor(high)
        else:
            start = ceil(low)
        step = -1 if low is None and high is not None else 1
        for away in range(len(self.refused) + 3):
            yield start + step * away
        if low is not None and high is not None:
            yield low
            yield high
            near, far = _exact(low), _exact(high)
            for _ in range(len(self.refused) + 2):
                near = (near + far) / 2
                yield near

    def found(self) -> Found:
        """A value of the range, or that there is none."""
        return next((Found(True, value) for value in self.values() if self.holds(value)), NONE)


def _exact(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def number(literals: Sequence[Literal], always: bool) -> Found:
    """A number for conditions on one fact."""
    if not known(literals, ("is", "in", "lt", "lte", "gt", "gte", "is_empty")):
        return UNKNOWN
    answer = absent(literals, always)
    if answer is not None:
        return answer
    found = Range(literals).found()
    return Found(True, _short(found.value)) if found.possible else found


def _short(value: Any) -> Any:
    """A number as YAML can hold it; what a float cannot say stays as digits."""
    if isinstance(value, Decimal):
        return float(value) if Decimal(float(value)) == value else str(value)
    return value


def boolean(literals: Sequence[Literal], always: bool) -> Found:
    """Yes or no for conditions on one fact."""
    if not known(literals, ("is", "in", "is_empty")):
        return UNKNOWN
    answer = absent(literals, always)
    if answer is not None:
        return answer
    left = Range(literals)
    return next((Found(True, value) for value in (True, False) if left.holds(value)), NONE)


def date(literals: Sequence[Literal], always: bool, now: int) -> Found:
    """A moment for conditions on one fact, some of which count back from `now`.

    How far it lies back and when it was are looked at apart before it is said that there is none.
    """
    if not known(literals, ("before", "after", *_FROM_NOW, "is_empty")):
        return UNKNOWN
    answer = absent(literals, always)
    if answer is not None:
        return answer
    fixed, age, both = Range(literals), Range(()), Range(literals)
    for truth, atom in literals:
        if atom.op in _FROM_NOW:
            sign, old = _FROM_NOW[atom.op]
            span = sign * atom.literal * MINUTE
            age.bound("low" if truth is old else "high", span, truth)
            both.bound("high" if truth is old else "low", now - span, truth)
    if fixed.found().possible is False or age.found().possible is False:
        return NONE
    found = both.found()
    if not found.possible:
        return UNKNOWN
    moment = int(found.value) if (both.low, both.high) != (None, None) else as_date(LONG_AGO)
    try:
        return Found(True, (EPOCH + timedelta(microseconds=moment or 0)).isoformat())
    except OverflowError:
        return UNKNOWN


def listed(literals: Sequence[Literal], always: bool) -> Found:
    """A list for conditions on one fact."""
    if not known(literals, ("has", "has_any", "is_empty")):
        return UNKNOWN
    answer = absent(literals, always)
    if answer is not None:
        return answer
    refused: set[str] = set()
    for truth, atom in literals:
        if not truth and atom.op != "is_empty":
            refused.update(_members(atom))
    chosen: dict[str, None] = {}
    for truth, atom in literals:
        if truth:
            left = sorted(set(_members(atom)) - refused)
            if not left:
                return NONE
            if not any(member in chosen for member in left):
                chosen[left[0]] = None
    return Found(True, list(chosen) or [fresh(refused)])


def _members(atom: Any) -> Iterable[str]:
    return atom.literal if atom.op == "has_any" else (atom.literal,)


def fresh(refused: Iterable[Any]) -> str:
    """A word that is none of these."""
    taken, word, count = set(refused), "anything", 1
    while word in taken:
        count += 1
        word = f"anything{count}"
    return word


def change(literals: Sequence[Literal], after: Any, kind: str) -> Found:
    """(before, after) of a change that satisfies the conditions; MISSING when nothing changed.

    `after` is what the fact is now, which is tried first.
    """
    if all(not truth for truth, _ in literals):
        return Found(True)
    befores, afters = _ends(literals, "changed_from"), _ends(literals, "changed_to")
    new = _fresh_of(kind, [*befores, *afters])
    before_tried = befores or list(dict.fromkeys([new, *new_ends(kind, new)]))
    after_tried = [one for one in (after, *afters, *new_ends(kind, new)) if one is not MISSING]
    for old in before_tried:
        for then in after_tried:
            if all(_change_holds(truth, atom, old, then) for truth, atom in literals):
                return Found(True, (old, then))
    return NONE if _sure(literals) else UNKNOWN


def new_ends(kind: str, new: Any) -> list[Any]:
    """Ends of a change that no condition names."""
    return [new, not new] if kind == "boolean" else [new, "" if kind != "number" else new + 1]


def _sure(literals: Sequence[Literal]) -> bool:
    """Whether no change can be as wanted: one that must be and must not, or with no end left."""
    for op in ("changed_from", "changed_to"):
        allowed: set[Any] | None = None
        refused: set[Any] = set()
        for truth, atom in literals:
            if atom.op != op:
                continue
            if truth:
                values = set(atom.literal)
                allowed = values if allowed is None else allowed & values
            else:
                refused.update(atom.literal)
        if allowed is not None and not allowed - refused:
            return True
    # What differs as it is read differs as it is written; not the other way round.
    still = {atom.kind for truth, atom in literals if not truth and atom.op == "changed"}
    return "raw" in still or any(truth and atom.kind in still for truth, atom in literals)


def _ends(literals: Sequence[Literal], op: str) -> list[Any]:
    return [value for truth, atom in literals if truth and atom.op == op
            for value in atom.literal][:40]  # fmt: skip


def _fresh_of(kind: str, values: Sequence[Any]) -> Any:
    if kind == "number":
        numbers = [value for value in values if isinstance(value, int | float)]
        return int(max(numbers, default=0)) + 1
    if kind == "boolean":
        return False
    return "anything"


def _change_holds(truth: bool, atom: Any, before: Any, after: Any) -> bool:
    facts = Facts({atom.fact: after}, {atom.fact: (before, after)}, EPOCH)
    return OPERATORS[atom.op].test(facts, atom) is truth
