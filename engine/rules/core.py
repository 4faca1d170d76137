"""The C core of durable_rules, and nothing of it that was seen to crash, hang, leak or lie.

It crashes on long names, deep values, unknown states and odd numbers, hangs on wide rulesets
and matches foreign rules past its limits. So it is handed generated names and small integers
only, in chunks below every limit, and each definition is checked here before it goes down.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import durable_rules_engine as durable

CHUNK_NODES = 60  # below 64 nodes that may match at once and 255 rules that end alike
MOST_CHUNKS = 20_000  # of one plan; the process has 131,072 handles for all
_LARGEST = 2**31
_COMPARISONS = frozenset({"$lt", "$lte", "$gt", "$gte"})
_RULE = re.compile(r"r[0-9]{1,6}\Z")
_FIELD = re.compile(r"[vf][0-9]{1,6}\Z")
_MOST_FRAMES = 10_000
_numbers = itertools.count()


class RefusedError(ValueError):
    """A definition or a fact that must not reach the C code."""


@dataclass(frozen=True)
class Definition:
    """One rule for the core: each term a list of alternatives, all terms must hold."""

    name: str
    terms: Sequence[Sequence[dict[str, Any]]]
    nodes: int

    def as_rule(self) -> dict[str, Any]:
        """The rule in the core's own form, with the guard that keeps its own messages out."""
        wanted: list[dict[str, Any]] = [{"k": 1}]
        for term in self.terms:
            wanted.append(dict(term[0]) if len(term) == 1 else {"$or": [dict(t) for t in term]})
        return {"all": [{"m": {"$and": wanted}}]}

    def fields(self) -> frozenset[str]:
        """The generated names of what it compares."""
        return frozenset(
            next(iter(leaf[name])) if (name := next(iter(leaf))) in _COMPARISONS else name
            for term in self.terms
            for leaf in term
        )


@dataclass
class _Chunk:
    handle: int
    fields: frozenset[str]


class Core:
    """Chunks of rules in the core; closed by itself when the last reader lets go of it."""

    def __init__(self, chunks: Iterable[Sequence[Definition]]) -> None:
        parts = list(chunks)
        check_chunks(parts)
        self._lock = threading.Lock()
        self._chunks: list[_Chunk] = []
        self._close = weakref.finalize(self, _close, self._chunks)
        self._close.atexit = False
        for part in parts:
            self._chunks.append(_build(part))
        self._fields = frozenset[str]().union(*[chunk.fields for chunk in self._chunks])

    def match(
        self, assertion: Mapping[str, int], chunks: Collection[int] | None = None
    ) -> set[int]:
        """The numbers of the rules that match; `assertion` maps generated names to integers.

        `chunks` names by their places the only chunks that are asked.
        """
        check_assertion(assertion, self._fields)
        names = assertion.keys()
        found: set[int] = set()
        # The sequence assert, drain, abandon, retract is not atomic in the core.
        with self._lock:
            asked = self._chunks if chunks is None else [self._chunks[place] for place in chunks]
            for chunk in asked:
                mine = "".join([f',"{name}":{assertion[name]:d}' for name in chunk.fields & names])
                _drain(chunk.handle, f'{{"id":"t","sid":"0","k":1{mine}}}', found)
        return found

    def close(self) -> None:
        """Give the memory back at once; the core must not be asked afterwards."""
        with self._lock:
            self._close()

    @property
    def size(self) -> int:
        """How many chunks are open."""
        return len(self._chunks)


def check_chunks(parts: Sequence[Sequence[Definition]]) -> None:
    """Refuse whatever is not of the one shape that the core was seen to bear."""
    if len(parts) > MOST_CHUNKS:
        raise RefusedError(f"more than {MOST_CHUNKS} chunks")
    for part in parts:
        if not part or sum(definition.nodes for definition in part) > CHUNK_NODES:
            raise RefusedError("a chunk is empty or too large")
        if len({definition.name for definition in part}) != len(part):
            raise RefusedError("two rules of one name")
        for definition in part:
            _check_definition(definition)


def _check_definition(definition: Definition) -> None:
    if not isinstance(definition.name, str) or not _RULE.match(definition.name):
        raise RefusedError("a rule's name is not generated")
    paths = 1
    for term in definition.terms:
        paths *= len(term)
        for leaf in term:
            _check_leaf(leaf)
    if not 0 < paths * (len(definition.terms) + 2) <= definition.nodes:
        raise RefusedError("a rule has more nodes than it says")


def _check_leaf(leaf: Any) -> None:
    if not isinstance(leaf, dict) or len(leaf) != 1:
        raise RefusedError("a condition is not one comparison")
    ((name, value),) = leaf.items()
    if name in _COMPARISONS:
        if not isinstance(value, dict) or len(value) != 1:
            raise RefusedError("a comparison is not of one field")
        ((name, value),) = value.items()
    check_assertion({name: value})


def check_assertion(assertion: Mapping[str, int], known: frozenset[str] = frozenset()) -> None:
    """Refuse names that were not generated and values that are not small integers.

    `known` are names that were looked at when the definitions were.
    """
    for name, value in assertion.items():
        if name not in known and (not isinstance(name, str) or not _FIELD.match(name)):
            raise RefusedError("a field's name is not generated")
        if type(value) is not int or not 0 <= value < _LARGEST:
            raise RefusedError("a value is not a small integer")


def _build(definitions: Sequence[Definition]) -> _Chunk:
    rules = {definition.name: definition.as_rule() for definition in definitions}
    # The sentinel fires once: the core frees garbage when a state that never fired is deleted.
    rules["w"] = {"all": [{"m": {"w": 1}}]}
    handle = durable.create_ruleset(f"d{next(_numbers)}", json.dumps(rules))
    outcome, offset = durable.assert_event(handle, '{"id":"w","sid":"0","w":1}')
    if outcome == 0 and durable.start_action_for_state(handle, offset):
        while durable.complete_and_start_action(handle, offset):
            pass
    fields = [definition.fields() for definition in definitions]
    return _Chunk(handle, frozenset[str]().union(*fields))


def _drain(handle: int, fact: str, found: set[int]) -> None:
    """Assert the fact, note every rule that fires, and leave the state as it was."""
    outcome, offset = durable.assert_fact(handle, fact)
    if outcome:
        return  # nothing matched, nothing is kept
    try:
        started = durable.start_action_for_state(handle, offset)
        message = started[1] if started else None
        for _ in range(_MOST_FRAMES):
            if not message:
                break
            found.add(int(message[3 : message.index('"', 2)]))
            message = durable.complete_and_start_action(handle, offset)
    finally:
        # Without both, a lease keeps this state silent for a minute.
        durable.abandon_action(handle, offset)
        durable.retract_fact(handle, fact)


def _close(chunks: list[_Chunk]) -> None:
    while chunks:
        chunk = chunks.pop()
        durable.delete_state(chunk.handle, "0")
        durable.delete_ruleset(chunk.handle)
