"""The same rules in several engines: ours with explanation, two libraries, closures with an index.

rule-engine and zen-engine are not among what the desk needs (requirements-bench.txt); where they
are missing, their rows are left out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.rules import Vocabulary, compile_release, load_vocabulary, parse_ruleset

try:
    import rule_engine
except ImportError:
    rule_engine = None
try:
    import zen
except ImportError:
    zen = None

LIBRARIES: dict[str, ModuleType | None] = {"rule-engine": rule_engine, "zen-engine": zen}
ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUEUES = [f"queue{n:02}" for n in range(40)]
CHANNELS = ["email", "web", "phone", "api"]
FIELDS = ["queue", "title", "priority", "organisation", "channel"]
NAMES = {
    "queue": "ticket.queue", "title": "ticket.title", "priority": "ticket.priority",
    "organisation": "customer.organisation", "channel": "ticket.channel",
}  # fmt: skip
Condition = tuple[str, str, Any]  # field, "is" or "gte" or "contains", value
Plain = dict[str, Any]
Ask = Callable[[Plain], list[int]]


class Made:
    """So many rules of one to five conditions, and tickets for them: always the same."""

    def __init__(self, count: int) -> None:
        self.random = random.Random(7)
        self.words = [f"word{n:04}" for n in range(max(100, count // 4))]
        self.organisations = [f"company {n:04}" for n in range(max(50, count // 4))]
        self.rules = [self._rule() for _ in range(count)]
        self.tickets = [self._ticket() for _ in range(200)]

    def _rule(self) -> list[Condition]:
        pick, found = self.random, list[Condition]()
        if pick.random() < 0.5:
            found.append(("queue", "is", pick.choice(QUEUES)))
        if pick.random() < 0.6:
            found.append(("title", "contains", pick.choice(self.words)))
        if pick.random() < 0.4:
            found.append(("priority", "gte", pick.randint(1, 5)))
        if pick.random() < 0.4:
            found.append(("organisation", "is", pick.choice(self.organisations)))
        if pick.random() < 0.3:
            found.append(("channel", "is", pick.choice(CHANNELS)))
        if not {"title", "organisation"} & {field for field, _, _ in found}:
            found.append(("title", "contains", pick.choice(self.words)))
        return found

    def _ticket(self) -> Plain:
        pick = self.random
        said = " ".join(pick.choice(self.words) for _ in range(3))
        return {
            "queue": pick.choice(QUEUES), "priority": pick.randint(1, 5),
            "organisation": pick.choice(self.organisations), "channel": pick.choice(CHANNELS),
            "title": f"about {said}, please help",
        }  # fmt: skip

    def truth(self, ticket: Plain) -> list[int]:
        """Which rules match, told without any engine."""
        return [
            number for number, rule in enumerate(self.rules)
            if all(_holds(ticket, condition) for condition in rule)
        ]  # fmt: skip


def _holds(ticket: Plain, condition: Condition) -> bool:
    field, op, value = condition
    if op == "is":
        return bool(ticket[field] == value)
    return bool(ticket[field] >= value if op == "gte" else value in ticket[field])


def vocabulary_of_all() -> Vocabulary:
    """The vocabulary that comes with the desk."""
    return load_vocabulary((ROOT / "rules/vocabulary.yaml").read_text())


def written(made: Made) -> str:
    """The rules as the text of a ruleset."""
    rules = [
        {"id": f"r{n}", "title": {"de": f"Regel {n}", "en": f"Rule {n}"}, "order": n + 1,
         "when": {"all": [{"fact": NAMES[f], "op": op, "value": v} for f, op, v in rule]},
         "then": [{"set": {"queue": "Network"}}]}
        for n, rule in enumerate(made.rules)
    ]  # fmt: skip
    # JSON is YAML, and is read in the same way.
    return json.dumps(
        {"ruleset": "many", "title": {"de": "Viele", "en": "Many"}, "events": [], "rules": rules}
    )


def desk(made: Made) -> Ask:
    """Release.evaluate: facts, index, core, oracle, decisions, trace with each condition."""
    vocabulary = vocabulary_of_all()
    ruleset, problems = parse_ruleset("many", written(made), vocabulary, "many.yaml")
    if ruleset is None:
        raise SystemExit(f"The rules made for the benchmark are refused: {problems[:2]}")
    release = compile_release([ruleset], vocabulary)

    def ask(ticket: Plain) -> list[int]:
        facts = {NAMES[field]: value for field, value in ticket.items()}
        found = release.evaluate("many", facts, now=NOW)
        assert not found.trace["differs"]
        return [int(rule[1:]) for rule in found.matched]

    return ask


def rule_engine_loop(made: Made) -> Ask:
    """rule-engine: a compiled expression per rule, asked one after the other."""
    says = {"is": "{} == '{}'", "gte": "{} >= {}", "contains": "'{1}' in {0}"}
    rules = [
        rule_engine.Rule(" and ".join(says[op].format(field, value) for field, op, value in rule))
        for rule in made.rules
    ]
    return lambda ticket: [n for n, rule in enumerate(rules) if rule.matches(ticket)]


def zen_table(made: Made) -> Ask:
    """zen-engine: one decision table that collects its hits."""
    says = {"is": '"{}"', "gte": ">= {}", "contains": 'contains($, "{}")'}
    rows = []
    for number, rule in enumerate(made.rules):
        cells = {field: says[op].format(value) for field, op, value in rule}
        rows.append({"_id": str(number), "out": str(number), **dict.fromkeys(FIELDS, ""), **cells})
    inputs = [{"id": field, "name": field, "field": field} for field in FIELDS]
    outputs = [{"id": "out", "name": "out", "field": "out"}]
    content = {"hitPolicy": "collect", "inputs": inputs, "outputs": outputs, "rules": rows}
    place = {"position": {"x": 0, "y": 0}}
    nodes = [
        {"id": "a", "type": "inputNode", "name": "in", **place},
        {"id": "b", "type": "decisionTableNode", "name": "table", "content": content, **place},
        {"id": "c", "type": "outputNode", "name": "out", **place},
    ]
    edges = [
        {"id": "ab", "sourceId": "a", "targetId": "b", "type": "edge"},
        {"id": "bc", "sourceId": "b", "targetId": "c", "type": "edge"},
    ]
    graph = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def ask(ticket: Plain) -> list[int]:
        result = decision.evaluate(ticket)["result"]
        return [int(row["out"]) for row in (result if isinstance(result, list) else [result])]

    return ask


def closures(made: Made) -> Ask:
    """Plain functions filed under one condition each: nothing is folded, checked or explained."""
    rare = {"title": 0, "organisation": 1}
    filed: dict[tuple[str, Any], list[tuple[int, list[Condition]]]] = {}
    for number, rule in enumerate(made.rules):
        field, _, value = min(rule, key=lambda condition: rare.get(condition[0], 2))
        filed.setdefault((field, value), []).append((number, rule))

    def ask(ticket: Plain) -> list[int]:
        keys = [("organisation", ticket["organisation"])]
        keys += [("title", word.strip(",")) for word in ticket["title"].split()]
        return sorted(
            number for key in dict.fromkeys(keys) for number, rule in filed.get(key, ())
            if all(_holds(ticket, condition) for condition in rule)
        )  # fmt: skip

    return ask


def engines() -> dict[str, Callable[[Made], Ask]]:
    """What there is to be measured here, ours first."""
    found: dict[str, Callable[[Made], Ask]] = {"desk": desk}
    if LIBRARIES["rule-engine"]:
        found["rule-engine"] = rule_engine_loop
    if LIBRARIES["zen-engine"]:
        found["zen-engine"] = zen_table
    return {**found, "closures": closures}


def missing() -> list[str]:
    """The libraries that are not installed."""
    return [name for name, module in LIBRARIES.items() if module is None]
