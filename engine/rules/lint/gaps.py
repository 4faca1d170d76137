"""Combinations of what can only be one of a few things that no rule is there for.

A combination is a gap when no ticket that has it fires any rule, whatever else it says: then only
the default catches it, or nothing does. That may well be meant, so it is only told, and only where
the rules are there for most combinations: a rule for VIPs alone means nothing about the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

from engine.rules.facts import EPOCH, Facts
from engine.rules.lint.examined import Examined
from engine.rules.lint.formula import CHANGES, Term, split
from engine.rules.lint.solver import Model
from engine.rules.operators import holds
from engine.rules.ruleset import Atom

MOST_COMBINATIONS = 5_000
MOST_VALUES = 60  # of one fact
MOST_TOLD = 5
Values = Mapping[str, Sequence[Any]]
Area = tuple[frozenset[int], ...]  # of each fact the numbers of some values


def gaps(examined: Examined, values: Values) -> None:
    """Add the largest gaps; `values` are what facts can be at this desk, beside the vocabulary."""
    facts = _looked_at(examined, values)
    if not facts:
        return
    table = _Table(facts)
    caught = 0
    for place, rule in enumerate(examined.rules):
        if place not in examined.dead:
            caught |= table.of([(True, rule.when)] if rule.when else [])
    left = table.full & ~caught
    if left.bit_count() * 2 >= table.size:
        return
    areas = list(_merged(table.combinations(left), len(facts)))
    areas.sort(key=lambda area: (-prod(map(len, area)), [sorted(part) for part in area]))
    shown = [(area, model) for area in areas if (model := _shown(examined, facts, area))]
    for area, model in shown[:MOST_TOLD]:
        _tell(examined, _said(facts, area, _needed(examined, facts, model)), model)
    if len(shown) > MOST_TOLD:
        more = f"{len(shown) - MOST_TOLD} more groups of combinations"
        _tell(examined, more, shown[MOST_TOLD][1])


def _tell(examined: Examined, what: str, model: Model) -> None:
    said = f"nothing catches {what}"
    if examined.ruleset.default:
        said = f"only the default catches {what}"
    examined.found("gap", "info", None, said, "write a rule for it, if it is not meant so", model)


def _looked_at(examined: Examined, values: Values) -> dict[str, list[Any]]:
    """The facts with few values that rules ask for: those with the fewest, while there is room."""
    found: dict[str, list[Any]] = {}
    for name in examined.facts:
        fact = examined.vocabulary.fact(name)
        if fact is None:
            continue
        if fact.kind == "boolean":
            found[name] = [True, False]
        elif listed := list(fact.values or values.get(name, ())):
            found[name] = listed
    chosen: dict[str, list[Any]] = {}
    for name in sorted(found, key=lambda one: (len(found[one]), one)):
        size = prod(map(len, chosen.values())) * len(found[name])
        if len(found[name]) <= MOST_VALUES and size <= MOST_COMBINATIONS:
            chosen[name] = found[name]
    return chosen


class _Table:
    """All combinations, each a bit; a condition is the bits on which it may hold."""

    def __init__(self, facts: Mapping[str, Sequence[Any]]) -> None:
        self.facts = facts
        self.names = list(facts)
        self.size = prod(map(len, facts.values()))
        self.full = (1 << self.size) - 1
        self.bits: dict[str, list[int]] = {name: [0] * len(facts[name]) for name in facts}
        for number, places in enumerate(product(*(range(len(v)) for v in facts.values()))):
            for name, place in zip(self.names, places, strict=True):
                self.bits[name][place] |= 1 << number

    def of(self, terms: Iterable[Term]) -> int:
        """Where all terms may hold; what is about other facts may always."""
        parts = split(terms)
        if parts is None:
            return 0
        found = self.full
        for truth, atom in parts.literals:
            found &= self._atom(truth, atom)
        for choice in parts.choices:
            either = 0
            for term in choice:
                either |= self.of([term])
            found &= either
        return found

    def _atom(self, truth: bool, atom: Atom) -> int:
        if atom.fact not in self.bits or atom.op in CHANGES:
            return self.full
        found = 0
        for value, bits in zip(self.facts[atom.fact], self.bits[atom.fact], strict=True):
            if holds(Facts({atom.fact: value}, None, EPOCH), atom) is truth:
                found |= bits
        return found

    def combinations(self, left: int) -> Iterator[Area]:
        """The combinations of these bits."""
        if not left:
            return
        for number, places in enumerate(product(*(range(len(v)) for v in self.facts.values()))):
            if left >> number & 1:
                yield tuple(frozenset((place,)) for place in places)


def _merged(areas: Iterable[Area], dimensions: int) -> Iterable[Area]:
    """The same combinations in fewer areas: those that differ in one fact become one."""
    found = list(areas)
    for dimension in range(dimensions):
        groups: dict[Area, frozenset[int]] = {}
        for area in found:
            rest = area[:dimension] + area[dimension + 1 :]
            groups[rest] = groups.get(rest, frozenset()) | area[dimension]
        found = [(*rest[:dimension], part, *rest[dimension:]) for rest, part in groups.items()]
    return found


def _shown(examined: Examined, facts: Mapping[str, Sequence[Any]], area: Area) -> Model | None:
    """A ticket of the area that no rule fires on."""
    chosen = {name: facts[name][min(part)] for name, part in zip(facts, area, strict=True)}
    base = examined.solver.solve([]).model
    if base is None:
        return None
    model = Model({**base.facts, **chosen}, {}, base.event, base.now)
    return None if examined.firing.matched(model) else model


def _needed(examined: Examined, facts: Iterable[str], model: Model) -> set[str]:
    """The facts that have to be there: without one of them some rule fires."""
    found = set()
    for name in facts:
        known = examined.vocabulary.fact(name)
        if known is not None and known.always:
            continue
        left = {fact: value for fact, value in model.facts.items() if fact != name}
        for event in (*examined.ruleset.events, None):
            if examined.firing.matched(replace(model, facts=left, event=event)):
                found.add(name)
                break
    return found


def _said(facts: Mapping[str, Sequence[Any]], area: Area, needed: Collection[str]) -> str:
    parts = []
    for name, part in zip(facts, area, strict=True):
        values = [facts[name][place] for place in sorted(part)]
        if len(values) < len(facts[name]) or name in needed:
            said = ", ".join(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
            parts.append(f"{name}: {said}")
    return "; ".join(parts) or "anything"
