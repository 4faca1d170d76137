"""Which open tickets a rule of every hour can be about, so that no other is looked at.

What a rule asks of state, queue, type, priority, service and SLA is tried on their rows, of which
there are few, by the rules' own evaluator; what follows is asked of the database. Conditions on
anything else are left to the rules.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

from engine.catalogue.models import Priority, Queue, Service, Sla, State, TicketType
from engine.catalogue.shelf import Shelf, shelf
from engine.rules.facts import Facts
from engine.rules.possible import possible
from engine.rules.release import HOURLY, Release
from engine.rules.ruleset import Rule
from engine.rules.trace import atoms_of
from engine.tickets.models import Ticket
from engine.work import Work

# fact → its rows, the column of the ticket, and what rules see of a row
_FIELDS: Mapping[str, tuple[type[Any], str, str]] = {
    "ticket.queue": (Queue, "queue_id", "name"),
    "ticket.type": (TicketType, "type_id", "name"),
    "ticket.priority": (Priority, "priority_id", "rank"),
    "ticket.service": (Service, "service_id", "name"),
    "ticket.sla": (Sla, "sla_id", "name"),
}
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # none of these facts is a date
_known: dict[tuple[str, str], Reach] = {}  # the latest, by release and stamp of the catalogue
_lock = threading.Lock()


@dataclass(frozen=True)
class Wanted:
    """One rule in one state: its name, and by column the ids without which it cannot hold."""

    rule: str
    ids: Mapping[str, frozenset[int | None]]

    def admits(self, ticket: Ticket) -> bool:
        """Whether it can hold of the ticket."""
        return all(getattr(ticket, column) in ids for column, ids in self.ids.items())

    def condition(self) -> ColumnElement[bool]:
        """The same for the database."""
        parts = []
        for name, ids in self.ids.items():
            column = getattr(Ticket, name)
            some = column.in_(sorted(one for one in ids if one is not None))
            parts.append(or_(some, column.is_(None)) if None in ids else some)
        return and_(true(), *parts)


@dataclass(frozen=True)
class Reach:
    """By open state the rules that can hold there; a state where none can is missing."""

    rules: int
    states: Mapping[int, tuple[Wanted, ...]] = field(default_factory=dict)

    def condition(self, state_id: int) -> ColumnElement[bool]:
        """What a ticket in this state has to be like for one of the rules to hold."""
        return or_(*(one.condition() for one in self.states[state_id]))

    def wants(self, ticket: Ticket, decided: frozenset[str]) -> bool:
        """Whether there is a rule that can hold of it and has not decided about it yet."""
        rules = self.states.get(ticket.state_id, ())
        return any(one.rule not in decided and one.admits(ticket) for one in rules)


def reach_of(work: Work, release: Release) -> Reach:
    """Of the release in force, worked out once while neither it nor the catalogue changes."""
    catalogue = shelf(work.session)
    key = release.digest, catalogue.stamp
    with _lock:
        found = _known.get(key)
    if found is None:
        found = _reach(catalogue, release)
        with _lock:
            _known.clear()
            _known[key] = found
    return found


def listeners(release: Release) -> list[tuple[str, Rule]]:
    """The rules of a release that are asked every hour, each with its name."""
    return [
        (f"{name}/{rule.id}", rule)
        for name in release.listening(HOURLY)
        for rule in release.rulesets[name].in_order()
        if not rule.changed and (not rule.events or HOURLY in rule.events)
    ]


def _reach(catalogue: Shelf, release: Release) -> Reach:
    rules = listeners(release)
    states = {}
    for state in sorted(catalogue.all(State), key=lambda one: one.id):
        if not state.ended:
            seen = {"ticket.state": state.name, "ticket.state_type": state.type}
            wanted = [_wanted(catalogue, name, rule, seen) for name, rule in rules]
            states[state.id] = tuple(one for one in wanted if one is not None)
    return Reach(len(rules), {key: some for key, some in states.items() if some})


def _wanted(catalogue: Shelf, name: str, rule: Rule, seen: Mapping[str, Any]) -> Wanted | None:
    """What the rule needs in this state; None where it cannot hold there."""
    if not _can(rule, seen):
        return None
    ids: dict[str, frozenset[int | None]] = {}
    for fact in {atom.fact for atom, _ in atoms_of(rule.when)} & _FIELDS.keys():
        kind, column, shown = _FIELDS[fact]
        values = {row.id: getattr(row, shown) for row in catalogue.all(kind)} | {None: ""}
        some = frozenset(key for key, value in values.items() if _can(rule, {**seen, fact: value}))
        if len(some) < len(values):
            ids[column] = some
    return Wanted(name, ids)


def _can(rule: Rule, facts: Mapping[str, Any]) -> bool:
    return possible(rule.when, Facts(facts, None, _NEVER), facts.keys())
