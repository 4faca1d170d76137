"""Small rules for the tests of the rules machine, and a maker of odd ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from engine.rules import Release, Vocabulary, compile_release, load_vocabulary, parse_ruleset
from engine.rules.conditions import ConditionReader, Findings
from engine.rules.facts import BESIDE
from engine.rules.operators import OPERATORS
from engine.rules.ruleset import Rule
from engine.rules.source import read_yaml

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
WORDS = ["Drucker", "STÖRUNG", "sto\u0308rung", "vpn", "Straße", "STRASSE", "100%", "a.b", "\\d+",
         "(", "[", "ß", "x" * 300, "x" * 301, '"q"', "😀", "nichts", "ﬁ", "true", "5", " ",
         "\u0130", "\ud800"]  # fmt: skip
FACTS = {
    "string": ["s.one", "s.two", "ticket.kind"],
    "enum": ["color"],
    "text": ["t.one", "t.two"],
    "number": ["n.one", "n.two"],
    "boolean": ["b.one"],
    "date": ["d.one", "d.two"],
    "list": ["l.one"],
    "any": ["form.x", "form.y", "custom.x"],
}
VOCABULARY = {
    "facts": {
        **{
            name: {"type": kind, "label": {"de": f"der {name}", "en": f"the {name}"}}
            for kind, names in FACTS.items()
            for name in names
            if kind not in ("any", "enum")
        },
        "form.*": {"type": "any", "label": {"de": "die Antwort", "en": "the answer"}},
        "custom.*": {"type": "any", "label": {"de": "das Feld", "en": "the field"}},
        "color": {
            "type": "enum",
            "values": ["red", "green"],
            "label": {"de": "die Farbe", "en": "the color"},
        },
    },
    "actions": {
        "set": {
            "value": "mapping",
            "label": {"de": "setzen", "en": "set"},
            "fields": {
                "queue": {"type": "string"},
                "priority": {"type": "number", "min": 1, "max": 5},
                "state": {"type": "string", "values": ["open", "closed"]},
            },
        },
        "add_tag": {"value": "string", "label": {"de": "Tag", "en": "tag"}},
        "notify": {
            "value": "mapping",
            "required": ["to", "template"],
            "label": {"de": "melden", "en": "notify"},
            "fields": {"to": {"type": "string"}, "template": {"type": "string"}},
        },
        "variable": {
            "value": "mapping",
            "open": True,
            "label": {"de": "Variable", "en": "variable"},
        },
    },
    "events": {
        "ticket.created": {"label": {"de": "angelegt", "en": "created"}},
        "ticket.changed": {"label": {"de": "geändert", "en": "changed"}},
    },
}


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary(yaml.safe_dump(VOCABULARY, allow_unicode=True))


class Plain(yaml.SafeDumper):
    """Writes every value out, as a rule file has to."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def document(rules: list[dict[str, Any]], **more: Any) -> str:
    """A rule file with these rules; ids, titles and actions are filled in."""
    filled = [
        {
            "id": f"rule{index}",
            "title": {"de": f"Regel {index}", "en": f"Rule {index}"},
            "then": [{"set": {"queue": f"Q{index}"}}],
            **rule,
        }
        for index, rule in enumerate(rules)
    ]
    data = {
        "ruleset": "sample",
        "title": {"de": "Probe", "en": "Sample"},
        "events": ["ticket.created", "ticket.changed"],
        "rules": filled,
        **more,
    }
    return yaml.dump(data, Dumper=Plain, allow_unicode=True, sort_keys=False)


@pytest.fixture
def make(vocabulary: Vocabulary) -> Callable[..., Release]:
    """A release of one ruleset called sample."""

    def build(rules: list[dict[str, Any]], **more: Any) -> Release:
        ruleset, problems = parse_ruleset("sample", document(rules, **more), vocabulary)
        assert ruleset is not None, problems
        return compile_release([ruleset], vocabulary)

    return build


@pytest.fixture
def parse(vocabulary: Vocabulary) -> Callable[..., Any]:
    """(ruleset, problems) of a document made from rules, or of a text."""

    def run(rules: Any, **more: Any) -> Any:
        text = rules if isinstance(rules, str | bytes) else document(rules, **more)
        return parse_ruleset(None, text, vocabulary, "sample.yaml")

    return run


