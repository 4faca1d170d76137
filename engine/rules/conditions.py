"""`when` of a rule: from plain data to typed conditions, every mistake named with its line."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from engine import patterns
from engine.errors import Problem
from engine.rules.facts import READERS
from engine.rules.operators import OPERATORS, Operator
from engine.rules.ruleset import Atom, Group
from engine.rules.source import Listed, Mapped
from engine.rules.spoken import LONGEST, TONGUES, minutes_of
from engine.rules.vocabulary import Fact, Vocabulary

MODES = ("all", "any", "none")
MOST = 200  # conditions of one rule
MOST_VALUES = 1000  # of one list
DEEPEST = 6
LONGEST_AGE = LONGEST  # minutes
WHOLE = frozenset({  # operators that compare a value as a whole
    "is", "is_not", "in", "not_in", "has", "has_any", "has_none", "changed_from", "changed_to"
})  # fmt: skip


class Findings:
    """Gathers problems of one file so that all are shown at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def error(
        self,
        code: str,
        element: str | None,
        line: int | None,
        message: str,
        mend: str,
        witness: Mapping[str, Any] | None = None,
    ) -> None:
        """Something that refuses the ruleset."""
        self.problems.append(Problem(code, "error", element, line, message, mend, witness))

    @property
    def failed(self) -> bool:
        """Whether an error is among them."""
        return any(problem.severity == "error" for problem in self.problems)


FEW = 8  # words that a mend lists


@lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> list[str]:
    return get_close_matches(name, known, n=1)


def close_to(name: Any, known: Any) -> str:
    """A mend that names the nearest known word, or all of them where they are few."""
    words = tuple(map(str, known))
    if near := _nearest(str(name)[:60], words):
        return f"did you mean {near[0]!r}?"
    if not words:
        return "there is none yet"
    return "see what rules can say" if len(words) > FEW else f"known are {', '.join(sorted(words))}"


class ConditionReader:
    """Reads the conditions of one rule."""

    def __init__(self, vocabulary: Vocabulary, findings: Findings, rule: str | None) -> None:
        self.vocabulary = vocabulary
        self.findings = findings
        self.rule = rule
        self.count = 0

    def when(self, data: Any, line: int | None) -> Group | None:
        """The whole `when`; its keys all, any and none must hold together."""
        group = self._group(data, line, 1)
        if self.count > MOST:
            self._wrong("too-many", line, f"more than {MOST} conditions", "split the rule")
        return group

    def _wrong(self, code: str, line: int | None, message: str, mend: str) -> None:
        self.findings.error(code, self.rule, line, message, mend)

    def _group(self, data: Any, line: int | None, depth: int) -> Group | None:
        if not isinstance(data, Mapped) or not data:
            self._wrong("when", line, "conditions are a mapping of all, any or none",
                        "write when: {all: [...]} or leave when out for always")  # fmt: skip
            return None
        if depth > DEEPEST:
            self._wrong("too-deep", line, f"groups nested deeper than {DEEPEST}", "flatten them")
            return None
        parts = [self._part(mode, data[mode], data.lines[mode], depth) for mode in data]
        known = tuple(part for part in parts if part is not None)
        return known[0] if len(known) == 1 else Group("all", known) if known else None

    def _part(self, mode: str, members: Any, line: int, depth: int) -> Group | None:
        if mode not in MODES:
            self._wrong("group", line, f"unknown group {mode!r}", "use all, any or none")
            return None
        if not isinstance(members, Listed) or not members:
            self._wrong("empty-group", line, f"{mode} needs a list of at least one condition",
                        "leave the group out if it asks nothing")  # fmt: skip
            return None
        found = [
            self._member(member, at, depth)
            for member, at in zip(members, members.lines, strict=True)
        ]
        return Group(mode, tuple(member for member in found if member is not None))

    def _member(self, data: Any, line: int, depth: int) -> Atom | Group | None:
        if isinstance(data, Mapped) and set(data) & set(MODES):
            return self._group(data, line, depth + 1)
        self.count += 1
        if not isinstance(data, Mapped):
            self._wrong("condition", line, "a condition is a mapping of fact, op and value",
                        "write {fact: NAME, op: is, value: WORD}")  # fmt: skip
            return None
        for key in data:
            if key not in ("fact", "op", "value"):
                self._wrong("unknown-key", data.lines[key], f"unknown key {key!r} in a condition",
                            close_to(key, ("fact", "op", "value")))  # fmt: skip
        fact, operator = self._fact(data, line), self._operator(data, line)
        return self._atom(data, line, fact, operator) if fact and operator else None

    def _fact(self, data: Mapped, line: int) -> Fact | None:
        name = data.get("fact")
        fact = self.vocabulary.fact(name) if isinstance(name, str) else None
        if fact is None:
            self._wrong("unknown-fact", data.lines.get("fact", line), f"unknown fact {name!r}",
                        close_to(name, self.vocabulary.facts))  # fmt: skip
        return fact

    def _operator(self, data: Mapped, line: int) -> Operator | None:
        name = data.get("op")
        operator = OPERATORS.get(name) if isinstance(name, str) else None
        if operator is None:
            self._wrong("unknown-operator", data.lines.get("op", line),
                        f"unknown operator {name!r}", close_to(name, OPERATORS))  # fmt: skip
        return operator

    def _atom(self, data: Mapped, line: int, fact: Fact, operator: Operator) -> Atom | None:
        kind = fact.kind if fact.kind != "any" else _kind_for(operator, data.get("value"))
        at = data.lines.get("value", line)
        if kind not in operator.kinds:
            fitting = sorted(name for name, known in OPERATORS.items() if kind in known.kinds)
            self._wrong("wrong-operator", data.lines.get("op", line),
                        f"{operator.name} does not fit {fact.name}, which is a {fact.kind}",
                        f"use one of {', '.join(fitting)}")  # fmt: skip
            return None
        value = data.get("value")
        try:
            literal = _literal(operator, operator.takes or kind, value)
        except ValueError as error:
            self._wrong("wrong-value", at, f"{fact.name} {operator.name}: {error}",
                        "give a value of the fact's type; quote yes, no, on")  # fmt: skip
            return None
        self._known_values(fact, operator, value, at)
        kept = tuple(value) if isinstance(value, list) else value
        return Atom(fact.name, operator.name, kept, operator.reads or kind, literal, line)

    def _known_values(self, fact: Fact, operator: Operator, value: Any, line: int) -> None:
        if not fact.values or operator.name not in WHOLE:
            return
        for member in value if isinstance(value, list) else [value]:
            if member not in fact.values:
                self._wrong("unknown-value", line, f"{fact.name} is never {member!r}",
                            close_to(member, fact.values))  # fmt: skip


