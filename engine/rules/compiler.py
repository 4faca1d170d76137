"""Typed rules to the little that the core is trusted with: generated names and small integers.

Equality and ranges run in the core, on codes: a fact's value is replaced by its place among the
values that the rules name, so no text, date or number of a ticket ever reaches C. Everything
else (words, lists, negations, missing values, deep groups) is a feature, computed here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.rules.core import CHUNK_NODES, Core, Definition
from engine.rules.facts import Facts
from engine.rules.operators import OPERATORS
from engine.rules.oracle import ready_term
from engine.rules.ruleset import Atom, Group, Rule
from engine.rules.terms import Term, terms

RULE_NODES = 24  # of one rule; what would need more becomes a feature
RULE_TERMS = 16
MOST_BRANCHES = 8
_RANKED = frozenset({"number", "date"})
Leaf = dict[str, Any]


@dataclass
class Column:
    """One fact as the core sees it: its name there and the values that rules compare it with."""

    name: str
    fact: str
    kind: str
    literals: list[Any]
    codes: dict[Any, int]

    def code(self, seen: Any) -> int:
        """The value's place: 2i+1 for the i-th literal, for ranked kinds 2i between them."""
        if self.kind not in _RANKED:
            return self.codes.get(seen, 0)
        place = bisect_left(self.literals, seen)
        exact = place < len(self.literals) and self.literals[place] == seen
        return 2 * place + exact


class Plan:
    """A ruleset compiled: which rules match these facts, answered by the core.

    `order` puts rules beside each other that are asked together; each chunk asked costs.
    """

    def __init__(self, rules: Sequence[Rule], order: Sequence[int] | None = None) -> None:
        self.columns: dict[tuple[str, str], Column] = {}
        self.features: dict[Term, str] = {}
        conditions = [sorted(set(terms(rule.when)), key=_selective) for rule in rules]
        for wanted in conditions:
            self._collect(wanted)
        self._rank()
        definitions = [self._rule(index, wanted) for index, wanted in enumerate(conditions)]
        self._columns = {column.name: column for column in self.columns.values()}
        self._tests = {name: ready_term(term) for term, name in self.features.items()}
        self._fields = [definition.fields() for definition in definitions]
        self.chunks = _chunks(definitions if order is None else [definitions[i] for i in order])
        self._chunk = _places(self.chunks, len(definitions))
        self.core = Core(self.chunks)

    def match(self, facts: Facts, among: Iterable[int] | None = None) -> set[int]:
        """The indexes of the matching rules.

        With `among` only the chunks that hold these rules are asked, and told only what these
        rules compare: what another rule of the chunk needs is not worked out for it.
        """
        if among is None:
            return self.core.match(self._assertion(facts, [*self._columns, *self._tests]))
        asked = list(among)
        fields = set().union(*[self._fields[index] for index in asked])
        chunks = {self._chunk[index] for index in asked}
        return self.core.match(self._assertion(facts, fields), chunks)

    def _assertion(self, facts: Facts, fields: Iterable[str]) -> dict[str, int]:
        """What the core is told of these facts."""
        assertion: dict[str, int] = {}
        for name in fields:
            test = self._tests.get(name)
            if test is not None:
                if test(facts):
                    assertion[name] = 1
                continue
            column = self._columns[name]
            seen = facts.seen(column.fact, column.kind)
            if seen is not None:
                assertion[name] = column.code(seen)
        return assertion

    def _collect(self, wanted: Sequence[Term]) -> None:
        """Note every value that the core may have to compare, before codes are given out."""
        for truth, condition in wanted:
            for atom in _branches(truth, condition):
                if _native(atom):
                    key = (atom.fact, atom.kind)
                    column = self.columns.get(key)
                    if column is None:
                        column = Column(f"v{len(self.columns)}", *key, [], {})
                        self.columns[key] = column
                    many = OPERATORS[atom.op].native == "in"
                    column.literals.extend(atom.literal if many else [atom.literal])

    def _rank(self) -> None:
        for column in self.columns.values():
            column.literals = sorted(set(column.literals))
            column.codes = {value: 2 * i + 1 for i, value in enumerate(column.literals)}

    def _rule(self, index: int, wanted: Sequence[Term]) -> Definition:
        leaves = [self._branchy(term) for term in wanted[:RULE_TERMS]]
        if len(wanted) > RULE_TERMS:
            rest = Group("all", tuple(_as_member(term) for term in wanted[RULE_TERMS:]))
            leaves.append([self._feature((True, rest))])
        native = list(wanted[:RULE_TERMS])
        while _nodes(leaves) > RULE_NODES and max(map(len, leaves)) > 1:
            widest = max(range(len(leaves)), key=lambda i: len(leaves[i]))
            leaves[widest] = [self._feature(native[widest])]
        return Definition(f"r{index}", leaves, _nodes(leaves))

    def _branchy(self, term: Term) -> list[Leaf]:
        """The alternatives of one term; a single one where it needs none."""
        truth, condition = term
        if not truth:
            return [self._feature(term)]
        if isinstance(condition, Atom):
            found = self._atom(condition)
            return found if len(found) <= MOST_BRANCHES else [self._feature(term)]
        if condition.mode != "any" or len(condition.members) > MOST_BRANCHES:
            return [self._feature(term)]
        branches: list[Leaf] = []
        for member in condition.members:
            branches += self._atom(member) if isinstance(member, Atom) else [
                self._feature((True, member))
            ]  # fmt: skip
        unique = {repr(branch): branch for branch in branches}
        return list(unique.values()) if len(unique) <= MOST_BRANCHES else [self._feature(term)]

    def _atom(self, atom: Atom) -> list[Leaf]:
        if not _native(atom):
            return [self._feature((True, atom))]
        column = self.columns[(atom.fact, atom.kind)]
        native = OPERATORS[atom.op].native
        if native == "in":
            return [{column.name: column.codes[value]} for value in atom.literal]
        code = column.codes[atom.literal]
        return [{column.name: code} if native == "eq" else {f"${native}": {column.name: code}}]

    def _feature(self, term: Term) -> Leaf:
        return {self.features.setdefault(term, f"f{len(self.features)}"): 1}


