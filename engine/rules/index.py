"""Which rules can match a ticket at all, found by what it says instead of by asking each rule.

Each rule is filed under one of its conditions, the rarest: under the values it compares with, the
words or pieces of text it looks for, or its bound. A ticket is looked up once per fact; what is
found there is asked, nothing else. A rule that cannot be filed is always asked. So an answer may
hold too many rules and never too few, which `Release` has checked by asking all of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from engine import patterns
from engine.rules.facts import Facts
from engine.rules.operators import MINUTE
from engine.rules.ruleset import Atom, Group, Rule
from engine.rules.terms import terms

FEW = 64  # texts to look for: so few are looked for one by one, more by their pieces
PIECE = 3  # characters
MOST_KEYS = 1000  # of one rule; what would need more is always asked
_WORD = re.compile(r"\w+")
_EQUAL = {"is": True, "in": True, "is_not": False, "not_in": False}  # operator: when it holds
_PART = frozenset({"contains", "domain_is", "domain_within"})
_EDGE = {"starts_with": "start", "ends_with": "end"}
_RANGE = {"lt": "below", "lte": "upto", "before": "below", "gt": "above", "gte": "from",
          "after": "above", "older_than_minutes": "older", "before_now": "older"}  # fmt: skip
_CHANGE = {"changed_from": "was", "changed_to": "became", "changed": "change"}
# How often a ticket has what is looked for, roughly: only the order of these matters.
_OFTEN = {"word": 0.02, "part": 0.03, "start": 0.02, "end": 0.02, "member": 0.05, "was": 0.02,
          "became": 0.02, "change": 0.2}  # fmt: skip
_OFTEN_IN_RANGE = 0.5


class Key(NamedTuple):
    """One thing that a ticket must say so that a rule can match."""

    way: str
    fact: str
    kind: str
    value: Any


class Index:
    """The rules of a ruleset, filed so that a ticket finds those that may match it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        wanted = [list(_choices(rule)) for rule in rules]
        shared = Counter(key for choices in wanted for keys in choices for key in keys)
        values = Counter((key.way, key.fact, key.kind) for key in shared)

        def asked(keys: frozenset[Key]) -> float:
            """How many rules are likely to be asked in vain for this choice."""
            total = 0.0
            for key in keys:
                column = (key.way, key.fact, key.kind)
                if key.way in _RANGE.values():
                    total += _OFTEN_IN_RANGE * values[column]
                else:
                    share = _OFTEN.get(key.way) or 1 / (1 + values[column])
                    total += share * shared[key]
            return total

        self.always: list[int] = []
        filed: dict[str, dict[tuple[str, str], dict[Any, list[int]]]] = {}
        for number, choices in enumerate(wanted):
            if not choices:
                self.always.append(number)
                continue
            for key in min(choices, key=asked):
                column = filed.setdefault(key.way, {}).setdefault((key.fact, key.kind), {})
                column.setdefault(key.value, []).append(number)
        self._facts: dict[str, list[_Column]] = defaultdict(list)
        self._changes: list[_Changes] = []
        for way, columns in filed.items():
            for (fact, kind), found in columns.items():
                if way in _CHANGE.values():
                    self._changes.append(_Changes(way, fact, kind, found))
                else:
                    self._facts[fact].append(_COLUMNS.get(way, _Range)(way, fact, kind, found))

        self.order = [*self.always, *_neighbours(filed)]

    def candidates(self, facts: Facts) -> set[int]:
        """The rules that may match, among them all that do."""
        found = set(self.always)
        for fact in self._facts.keys() & facts.raw.keys():
            for column in self._facts[fact]:
                for numbers in column.look(facts):
                    found.update(numbers)
        for changes in self._changes:
            for numbers in changes.look(facts):
                found.update(numbers)
        return found


class _Column:
    """What rules are filed under for one fact in one way: by equal value."""

    def __init__(self, way: str, fact: str, kind: str, filed: dict[Any, list[int]]) -> None:
        self.way, self.fact, self.kind, self.filed = way, fact, kind, filed

    def look(self, facts: Facts) -> Iterable[list[int]]:
        """The lists of rules that this ticket finds."""
        value = facts.seen(self.fact, self.kind)
        found = None if value is None else self.filed.get(value)
        return () if found is None else (found,)


class _Members(_Column):
    def look(self, facts: Facts) -> Iterable[list[int]]:
        members: Any = facts.seen(self.fact, self.kind)
        return () if members is None else self.under(members)

    def under(self, names: Iterable[str]) -> list[list[int]]:
        """The lists under these names."""
        filed = self.filed
        return [filed[name] for name in filed.keys() & names]


class _Words(_Members):
    def look(self, facts: Facts) -> Iterable[list[int]]:
        text: Any = facts.seen(self.fact, self.kind)
        return () if text is None else self.under(_WORD.findall(text))


class _Parts(_Column):
    """Texts that stand anywhere: a text of many is found by the rarest of its pieces first."""

    def __init__(self, way: str, fact: str, kind: str, filed: dict[Any, list[int]]) -> None:
        super().__init__(way, fact, kind, filed)
        self.single = list(filed)
        self.pieces: dict[str, list[str]] = {}
        if len(filed) > FEW:
            self.single = [text for text in filed if len(text) < PIECE]
            for text in filed:
                if len(text) >= PIECE:
                    rarest = min(_pieces(text), key=lambda one: len(self.pieces.get(one, ())))
                    self.pieces.setdefault(rarest, []).append(text)

    def look(self, facts: Facts) -> Iterable[list[int]]:
        text: Any = facts.seen(self.fact, self.kind)
        if text is None:
            return
        for part in self.single:
            if part in text:
                yield self.filed[part]
        if self.pieces:
            for piece in self.pieces.keys() & _pieces(text):
                for part in self.pieces[piece]:
                    if part in text:
                        yield self.filed[part]


