"""Rulesets that are clean by the way they are made, and faults to be planted into them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from engine.rules import Ruleset, load_vocabulary, parse_ruleset
from engine.rules.editing import text_of

RULES = Path(__file__).resolve().parents[4] / "rules"
VOCABULARY = load_vocabulary((RULES / "vocabulary.yaml").read_text("utf-8"))
Data = dict[str, Any]


def condition(fact: str, op: str, value: Any = None) -> Data:
    return {"fact": fact, "op": op} | ({} if value is None else {"value": value})


def rule(rule_id: str, when: list[Data] | Data | None, then: Any, **more: Any) -> Data:
    """A rule; a list of conditions must all hold."""
    found: Data = {"id": rule_id, "title": {"de": rule_id, "en": rule_id}}
    if when:
        found["when"] = {"all": when} if isinstance(when, list) else when
    return found | {"then": then if isinstance(then, list) else [{"set": then}]} | more


def word(number: int) -> str:
    """Words of which none stands in another."""
    return f"q{number:05d}z"


def day(number: int) -> str:
    """A day for each number, in their order."""
    return (date(1995, 1, 1) + timedelta(days=number)).isoformat()


# Each family sets a field of its own, and its rules either exclude each other or stop.
FAMILIES: list[Callable[[int], Data]] = [
    lambda n: rule(f"org-{n}", [condition("customer.organisation", "is", f"Company {n}"),
                                condition("ticket.priority", "gte", 2)], {"queue": f"Q{n}"}),
    lambda n: rule(f"word-{n}", {"any": [condition("ticket.title", "contains_word", [word(n)]),
                                         condition("ticket.body", "contains", [word(n)])]},
                   {"service": f"S{n}"}, stop=True),
    lambda n: rule(f"range-{n}", [condition("clock.percent", "gte", n),
                                  condition("clock.percent", "lt", n + 1)], {"type": f"T{n}"}),
    lambda n: rule(f"mail-{n}", {"all": [condition("customer.email", "domain_is", f"c{n}.example")],
                                 "none": [condition("ticket.title", "starts_with", "Re:"),
                                          condition("customer.vip", "is", True)]},
                   {"sla": f"L{n}"}),
    lambda n: rule(f"tag-{n}", [condition("ticket.tags", "has", f"tag{n}"),
                                condition("ticket.owner", "is_empty", False)],
                   {"owner": f"o{n}"}, stop=True),
    lambda n: rule(f"moved-{n}", [condition("ticket.state", "changed_to", f"state {n}")],
                   {"responsible": f"r{n}"}, stop=True, events=["ticket.changed"]),
    lambda n: rule(f"form-{n}", [condition("form.kind", "in", [f"a{n}", f"b{n}"]),
                                 condition("form.count", "gt", 2)], {"custom.kind": f"k{n}"}),
    lambda n: rule(f"day-{n}", [condition("ticket.created", "after", day(n)),
                                condition("ticket.created", "before", day(n + 1))],
                   {"custom.day": f"d{n}"}),
    lambda n: rule(f"pattern-{n}", [condition("article.text", "matches", f"{word(n)}[0-9]+")],
                   {"state": f"s{n}"}, stop=True),
]  # fmt: skip


def clean(count: int, seed: int = 0) -> list[Data]:
    """So many rules in which nothing is wrong."""
    pick = random.Random(seed)
    rules = [FAMILIES[n % len(FAMILIES)](n) for n in range(count)]
    pick.shuffle(rules)
    return rules


def planted(rules: list[Data], fault: list[Data], seed: int = 0) -> list[Data]:
    """The rules with those of the fault among them, in their order."""
    pick = random.Random(seed)
    places = sorted(pick.randrange(len(rules) + 1) for _ in fault)
    found = list(rules)
    for moved, (place, one) in enumerate(zip(places, fault, strict=True)):
        found.insert(place + moved, one)
    return found


def ruleset(rules: list[Data], name: str = "sample", **more: Any) -> Ruleset:
    """The rules as a ruleset; what refuses it fails the test."""
    head: Data = {"ruleset": name, "title": {"de": "Probe", "en": "Sample"},
                  "events": ["ticket.created", "ticket.changed"]}  # fmt: skip
    read, problems = parse_ruleset(name, text_of({**head, **more, "rules": rules}), VOCABULARY)
    assert read is not None, problems[:3]
    return read