class Odd:
    """Odd rules and odd tickets from one seed."""

    def __init__(self, seed: int, vocabulary: Vocabulary) -> None:
        self.random = random.Random(seed)
        self.vocabulary = vocabulary

    def rules(self, count: int) -> list[Rule]:
        """Rules with generated conditions, as a parser would make them."""
        found = []
        while len(found) < count:
            when = self.group(0)
            data = read_yaml(yaml.safe_dump(when, allow_unicode=True))[0]
            findings = Findings()
            group = ConditionReader(self.vocabulary, findings, "r").when(data, 1)
            if not findings.failed:
                found.append(Rule(f"r{len(found)}", {}, len(found), group, ()))
        return found

    def group(self, depth: int) -> dict[str, Any]:
        pick = self.random
        modes = pick.sample(["all", "any", "none"], pick.choice([1, 1, 2]))
        return {
            mode: [
                self.group(depth + 1) if depth < 3 and pick.random() < 0.15 else self.condition()
                for _ in range(pick.choice([1, 1, 2, 3, 9]))
            ]
            for mode in modes
        }

    def condition(self) -> dict[str, Any]:
        pick = self.random
        kind = pick.choice(list(FACTS))
        fitting = [op for op in OPERATORS.values() if kind == "any" or kind in op.kinds]
        operator = pick.choice([op for op in fitting if op.name != "matches"])
        sample = pick.choice(["string", "number", "boolean"]) if kind == "any" else kind
        if operator.kinds in ({"number"}, {"date"}, {"list"}):
            (sample,) = operator.kinds
        elif kind == "any" and "boolean" not in operator.kinds:
            sample = "string"
        condition = {"fact": pick.choice(FACTS[kind]), "op": operator.name}
        value = self.value(operator.value, operator.takes or sample)
        if operator.name == "written_in":
            value = pick.choice(["de", "en", ["de", "en"]])
        return condition if value is None else {**condition, "value": value}

    def value(self, shape: str, kind: str) -> Any:
        if shape == "flag":
            return self.random.choice([None, True, False])
        if shape == "minutes":
            return self.random.choice([0, 5, 60, 100000])
        if shape == "hours":
            return self.random.choice([0, 0.5, 2, 1000])
        if shape == "offset":
            return self.random.choice(["now", "-1d", "+2h", "-30m"])
        if shape == "one" or (shape == "some" and self.random.random() < 0.5):
            return self.literal(kind)
        return [self.literal(kind) for _ in range(self.random.choice([1, 2, 3, 12]))]

    def literal(self, kind: str) -> Any:
        pick = self.random
        if kind == "number":
            return pick.choice([0, 1, 2, 3, 2.5, -1, 2**53 + 1, 10**20])
        if kind == "boolean":
            return pick.random() < 0.5
        if kind == "enum":
            return pick.choice(["red", "green"])
        if kind == "date":
            return pick.choice(["2026-05-03", "2026-05-03T14:00:00+02:00", "1970-01-01T00:00:00"])
        return pick.choice([word for word in WORDS if word.strip() and word != "\ud800"])

    def ticket(self) -> dict[str, Any]:
        """Facts of every shape that anybody may ever hand in."""
        pick = self.random
        odd = [None, "", [], {}, "5", "2.5", "yes", True, False, 0, 1, 2, 2.5, 3, 10**30, -(10**30),
               2**53, 2**53 + 1, 2**63, 1e22, 1e-7, float("nan"), float("inf"), float("-inf"),
               10**5000, "9" * 5000, "1e999999", "NaN", "sNaN", b"bytes", object(), ["VPN", None],
               ["strasse", 5], [["deep"]], "2026-05-03", "2026-05-03T12:00:00Z", "9999-12-31",
               "0001-01-01T00:00:00+14:00", NOW, "x" * 70_000 + " vpn", "störung\n\0VPN",
               "5'\"}{", *WORDS]  # fmt: skip
        names = [name for names in FACTS.values() for name in names]
        names += [f"d.one.{what}" for what in BESIDE] + [f"form.x.{what}" for what in BESIDE]
        return {name: pick.choice(odd) for name in names if pick.random() < 0.9}

    def changed(self) -> dict[str, Any]:
        names = ["s.one", "n.one", "form.x", "l.one", "b.one"]
        values = [None, "vpn", "Straße", 1, 2, True, [], ["a"]]
        return {
            name: (self.random.choice(values), self.random.choice(values))
            for name in names
            if self.random.random() < 0.5
        }


@pytest.fixture
def odd(vocabulary: Vocabulary) -> Callable[[int], Odd]:
    """A maker of odd things for a seed."""
    return lambda seed: Odd(seed, vocabulary)