class _Edges(_Column):
    """Texts at the beginning or at the end."""

    def __init__(self, way: str, fact: str, kind: str, filed: dict[Any, list[int]]) -> None:
        super().__init__(way, fact, kind, filed)
        self.lengths = sorted({len(text) for text in filed})

    def look(self, facts: Facts) -> Iterable[list[int]]:
        text: Any = facts.seen(self.fact, self.kind)
        if text is None:
            return
        for length in self.lengths:
            if length > len(text):
                return
            edge = text[:length] if self.way == "start" else text[len(text) - length :]
            if edge in self.filed:
                yield self.filed[edge]


class _Range(_Column):
    """Bounds: those on the right side of the value."""

    def __init__(self, way: str, fact: str, kind: str, filed: dict[Any, list[int]]) -> None:
        super().__init__(way, fact, kind, filed)
        self.bounds = sorted(filed)

    def look(self, facts: Facts) -> Iterable[list[int]]:
        value: Any = facts.seen(self.fact, self.kind)
        if value is None:
            return ()
        bounds = self.bounds
        if self.way == "below":
            met = bounds[bisect_right(bounds, value) :]
        elif self.way == "upto":
            met = bounds[bisect_left(bounds, value) :]
        elif self.way == "from":
            met = bounds[: bisect_right(bounds, value)]
        elif self.way == "above":
            met = bounds[: bisect_left(bounds, value)]
        else:
            met = bounds[: bisect_left(bounds, facts.now - value)]
        return [self.filed[bound] for bound in met]


class _Changes(_Column):
    """What the event changed, from what and to what."""

    def look(self, facts: Facts) -> Iterable[list[int]]:
        change = facts.change(self.fact, self.kind)
        if change is None:
            return ()
        value = True if self.way == "change" else change[0 if self.way == "was" else 1]
        found = None if value is None else self.filed.get(value)
        return () if found is None else (found,)


_COLUMNS: dict[str, type[_Column]] = {
    "equal": _Column, "member": _Members, "word": _Words, "part": _Parts, "start": _Edges,
    "end": _Edges,
}  # fmt: skip


def _neighbours(filed: dict[str, dict[tuple[str, str], dict[Any, list[int]]]]) -> list[int]:
    """All rules that are filed, each once, those together that are found together."""
    lists = (
        found for columns in filed.values() for column in columns.values()
        for found in column.values()
    )  # fmt: skip
    return list(dict.fromkeys(number for found in lists for number in found))


def _pieces(text: str) -> set[str]:
    """All runs of so many characters."""
    return {text[at : at + PIECE] for at in range(len(text) - PIECE + 1)}


def _choices(rule: Rule) -> Iterator[frozenset[Key]]:
    """The sets of keys of which each would do: one of its keys is met whenever the rule matches."""
    for wanted, condition in terms(rule.when):
        keys = _keys(condition, wanted)
        if keys is not None and len(keys) <= MOST_KEYS:
            yield keys


def _keys(condition: Atom | Group, wanted: bool) -> frozenset[Key] | None:
    """Keys of which one is met whenever the condition is as wanted; None where there are none."""
    if isinstance(condition, Atom):
        return _atom(condition, wanted)
    none = condition.mode == "none"
    together = wanted if none else (condition.mode == "all") is wanted
    wanted = wanted is not none
    members = [_keys(member, wanted) for member in condition.members]
    known = [keys for keys in members if keys is not None]
    if together:  # all of them hold: any one will do
        return min(known, key=len, default=None)
    return frozenset[Key]().union(*known) if len(known) == len(members) else None


def _atom(atom: Atom, wanted: bool) -> frozenset[Key] | None:
    op, literal = atom.op, atom.literal
    many: Iterable[Any] = literal if isinstance(literal, tuple | frozenset) else (literal,)
    if op in _EQUAL:
        return _under("equal", atom, many) if _EQUAL[op] is wanted else None
    if not wanted:
        return None
    if op in _RANGE:
        bound = literal
        if _RANGE[op] == "older":
            bound = literal * MINUTE if op == "older_than_minutes" else -literal * MINUTE
        return _under(_RANGE[op], atom, (bound,))
    if op == "contains_word":
        return frozenset[Key]().union(*(_word(atom, text) for text in many))
    if op in _PART:
        return _under("part", atom, many)
    if op == "matches" and (part := patterns.needed(literal)):
        return frozenset((Key("part", atom.fact, "string", part),))
    if op in _EDGE:
        return _under(_EDGE[op], atom, many)
    if op in ("has", "has_any"):
        return _under("member", atom, many)
    if op in _CHANGE and literal is not False:
        return _under(_CHANGE[op], atom, many)
    return None


def _under(way: str, atom: Atom, values: Iterable[Any]) -> frozenset[Key]:
    return frozenset(Key(way, atom.fact, atom.kind, value) for value in values)


def _word(atom: Atom, text: str) -> frozenset[Key]:
    """A word that stands apart is one of the ticket's; several are looked for as they stand."""
    return _under("word" if _WORD.fullmatch(text) else "part", atom, (text,))