def _native(atom: Atom) -> bool:
    native = OPERATORS[atom.op].native
    return native is not None and not (native == "in" and len(atom.literal) > MOST_BRANCHES)


def _branches(truth: bool, condition: Atom | Group) -> list[Atom]:
    """The atoms that may stand in the core for this term."""
    if not truth:
        return []
    if isinstance(condition, Atom):
        return [condition]
    if condition.mode != "any":
        return []
    return [member for member in condition.members if isinstance(member, Atom)]


def _as_member(term: Term) -> Atom | Group:
    truth, condition = term
    return condition if truth else Group("none", (condition,))


def _selective(term: Term) -> tuple[int, str]:
    """Shared, selective equalities first: rules that begin alike share their nodes."""
    truth, condition = term
    rank = 2
    if truth and isinstance(condition, Atom):
        rank = 0 if OPERATORS[condition.op].native == "eq" else 1
    return rank, repr(term)


def _nodes(leaves: Sequence[Sequence[Leaf]]) -> int:
    """Nodes at the worst: every combination of alternatives walked as a path of its own."""
    paths = 1
    for alternatives in leaves:
        paths *= len(alternatives)
    return paths * (len(leaves) + 2)


def _chunks(definitions: Sequence[Definition]) -> list[list[Definition]]:
    """Filled greedily: no ticket can make more nodes match at once than the core can bear."""
    chunks: list[list[Definition]] = []
    room = 0
    for definition in definitions:
        if definition.nodes > room:
            chunks.append([])
            room = CHUNK_NODES
        chunks[-1].append(definition)
        room -= definition.nodes
    return chunks


def _places(chunks: Sequence[Sequence[Definition]], count: int) -> list[int]:
    """In which chunk each rule is."""
    places = [0] * count
    for place, chunk in enumerate(chunks):
        for definition in chunk:
            places[int(definition.name[1:])] = place
    return places
