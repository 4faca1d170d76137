"""What two releases decide about the same past, counted: what changes, by which rules, for whom.

Counts are tickets. What is kept is bounded however many tickets are looked at, and can be put away
between two batches: it is plain data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.commands.rules_history import Past
from engine.rules import Decision, Release
from engine.rules.facts import Facts
from engine.rules.release import DEFAULT
from engine.rules.trace import plain

MOST_CELLS = 300  # pairs of before and after of one field
MOST_FIELDS = 40
MOST_NAMES = 500  # organisations
MOST_CUSTOMERS = 5000
SAMPLES = 10  # tickets of one pair
LONGEST = 120  # characters of a value
OTHERS = ""  # among the organisations: all that are not named

Tally = dict[str, Any]


def empty_tally() -> Tally:
    """Nothing has been looked at yet."""
    return {
        "tickets": 0, "matched": 0, "matched_before": 0, "different": 0, "fields": {}, "rules": {},
        "queues": {}, "organisations": {}, "customers": [], "more_customers": False,
    }  # fmt: skip


class Comparison:
    """Two releases, and the rulesets of them that are compared."""

    def __init__(
        self, before: Release, after: Release, names: Collection[str], now: datetime
    ) -> None:
        self.sides = (before, after)
        self.names = sorted(names)
        self.now = now  # rules are in use as they are today; only the facts are of the past
        self.events = [_events(release, self.names) for release in self.sides]

    def count(self, past: Past, tally: Tally) -> None:
        """Put one ticket to both, and into the tally."""
        fired: tuple[set[str], set[str]] = (set(), set())
        changes: set[tuple[str, str, str]] = set()
        for name in self.names:
            heard = [{id(m) for m in past.of(name, events[name])} for events in self.events]
            moments = [m for m in past.moments if any(id(m) in some for some in heard)]
            for moment in moments:
                seen = moment.seen_by(name)
                facts = Facts(seen, moment.changed, moment.at, moment.times)
                outcomes = []
                for side, release in enumerate(self.sides):
                    decisions: Iterable[Decision] = ()
                    if id(moment) in heard[side] and name in release.rulesets:
                        decisions, rules = release.answer(
                            name, facts, event=moment.event or None, skip=moment.skip, now=self.now
                        )
                        fired[side].update(f"{name}/{rule}" for rule in rules)
                        if not rules and decisions:
                            fired[side].add(f"{name}/{DEFAULT}")
                    outcomes.append(outcome(decisions))
                changes |= _differing(outcomes[0], outcomes[1], seen)
        _enter(tally, past, fired, changes)


def outcome(decisions: Iterable[Decision]) -> dict[str, Any]:
    """What comes of decisions: fields as they are set last, everything else as a set of words."""
    found: dict[str, Any] = {}
    for one in decisions:
        if one.action == "set" and isinstance(one.value, Mapping):
            found |= {str(field): said(value) for field, value in one.value.items()}
        elif one.action in ("add_tag", "remove_tag"):
            sign = "+" if one.action == "add_tag" else "-"
            found.setdefault(":tags", set()).add(sign + said(one.value))
        else:
            found.setdefault(f":{one.action}", set()).add(said(one.value))
    return {
        field: ", ".join(sorted(value)) if isinstance(value, set) else value
        for field, value in found.items()
    }


def said(value: Any) -> str:
    """A value as bounded text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {said(inner)}" for name, inner in value.items())[:LONGEST]
    if isinstance(value, list | tuple):
        return ", ".join(said(inner) for inner in value)[:LONGEST]
    return str(plain(value) if value is not None else "")[:LONGEST]


def _events(release: Release, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    known = release.rulesets
    return {name: known[name].events if name in known else () for name in names}


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any], facts: Mapping[str, Any]
) -> set[tuple[str, str, str]]:
    """Field, before and after where both differ; what nobody sets stays as the ticket has it."""
    found = set()
    for field in before.keys() | after.keys():
        fact = field if field.startswith("custom.") else f"ticket.{field}"
        there = "" if field.startswith(":") else said(facts.get(fact))
        pair = before.get(field, there), after.get(field, there)
        if pair[0] != pair[1]:
            found.add((field, *pair))
    return found


def _enter(
    tally: Tally,
    past: Past,
    fired: tuple[set[str], set[str]],
    changes: set[tuple[str, str, str]],
) -> None:
    tally["tickets"] += 1
    for key, rules in zip(("matched_before", "matched"), fired, strict=True):
        tally[key] += any(not rule.endswith(f"/{DEFAULT}") for rule in rules)
    for side, rules in enumerate(fired):
        for rule in rules:
            tally["rules"].setdefault(rule, [0, 0])[side] += 1
    if not changes:
        return
    tally["different"] += 1
    for field, before, after in sorted(changes):
        _cell(tally, field, before, after, past.id)
    for field in {field for field, _, _ in changes} & tally["fields"].keys():
        tally["fields"][field]["tickets"] += 1
    _add(tally["queues"], past.queue)
    if past.organisation:
        _add(tally["organisations"], past.organisation)
    customers = tally["customers"]
    if past.customer_id is not None and past.customer_id not in customers:
        if len(customers) < MOST_CUSTOMERS:
            customers.append(past.customer_id)
        else:
            tally["more_customers"] = True


def _cell(tally: Tally, field: str, before: str, after: str, ticket_id: int) -> None:
    """One more ticket whose field becomes another; too many pairs are counted together."""
    fields = tally["fields"]
    if field not in fields and len(fields) >= MOST_FIELDS:
        return
    one = fields.setdefault(field, {"tickets": 0, "cells": [], "others": 0})
    for cell in one["cells"]:
        if cell[0] == before and cell[1] == after:
            cell[2] += 1
            if len(cell[3]) < SAMPLES:
                cell[3].append(ticket_id)
            return
    if len(one["cells"]) < MOST_CELLS:
        one["cells"].append([before, after, 1, [ticket_id]])
    else:
        one["others"] += 1


def _add(counts: dict[str, int], name: str) -> None:
    known = name in counts or len(counts) < MOST_NAMES
    counts[name if known else OTHERS] = counts.get(name if known else OTHERS, 0) + 1
