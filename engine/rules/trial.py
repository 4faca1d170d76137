"""Tickets made of a rule's own values, about which index and core must answer as the oracle does.

For each rule one ticket that it is meant for, as far as that shows, and then the same with each of
its facts at its bound, just beyond it, missing and of another kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from engine.rules.facts import EPOCH, MICROSECOND, Facts
from engine.rules.operators import OPERATORS, holds
from engine.rules.release import Release
from engine.rules.ruleset import Atom, Rule
from engine.rules.trace import atoms_of

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
OTHER = "something else"
MOST_VALUES = 3  # of one condition that names several
MOST_TRIED = 10_000  # tickets of a ruleset, but at least one of each rule
MOST_NAMED = 5
_CHANGES = frozenset({"changed", "changed_from", "changed_to"})
Ticket = tuple[dict[str, Any], dict[str, Any]]  # facts, what changed


def disagreed(release: Release, name: str, examples: Sequence[Mapping[str, Any]]) -> list[str]:
    """The first rules and examples about whose ticket index or core answer unlike the oracle."""
    rules = release.rulesets[name].in_order()

    def tried() -> Iterator[str]:
        for example in examples:
            if _differs(release, name, (example.get("facts", {}), example.get("changed", {}))):
                yield str(example.get("name"))
        share = max(1, MOST_TRIED // (len(rules) or 1))
        for rule in rules:
            if any(_differs(release, name, ticket) for ticket in islice(tickets(rule), share)):
                yield rule.id

    return list(islice(tried(), MOST_NAMED))


def _differs(release: Release, name: str, ticket: Ticket) -> bool:
    facts, changed = ticket
    return bool(release.evaluate(name, facts, changed=changed, now=NOW).trace["differs"])


def tickets(rule: Rule) -> Iterator[Ticket]:
    """The ticket that the rule is meant for, and what lies beside it."""
    facts: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    asked = list(atoms_of(rule.when))
    for atom, wanted in asked:
        for value in values(atom):
            tried = _with(facts, changed, atom, value)
            if holds(Facts(*tried, NOW), atom) is wanted:
                facts, changed = tried
                break
    yield facts, changed
    for atom, _ in asked:
        for value in values(atom):
            yield _with(facts, changed, atom, value)


def _with(facts: Mapping[str, Any], changed: Mapping[str, Any], atom: Atom, value: Any) -> Ticket:
    """The ticket with another value of the fact that the condition asks for."""
    if atom.op not in _CHANGES:
        what = OPERATORS[atom.op].beside
        name = f"{atom.fact}.{what}" if what else atom.fact
        return {**facts, name: value}, dict(changed)
    pair = (value, OTHER) if atom.op == "changed_from" else (OTHER, value)
    return {**facts, atom.fact: pair[1]}, {**changed, atom.fact: pair}


def values(atom: Atom) -> list[Any]:
    """Values around what a condition compares with, the one that is meant first."""
    said = list(atom.value) if isinstance(atom.value, list | tuple) else [atom.value]
    found: list[Any] = []
    for one in said[:MOST_VALUES]:
        form = OPERATORS[atom.op].value
        if form == "minutes":
            age = timedelta(minutes=one)
            found += [NOW - age - MICROSECOND, NOW - age]
        elif form == "offset":
            at = NOW + timedelta(minutes=atom.literal)
            found += [at - MICROSECOND, at, at + MICROSECOND]
        elif form == "hours":
            bound = atom.literal
            found += [bound + 1, bound, bound - 1, 0, -bound, -bound - 1]
        elif atom.kind == "date" and isinstance(atom.literal, int):
            found += _days(atom.literal)
        elif isinstance(one, bool):
            found += [one, not one]
        elif isinstance(one, int | float):
            found += [one, one + 1, one - 1]
        elif isinstance(one, str):
            found += [one, [one], f"{OTHER} {one}.", f"x{one}x", one[:-1]]
    return [*found, OTHER, None]


def _days(micros: int) -> list[datetime]:
    """The moment, the one before and the one behind, as far as the calendar goes."""
    found = []
    for near in (micros, micros - 1, micros + 1):
        try:
            found.append(EPOCH + near * MICROSECOND)
        except OverflowError:
            continue
    return found
