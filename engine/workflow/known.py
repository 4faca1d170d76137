"""What is known where: the variables that expressions at a step may name, while it is drawn.

A variable is sure at a step when every way there sets it, possible when some way does. Followed
are the flows of the drawing, not the data; a step of a parallel part knows what the parts beside
it may have set by then, but not surely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import Invalid, Problem
from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import names_in, parse_expression
from engine.workflow.lint.diagram import Diagram, Element, Scope, error, name_of, reached, warning
from engine.workflow.lint.language import expressions, times
from engine.workflow.lint.run import diagrams_of
from engine.workflow.lint.words import DECIDED, TOLD
from engine.workflow.soundness.net import INNER
from engine.workflow.soundness.variables import (
    TICKET,
    Set,
    collects,
    given,
    may_be_left_out,
    sets_of,
)
from engine.workflow.source import Bundle, read_bundle
from engine.workflow.xml import local

Files = Mapping[str, bytes]
Names = dict[str, "Known"]


@dataclass(frozen=True)
class Known:
    """A variable at a step: whether it is surely set there, of what type, from which values."""

    name: str
    sure: bool
    type: str = ""
    choices: tuple[Any, ...] = ()
    source: str = ""  # ticket, form, script, ruleset, service, item, result, given, told


_FIELDS = [Known(f"ticket.{name}", True, kind, (), "ticket") for name, kind in TICKET.items()]


def known_at(key: str, files: Files, shared: Mapping[str, Files]) -> dict[str, list[Known]]:
    """Element (step or flow) → what expressions there may name, by name; never raises."""
    try:
        bundle = read_bundle(key, files, shared)
    except (Invalid, ValueError, TypeError, AttributeError):
        return {}
    return {
        element: sorted([*names.values(), *_FIELDS], key=lambda one: one.name)
        for element, names in _Knowledge(bundle).run().items()
    }


def maybe_unknown(bundle: Bundle) -> list[Problem]:
    """Expressions that name what some way to them does not set."""
    knowledge = _Knowledge(bundle)
    at = knowledge.run()
    found = []
    for diagram in knowledge.diagrams:
        timed = ((node, "time", text) for node, _, text in times(diagram))
        for node, what, text in [*expressions(diagram), *timed]:
            names = at.get(node.get("id", ""), {})
            try:
                asked = names_in(parse_expression(text))
            except ExpressionError:
                continue
            for name in sorted(asked):
                one = names.get(name)
                later = one is None and name in knowledge.somewhere
                if later and names and not what.startswith("condition to"):
                    found.append(_never(node, what, name))
                if one is not None and not one.sure and one.source in ("form", "script", "result"):
                    found.append(_warn(knowledge, node, what, name))
    return found


def _warn(knowledge: _Knowledge, node: Element, what: str, name: str) -> Problem:
    way = knowledge.way_without(node, name)
    through = f" (over {', '.join(way)})" if way else ""
    return warning(
        "maybe-unknown", node,
        f'The {what} of "{name_of(node)}" names "{name}", which is not set on every way '
        f"there{through}", "Make the answer required, or set it by a script before",
    )  # fmt: skip


def _never(node: Element, what: str, name: str) -> Problem:
    return error(
        "unknown-name", node,
        f'The {what} of "{name_of(node)}" names "{name}", which nothing on the way there sets',
        "Ask for it, or set it by a script, before",
    )  # fmt: skip


class _Knowledge:
    def __init__(self, bundle: Bundle) -> None:
        self.diagrams = diagrams_of(bundle)
        self.called = {d.process.get("id", ""): d for d in self.diagrams}
        self.scopes = {id(s.element): (d, s) for d in self.diagrams for s in d.scopes}
        self.at: dict[str, Names] = {}
        self.sets: dict[str, list[Set]] = {}
        self.place: dict[str, Scope] = {}
        for diagram in self.diagrams:
            for scope in diagram.scopes:
                for key, node in scope.nodes.items():
                    self.sets[key] = sets_of(node, diagram)
                    self.place[key] = scope

    @property
    def somewhere(self) -> set[str]:
        """The variables that some step sets."""
        return {one.name for sets in self.sets.values() for one in sets}

    def run(self) -> dict[str, Names]:
        """Walk through every process that is looked at by itself, and what it holds or calls."""
        top = self.diagrams[0]
        begin: Names = {name: Known(name, False, source="ruleset") for name in sorted(DECIDED)}
        begin |= {name: Known(name, False, source="told") for name in sorted(TOLD)}
        begin |= {name: Known(name, True, source="given") for name in given(top)}
        begin["ticket"] = Known("ticket", True, "object", source="ticket")
        self._scope(top.scopes[0], begin, 0)
        return self.at

    def _scope(self, scope: Scope, begin: Names, depth: int) -> Names:
        """What is known at the end of a scope, and at each step in it on the way."""
        before: dict[str, Names] = {}
        todo = [n.get("id", "") for n in scope.of_kind("startEvent")]
        before.update(dict.fromkeys(todo, begin))
        main = reached(scope, beside=False)
        ends: list[Names] = []
        left = 40 * (len(scope.nodes) + 1)
        while todo and left:
            left -= 1
            key = todo.pop(0)
            node = scope.nodes[key]
            self.at[key] = (
                _meet([self.at[key], before[key]]) if depth and key in self.at else (before[key])
            )
            after = self._after(scope, node, before[key], depth)
            if local(node) == "endEvent" and key in main:
                ends.append(after)
            followers = [(f.get("targetRef", ""), after) for f in scope.out.get(key, [])]
            for flow in scope.out.get(key, []):
                self.at[flow.get("id", "")] = after
            for event in scope.borders.get(key, []):
                possibly = {
                    n: replace(k, sure=k.sure and n in before[key] and before[key][n].sure)
                    for n, k in after.items()
                }
                followers.append((event.get("id", ""), possibly))
            for target, names in followers:
                if target not in scope.nodes:
                    continue
                joins = local(scope.nodes[target]) == "parallelGateway"
                old = before.get(target)
                new = names if old is None else _meet([old, names], every=joins)
                if new != old:
                    before[target] = new
                    todo.append(target)
        return _meet(ends) if ends else begin

    def _after(self, scope: Scope, node: Element, names: Names, depth: int) -> Names:
        """What is known once a step is over."""
        key = node.get("id", "")
        own = {
            s.name: Known(s.name, s.sure, s.type, s.values or (), s.source)
            for s in self.sets.get(key, []) if s.name
        }  # fmt: skip
        within: Names = {}
        if local(node) in INNER and depth < 12:
            inner = self._inner(node)
            if inner is not None:
                items = {n: replace(k, sure=True) for n, k in own.items() if k.source == "item"}
                within = self._scope(inner, {**names, **items}, depth + 1)
        merged = dict(names)
        kept = {s.name for s in self.sets.get(key, []) if not s.inside}
        surely = not may_be_left_out(node)
        for name, one in {**({} if collects(node) else within), **own}.items():
            if one.source == "item" or (name in own and name not in kept):
                continue
            earlier = merged.get(name)
            sure = (one.sure and (surely or one.source == "result")) or (
                earlier is not None and earlier.sure
            )
            merged[name] = replace(one, sure=sure)
        items = {n: k for n, k in own.items() if k.source == "item"}
        if items:
            self.at[key] = {**self.at[key], **{n: replace(k, sure=True) for n, k in items.items()}}
        return merged

    def _inner(self, node: Element) -> Scope | None:
        if local(node) == "callActivity":
            called: Diagram | None = self.called.get(node.get("calledElement", ""))
            return called.scopes[0] if called is not None else None
        return self.scopes[id(node)][1] if id(node) in self.scopes else None

    def way_without(self, node: Element, name: str) -> list[str]:
        """The names of the steps of a way to an element on which nothing surely sets a variable."""
        key = node.get("id", "")
        if key not in self.place:
            key = node.get("sourceRef", key)
        scope = self.place.get(key)
        if scope is None:
            return []
        todo: list[tuple[str, ...]] = [(n.get("id", ""),) for n in scope.of_kind("startEvent")]
        seen: set[str] = set()
        while todo:
            way = todo.pop(0)
            here = way[-1]
            if here == key:
                return list(_told(scope, way[1:-1]))
            sets = any(s.name == name and s.sure for s in self.sets.get(here, []))
            if here in seen or sets:
                continue
            seen.add(here)
            further = [f.get("targetRef", "") for f in scope.out.get(here, [])]
            further += [e.get("id", "") for e in scope.borders.get(here, [])]
            todo += [(*way, target) for target in further if target in scope.nodes]
        return []


def _told(scope: Scope, way: tuple[str, ...]) -> Iterator[str]:
    for key in way[-4:]:
        if not local(scope.nodes[key]).endswith("Gateway"):
            yield f'"{name_of(scope.nodes[key])}"'


def _meet(many: list[Names], *, every: bool = False) -> Names:
    """What is known where ways meet: sure only what all of them set, or any where all come."""
    if len(many) == 2 and many[0] == many[1]:
        return many[0]
    found: Names = {}
    for names in many:
        for name, one in names.items():
            old = found.get(name)
            if old is None:
                found[name] = one
                continue
            # A value may be a list, which cannot be looked up by itself.
            choices = tuple({repr(c): c for c in (*old.choices, *one.choices)}.values())
            both = bool(old.choices) and bool(one.choices)
            found[name] = replace(
                one, sure=old.sure and one.sure, choices=choices if both else (),
                type=one.type if one.type == old.type else "",
            )  # fmt: skip
    for name, one in found.items():
        there = [names[name].sure for names in many if name in names]
        sure = any(there) if every else all(there) and len(there) == len(many)
        found[name] = replace(one, sure=sure)
    return found
