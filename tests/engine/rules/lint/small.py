"""Small worlds: few facts of few values, so that every ticket there is can be asked.

What the checker says of a ruleset is then not tried on examples, but on all tickets.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from typing import Any

from engine.rules import Release, Ruleset, load_vocabulary, parse_ruleset, preview_release
from engine.rules.conditions import ConditionReader, Findings
from engine.rules.facts import NOON, Facts
from engine.rules.lint.chains import carried
from engine.rules.oracle import Test, ready
from engine.rules.ruleset import Rule
from engine.rules.source import read_yaml

LABEL = {"de": "x", "en": "x"}
CREATED, CHANGED = "ticket.created", "ticket.changed"
ABSENT = object()
WORDS = load_vocabulary(json.dumps({
    "facts": {
        "ticket.queue": {"type": "string", "label": LABEL},
        "ticket.priority": {"type": "number", "label": LABEL},
        "ticket.tags": {"type": "list", "label": LABEL},
        "ticket.channel": {"type": "enum", "values": ["web", "mail", "fax"], "always": True,
                           "label": LABEL},
        "ticket.sla": {"type": "enum", "values": ["gold", "tin"], "label": LABEL},
        "customer.vip": {"type": "boolean", "always": True, "label": LABEL},
    },
    "actions": {
        "set": {"value": "mapping", "label": LABEL, "fields": {
            "queue": {"type": "string"}, "priority": {"type": "number"}}},
        "add_tag": {"value": "string", "label": LABEL},
        "remove_tag": {"value": "string", "label": LABEL},
    },
    "events": {CREATED: {"label": LABEL}, CHANGED: {"label": LABEL}},
}))  # fmt: skip
VALUES: dict[str, list[Any]] = {
    # each a value that rules name, or one of those that they do not tell apart
    "ticket.queue": ["A", "B", "other", ABSENT],
    "ticket.priority": [0, 1, 1.5, 2, 2.5, 3, 4, ABSENT],
    "ticket.tags": [["a"], ["b"], ["a", "b"], ["z"], ["a", "z"], ["b", "z"], ["a", "b", "z"],
                    ABSENT],
    "ticket.channel": ["web", "mail", "fax"],
    "ticket.sla": ["gold", "tin", ABSENT],
    "customer.vip": [True, False],
}  # fmt: skip
CHANGING = ("ticket.queue", "ticket.priority", "ticket.tags")
Ticket = tuple[dict[str, Any], dict[str, Any], str | None]  # facts, changes, event


class Maker:
    """Small rulesets from one seed."""

    def __init__(self, seed: int, *, changes: bool = True) -> None:
        self.random = random.Random(seed)
        names = self.random.sample(sorted(VALUES), self.random.choice([1, 2, 2, 3]))
        # no ticket changes in more than two facts at once here
        changing = [name for name in names if name in CHANGING][:2]
        self.names = changing + [name for name in names if name not in CHANGING]
        self.changing = changing if changes else []

    def condition(self) -> dict[str, Any]:
        pick = self.random
        fact = pick.choice(self.names)
        ops: dict[str, list[tuple[str, Any]]] = {
            "ticket.priority": [(op, pick.choice([1, 2, 3])) for op in
                                ("is", "is_not", "gt", "gte", "lt", "lte")]
                               + [("in", [1, 3]), ("not_in", [1, 2])],
            "ticket.tags": [("has", pick.choice("ab")), ("has_any", ["a", "b"]),
                            ("has_none", ["a", "b"])],
            "customer.vip": [("is", pick.random() < 0.5), ("is_not", pick.random() < 0.5)],
        }  # fmt: skip
        named = {"ticket.channel": ["web", "mail", "fax"], "ticket.sla": ["gold", "tin"]}
        some = named.get(fact, ["A", "B"])
        texts = [("is", pick.choice(some)), ("is_not", pick.choice(some)), ("in", some[:2]),
                 ("not_in", some[:2]), ("not_in", some[1:])]  # fmt: skip
        ways = [*ops.get(fact, texts), ("is_empty", pick.random() < 0.3)]
        if fact in self.changing and pick.random() < 0.2:
            end = {"ticket.queue": "A", "ticket.priority": 2}.get(fact)
            ways = [("changed", pick.random() < 0.8)]
            ways += [("changed_to", end), ("changed_from", end)] if end else []
        op, value = pick.choice(ways)
        return {"fact": fact, "op": op, "value": value}

    def when(self, depth: int = 0) -> dict[str, Any]:
        pick = self.random
        return {
            mode: [self.when(depth + 1) if depth < 1 and pick.random() < 0.2 else self.condition()
                   for _ in range(pick.choice([1, 1, 2, 3]))]
            for mode in pick.sample(["all", "any", "none"], pick.choice([1, 1, 1, 2]))
        }  # fmt: skip

    def rule(self, number: int) -> dict[str, Any]:
        pick = self.random
        then = pick.choice([
            {"set": {"queue": "A"}}, {"set": {"queue": "B"}}, {"set": {"priority": 1}},
            {"set": {"priority": 3}}, {"add_tag": "a"}, {"remove_tag": "a"}, {"add_tag": "b"},
        ])  # fmt: skip
        found: dict[str, Any] = {"id": f"r{number}", "title": LABEL, "then": [then]}
        if pick.random() < 0.92:
            found["when"] = self.when()
        if pick.random() < 0.45:
            found["stop"] = True
        if pick.random() < 0.2:
            found["events"] = [pick.choice([CREATED, CHANGED])]
        if self.changing and pick.random() < 0.1:
            found["changed"] = [pick.choice(self.changing)]
        return found

    def world(self) -> World:
        """A ruleset that is not refused, and what was refused of it."""
        count = self.random.choice([2, 3, 4, 5])
        rules = [self.rule(number) for number in range(count)]
        refused: list[dict[str, Any]] = []
        while True:
            head = {"ruleset": "small", "title": LABEL, "events": [CREATED, CHANGED]}
            read, problems = parse_ruleset("small", json.dumps({**head, "rules": rules}), WORDS)
            if read is not None:
                return World(self.names, read, refused)
            wrong = {problem.element for problem in problems}
            assert {problem.code for problem in problems} == {"contradiction"}, problems
            refused += [rule for rule in rules if rule["id"] in wrong]
            rules = [rule for rule in rules if rule["id"] not in wrong]


@dataclass
class World:
    """A ruleset and every ticket that its rules can tell from another."""

    names: list[str]
    ruleset: Ruleset
    refused: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def rules(self) -> list[Rule]:
        return self.ruleset.in_order()

    @cached_property
    def release(self) -> Release:
        return preview_release([self.ruleset], WORDS)

    @cached_property
    def tickets(self) -> list[Ticket]:
        """All of them: created, changed in one or two facts, or asked about by a process."""
        return list(tickets(self.names))

    @cached_property
    def alone(self) -> list[frozenset[int]]:
        """By rule the numbers of the tickets that it fires on when no rule stops before it."""
        tests = [ready(rule.when) for rule in self.rules]
        found: list[set[int]] = [set() for _ in self.rules]
        for number, (facts, changed, event) in enumerate(self.tickets):
            seen = Facts(facts, changed, NOON)
            for place, rule in enumerate(self.rules):
                if rule.events and event not in rule.events:
                    continue
                if rule.changed and not rule.changed & changed.keys():
                    continue
                if tests[place](seen):
                    found[place].add(number)
        return [frozenset(one) for one in found]

    def of(self, message: str) -> frozenset[int]:
        """The tickets of which a gap speaks."""
        area = {}
        said = message.split(" catches ", 1)[1]
        for part in said.split("; ") if said != "anything" else ():
            name, values = part.split(": ")
            area[name] = values.split(", ")
        return frozenset(
            number for number, (facts, _, _) in enumerate(self.tickets)
            if all(str(facts.get(name)).lower() in values for name, values in area.items())
        )  # fmt: skip

    @cached_property
    def fires(self) -> list[frozenset[int]]:
        """The same with the rules before it."""
        left = frozenset(range(len(self.tickets)))
        found = []
        for rule, alone in zip(self.rules, self.alone, strict=True):
            found.append(alone & left)
            if rule.stop:
                left -= alone
        return found


def tickets(names: list[str]) -> Iterator[Ticket]:
    """Every ticket of these facts."""
    for values in product(*(VALUES[name] for name in names)):
        facts = {n: v for n, v in zip(names, values, strict=True) if v is not ABSENT}
        yield facts, {}, None
        yield facts, {}, CREATED
        changing = [name for name in names if name in CHANGING]
        yield facts, {}, CHANGED
        for count in (1, 2):
            for moved in combinations(changing, count):
                for olds in product(*(VALUES[name] for name in moved)):
                    pairs = {n: (_empty(n, old), _empty(n, facts.get(n, ABSENT)))
                             for n, old in zip(moved, olds, strict=True)}  # fmt: skip
                    if all(old != new for old, new in pairs.values()):
                        yield facts, pairs, CHANGED


def _empty(name: str, value: Any) -> Any:
    if value is not ABSENT:
        return value
    return {"ticket.priority": None, "ticket.tags": []}.get(name, "")


def goes_round(world: World, ticket: Ticket, longest: int = 8) -> bool:
    """Whether a rule changes the ticket again on hearing of what it led to, by way of another.

    Rules are asked as the desk asks them, without what it does against loops.
    """
    facts, changed, event = dict(ticket[0]), ticket[1], ticket[2]
    then = {rule.id: rule.then for rule in world.rules}
    path: list[set[str]] = []
    for _ in range(longest):
        seen = Facts(facts, changed, NOON)
        _, matched = world.release.answer("small", seen, event=event, now=NOON)
        changing = {rule for rule in matched if carried(facts, then[rule])}
        for depth, earlier in enumerate(path):
            if changing & earlier and len(set().union(*path[depth:])) > 1:
                return True
        changed = carried(facts, [action for rule in matched for action in then[rule]])
        if not changed:
            return False
        facts.update({name: new for name, (_, new) in changed.items()})
        event = CHANGED
        path.append(changing)
    return False


def refused_when(world: World) -> list[Test]:
    """The conditions that were refused, ready to be asked."""
    found = []
    for rule in world.refused:
        data = read_yaml(json.dumps(rule["when"]))[0]
        found.append(ready(ConditionReader(WORDS, Findings(), "x").when(data, 1)))
    return found
