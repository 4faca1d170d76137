"""A rule as one formula: its conditions together with its events, changes and validity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.rules.facts import OPEN, WORKED, as_date
from engine.rules.operators import OPERATORS, TEXTUAL
from engine.rules.ruleset import Atom, Group, Rule
from engine.rules.terms import Term

Literal = tuple[bool, Atom]  # (wanted, condition)
Variable = tuple[str, str]  # (fact, as what it is looked at)
EVENT, NOW = "@event", "@now"
CHANGES = frozenset({"changed", "changed_from", "changed_to"})
_OPPOSITE = {"is_not": "is", "not_in": "in", "not_contains": "contains", "has_none": "has_any"}


@dataclass(frozen=True)
class Split:
    """A formula: literals that hold together, and of each choice at least one."""

    literals: tuple[Literal, ...] = ()
    choices: tuple[tuple[Term, ...], ...] = ()


def whole(rule: Rule) -> Group:
    """Everything that has to be so for the rule to fire, when no rule stops before it."""
    members: list[Atom | Group] = []
    if rule.events:
        members.append(Atom(EVENT, "among", None, "event", rule.events))
    if rule.changed:
        atoms = (Atom(fact, "changed", None, "raw", True) for fact in sorted(rule.changed))
        members.append(Group("any", tuple(atoms)))
    if rule.valid_from is not None:
        members.append(from_moment(rule.valid_from))
    if rule.valid_until is not None:
        members.append(Group("none", (from_moment(rule.valid_until),)))
    if rule.when is not None:
        members.append(rule.when)
    return Group("all", tuple(members))


def from_moment(moment: datetime) -> Atom:
    """The condition that it is this moment or later."""
    return Atom(NOW, "from", None, "now", as_date(moment))


def variable_of(atom: Atom) -> Variable:
    """What the condition looks at; conditions of different variables do not touch each other."""
    if atom.op in CHANGES:
        return atom.fact, "change"
    if atom.kind in TEXTUAL or atom.kind == "pattern":
        return atom.fact, "text"
    return atom.fact, atom.kind


def plain(truth: bool, atom: Atom) -> Literal:
    """The same said without a negated operator or flag."""
    if atom.op in _OPPOSITE:
        return not truth, Atom(atom.fact, _OPPOSITE[atom.op], atom.value, atom.kind, atom.literal)
    if atom.op in ("is_empty", "changed") and atom.literal is False:
        return not truth, Atom(atom.fact, atom.op, True, atom.kind, True)
    return truth, _by_calendar(atom)


def _by_calendar(atom: Atom) -> Atom:
    """What asks calendars about a date, said of what they tell beside it, as far as that goes."""
    what = OPERATORS[atom.op].beside if atom.op in OPERATORS else None
    if what == OPEN:
        return Atom(f"{atom.fact}.{what}", "has_any", atom.value, "list", frozenset(atom.literal))
    if atom.op == "older_than_working_hours":
        return Atom(f"{atom.fact}.{what}", "gt", atom.value, "number", atom.literal)
    return atom


def _between(atom: Atom) -> list[Atom]:
    """What asks for working hours between two bounds, as both of them; empty for anything else."""
    name, bound = f"{atom.fact}.{WORKED}", atom.literal
    if atom.op == "younger_than_working_hours":
        ends = (("gte", 0), ("lt", bound))
    elif atom.op == "due_in_working_hours":
        ends = (("gte", -bound), ("lt", 0))
    else:
        return []
    return [Atom(name, op, value, "number", value) for op, value in ends]


def split(terms: Iterable[Term]) -> Split | None:
    """The terms, all of which must hold, taken apart; None where one of them never can."""
    literals: list[Literal] = []
    choices: list[tuple[Term, ...]] = []
    open_terms = list(terms)
    while open_terms:
        truth, condition = open_terms.pop()
        if isinstance(condition, Atom):
            ends = tuple((truth, end) for end in _between(condition))
            if ends and not truth:
                choices.append(ends)
            else:
                literals += ends or (plain(truth, condition),)
            continue
        inner = truth if condition.mode != "none" else not truth
        members = [(inner, member) for member in condition.members]
        if _together(truth, condition.mode) or len(members) == 1:
            open_terms.extend(members)
        elif not members:
            return None
        else:
            choices.append(tuple(members))
    return Split(tuple(literals), tuple(choices))


def _together(truth: bool, mode: str) -> bool:
    """Whether all members have to be as wanted, rather than one of them."""
    return (mode == "all") is truth if mode != "none" else truth


def values_of(atom: Atom) -> Sequence[object]:
    """The values of an equality."""
    return atom.literal if atom.op == "in" else (atom.literal,)
