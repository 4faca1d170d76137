"""Whatever rules say and tickets hold, the C core is handed generated names and small integers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.rules import compile_release, core
from engine.rules.compiler import Plan
from engine.rules.facts import Facts

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
FACT = re.compile(r'\{"id":"t","sid":"0","k":1(,"[vf][0-9]{1,6}":[0-9]{1,10}){0,400}\}')
SENTINEL = '{"id":"w","sid":"0","w":1}'
KNOWN = re.compile(r"[vfr][0-9]{1,6}|[kmw]|all|\$and|\$or|\$lte?|\$gte?")
DEEPEST = 7  # of a definition: rule, all, list, m, $and, $or, comparison
MOST_RULES = 31  # of a chunk, with the one that fires first


def at(value: Any, depth: int = 0) -> None:
    """Nothing but known names and small integers, and not deep."""
    assert depth <= 2 * DEEPEST
    if isinstance(value, dict):
        for name, inner in value.items():
            assert KNOWN.fullmatch(name)
            at(inner, depth + 1)
    elif isinstance(value, list):
        assert len(value) <= core.CHUNK_NODES
        for inner in value:
            at(inner, depth + 1)
    else:
        assert type(value) is int
        assert 0 <= value < 2**31


class Watched:
    """Stands before the C module and looks at all that goes down."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.built = self.asserted = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def create_ruleset(self, name: str, definition: str) -> int:
        assert re.fullmatch(r"d[0-9]{1,9}", name)
        rules = json.loads(definition)
        assert len(rules) <= MOST_RULES
        at(rules)
        self.built += 1
        return int(self.real.create_ruleset(name, definition))

    def assert_event(self, handle: int, event: str) -> Any:
        assert event == SENTINEL
        return self.real.assert_event(handle, event)

    def assert_fact(self, handle: int, fact: str) -> Any:
        assert FACT.fullmatch(fact)
        self.asserted += 1
        return self.real.assert_fact(handle, fact)

    def delete_state(self, handle: int, sid: str) -> Any:
        assert sid == "0"
        return self.real.delete_state(handle, sid)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    found = Watched(core.durable)
    monkeypatch.setattr(core, "durable", found)
    return found


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"n" * 50: [value]}
    return value


# Facts as hostile as they come: those that were seen to end the process, and their kin.
HOSTILE: dict[str, Any] = {
    "nine megabytes": "x" * 9_000_000,
    "seventy kilobytes": "ä" * 70_000 + " vpn",
    "nested two hundred times": deep(240),
    "a huge number": 10**5000,
    "past 64 bits": 2**64,
    "1e22": 1e22,
    "1e-7": 1e-7,
    "infinity": float("inf"),
    "no number": float("nan"),
    "its end": '"}],"$s":1,"sid":"9',
    "a zero byte": "a\0b",
    "half a character": "\ud800",
    "five thousand brackets": "(" * 5000,
    "a wide range": "[ -\uffff]",
    "stacked quantifiers": "(ab)?+x{2,3}+",
    "a division": {"$div": {"l": 1, "r": 0}},
    "a list of everything": ["vpn", None, 1e22, {"$nex": 1}, ["x" * 70_000]],
    "300 fields": {f"f{n}": n for n in range(300)},
}
NAMES = ["s.one", "t.one", "n.one", "d.one", "l.one", "b.one", "form.x"]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_fact_stays_above(make: Callable[..., Any], watched: Watched, value: Any) -> None:
    literal = {"n.one": 3, "d.one": "2026-05-03", "b.one": True, "l.one": "vpn"}
    ops = {"n.one": "gte", "d.one": "before", "l.one": "has", "t.one": "contains_word"}
    rules = [
        {"when": {mode: [{"fact": n, "op": ops.get(n, "is"), "value": literal.get(n, "vpn")}]}}
        for n in NAMES for mode in ("all", "none")
    ]  # fmt: skip
    release = make(rules)
    facts = dict.fromkeys(NAMES, value) | {
        "sid": value, "id": value, "$s": 1, "k": value, "$nex": 1, "n" * 9_000_000: 1,
    }  # fmt: skip
    found = release.evaluate("sample", facts, changed={"s.one": (value, "b")}, now=NOW)
    assert found.trace["differs"] is False
    assert watched.asserted > 0


def test_hostile_values_of_rules_stay_above(make: Callable[..., Any], watched: Watched) -> None:
    words = ["(" * 5000, "(ab)?+", "[ -\uffff]", "%w%w+", '"}', "$nex", "x" * 300, "sid"]
    rules: list[dict[str, Any]] = [
        {"when": {"all": [{"fact": fact, "op": op, "value": word}]}}
        for word in words for fact in ("s.one", "form.x") for op in ("is", "contains")
    ]  # fmt: skip
    rules += [{"when": {"any": [{"fact": "n.one", "op": "is", "value": n} for n in range(150)]}}]
    rules += [{"when": {"all": [{"fact": "n.one", "op": "in", "value": list(range(1000))}]}}]
    rules += [{"when": {"all": [{"fact": "n.one", "op": "is", "value": 10**29}]}, "order": 99999}]
    rules += [{"when": {"all": [{"fact": "n.two", "op": "gte", "value": n}]}} for n in range(600)]
    release = make(rules)
    for word in words:
        found = release.evaluate("sample", {"s.one": word, "form.x": word, "n.one": 7}, now=NOW)
        assert len(found.matched) >= 6
        assert found.trace["differs"] is False
    assert watched.built > 20


def test_odd_rules_and_tickets_stay_above(odd: Callable[[int], Any], watched: Watched) -> None:
    for seed in range(4):
        maker = odd(seed)
        plan = Plan(maker.rules(60))
        for _ in range(20):
            plan.match(Facts(maker.ticket(), maker.changed(), NOW))
        plan.core.close()
    assert watched.asserted > 100


def test_a_hundred_releases_leave_nothing_open(
    make: Callable[..., Any], watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []
    real = watched.real.delete_ruleset
    monkeypatch.setattr(
        watched, "delete_ruleset", lambda handle: (closed.append(handle), real(handle)),
        raising=False,
    )  # fmt: skip
    rulesets = make([{"when": {"all": [{"fact": "n.one", "op": "is", "value": 1}]}}] * 30).rulesets
    vocabulary = make([]).vocabulary
    before = watched.built - len(closed)
    for _ in range(100):
        release = compile_release(rulesets.values(), vocabulary)
        assert len(release.evaluate("sample", {"n.one": 1}, now=NOW).matched) == 30
        del release
    assert watched.built - len(closed) <= before + 10
