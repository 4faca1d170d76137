"""What an evaluation leaves behind: enough to say later why, and small enough to be kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from engine.rules.facts import READERS, Facts
from engine.rules.operators import OPERATORS, holds
from engine.rules.ruleset import Atom, Group, Rule

LONGEST = 200  # characters of a value kept
MOST_MEMBERS = 20
MOST_UNMATCHED = 200  # rules that did not match and are still named


def plain(value: Any) -> Any:
    """A value as bounded JSON-able data without characters that databases refuse."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else plain(hex(value))
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        kept = value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
        return kept.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple | set | frozenset):
        members = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [plain(member) for member in list(members)[:MOST_MEMBERS]]
    return plain(type(value).__name__)


def atoms_of(group: Group | None, wanted: bool = True) -> Iterator[tuple[Atom, bool]]:
    """Every condition with the truth that speaks for the rule."""
    for member in group.members if group else ():
        speaks = wanted is not (group is not None and group.mode == "none")
        if isinstance(member, Atom):
            yield member, speaks
        else:
            yield from atoms_of(member, speaks)


def asks_calendars(atom: Atom) -> bool:
    """Whether the values of a condition are names of calendars."""
    lists = atom.fact == "time.calendars" and atom.op in ("has", "has_any", "has_none")
    return lists or atom.op == "within_calendar"


def conditions(facts: Facts, rule: Rule) -> list[dict[str, Any]]:
    """Each condition of the rule with the value seen, its truth and the truth wanted."""
    found = []
    for atom, wanted in atoms_of(rule.when):
        truth = holds(facts, atom)
        entry = {
            "fact": atom.fact,
            "op": atom.op,
            "value": plain(atom.value),
            "seen": plain(facts.raw.get(atom.fact)),
            "truth": truth,
            "wanted": wanted,
        }
        if truth and OPERATORS[atom.op].value == "some" and isinstance(atom.value, tuple):
            entry["hit"] = plain([one for one in atom.value if _hit(facts, atom, one)])
        found.append(entry)
    return found


def _hit(facts: Facts, atom: Atom, one: Any) -> bool:
    """Whether this one of several values is it."""
    literal = (READERS[atom.kind](one),)
    return holds(facts, Atom(atom.fact, atom.op, one, atom.kind, literal))


def rule_entries(
    facts: Facts,
    rules: Sequence[Rule],
    matched: Sequence[int],
    idle: Sequence[int],
    asked: Iterable[int],
) -> list[dict[str, Any]]:
    """The rules asked, in order: matched ones whole, of the others the first ones by name.

    `idle` are those that hold, but led here themselves: told whole too, marked `caused`.
    """
    held = {number: {"matched": True} for number in matched}
    held |= {number: {"matched": False, "caused": True} for number in idle}
    first = islice(asked, MOST_UNMATCHED + len(held))
    others = [number for number in first if number not in held][:MOST_UNMATCHED]
    return [
        {"id": rules[number].id, "matched": False} if number not in held
        else {"id": rules[number].id, "title": dict(rules[number].title), **held[number], "events":
              sorted(rules[number].events), "conditions": conditions(facts, rules[number])}
        for number in sorted([*held, *others])
    ]  # fmt: skip


def facts_seen(
    facts: Facts, names: AbstractSet[str], beside: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """The facts that the ruleset asks for, as they were, with what calendars said beside them."""
    found = {name: facts.raw[name] for name in names & facts.raw.keys()}
    for fact, what in beside:
        told = facts.beside(fact, what)
        if told is not None:
            found[f"{fact}.{what}"] = told
    return {name: plain(found[name]) for name in sorted(found)}


def changes_seen(changed: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the event changed, as it was handed in."""
    return {str(name): plain(change) for name, change in (changed or {}).items()}