def _kind_for(operator: Operator, value: Any) -> str:
    """How a fact of an open name space is read: as what the operator and its value ask for."""
    if len(operator.kinds) == 1:
        return next(iter(operator.kinds))
    sample = value[0] if isinstance(value, list) and value else value
    if operator.value == "flag" or "boolean" not in operator.kinds:
        return "list" if operator.value == "flag" else "text"
    if isinstance(sample, bool):
        return "boolean"
    return "number" if isinstance(sample, int | float) else "string"


def _literal(operator: Operator, kind: str, value: Any) -> Any:
    """The value ready to compare; ValueError says what is wrong with it."""
    if operator.name == "matches":
        if not isinstance(value, str) or not value:
            raise ValueError("needs a pattern")
        patterns.compiled(value)
        return value
    if operator.value == "flag":
        if value is not None and not isinstance(value, bool):
            raise ValueError("takes true or false")
        return value is not False
    if operator.value == "minutes":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_AGE:
            raise ValueError("needs a whole number of minutes")
        return value
    if operator.value == "hours":
        return _hours(value)
    if operator.value == "offset":
        minutes = minutes_of(value)
        if minutes is None:
            raise ValueError("needs a distance from now such as -3d, +4h, -30m or now")
        return minutes
    if isinstance(value, list) and operator.value != "one":
        if not 0 < len(value) <= MOST_VALUES:
            raise ValueError(f"needs 1 to {MOST_VALUES} values")
        members = {_member(operator, kind, member) for member in value}
        return frozenset(members) if kind == "list" else tuple(sorted(members))
    if operator.value == "many":
        raise ValueError("needs a list of values")
    one = _member(operator, kind, value)
    return (one,) if operator.value == "some" else one


def _hours(value: Any) -> int | float:
    """Hours as minutes."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value * 60 <= LONGEST_AGE:
        raise ValueError("needs a number of hours")
    return float(value) * 60 if isinstance(value, float) else value * 60


def _member(operator: Operator, kind: str, value: Any) -> Any:
    if operator.name == "written_in" and value not in TONGUES:
        raise ValueError(f"{value!r} is none of {', '.join(TONGUES)}")
    return _one(kind, value)


def _one(kind: str, value: Any) -> Any:
    """One scalar of the kind; the file must say it in that type, nothing is guessed."""
    fits = {"number": int | float, "boolean": bool}.get(kind, str)
    if not isinstance(value, fits) or (kind == "number" and isinstance(value, bool)):
        raise ValueError(f"{value!r} is no {kind}")
    read = READERS["string" if kind == "list" else kind](value)
    if read is None:
        raise ValueError(f"{value!r} is no {kind}")
    return read
