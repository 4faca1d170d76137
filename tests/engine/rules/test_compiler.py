"""The core answers as the oracle does, on rules and tickets of every shape."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rules import oracle
from engine.rules.compiler import RULE_NODES, Plan
from engine.rules.core import CHUNK_NODES
from engine.rules.facts import Facts
from engine.rules.index import Index

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def differences(odd: Any, rules: int, tickets: int) -> tuple[int, int]:
    """(evaluations that differ, matches seen); asked as a whole and by way of the index."""
    made = odd.rules(rules)
    filed, asked = Index(made), oracle.Oracle(made)
    plan = Plan(made, filed.order)
    wrong = matches = 0
    for _ in range(tickets):
        facts = Facts(odd.ticket(), odd.changed(), NOW)
        expected = asked.matching(facts)
        wrong += plan.match(facts) != expected
        wrong += plan.match(facts, filed.candidates(facts)) != expected
        matches += len(expected)
    plan.core.close()
    return wrong, matches


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), rules=st.sampled_from([1, 3, 20, 80]))
def test_core_and_oracle_agree(odd: Callable[[int], Any], seed: int, rules: int) -> None:
    wrong, _ = differences(odd(seed), rules, 20)
    assert wrong == 0


def test_the_odd_rules_do_match_something(odd: Callable[[int], Any]) -> None:
    wrong, matches = differences(odd(1), 100, 50)
    assert wrong == 0
    assert matches > 200


def test_no_rule_can_grow_past_its_nodes(odd: Callable[[int], Any]) -> None:
    plan = Plan(odd(7).rules(300))
    assert plan.core.size > 1
    for definitions in plan.chunks:
        assert sum(definition.nodes for definition in definitions) <= CHUNK_NODES
        assert all(definition.nodes <= RULE_NODES for definition in definitions)


def test_a_wide_rule_is_narrowed_and_still_right(make: Callable[..., Any]) -> None:
    wide = {"fact": "n.one", "op": "in", "value": list(range(500))}
    many = [{"fact": "n.two", "op": "gte", "value": n} for n in range(60)]
    release = make([{"when": {"all": [wide, *many], "any": [wide] * 40}}])
    assert release.evaluate("sample", {"n.one": 499, "n.two": 59}, now=NOW).matched == ("rule0",)
    assert release.evaluate("sample", {"n.one": 500, "n.two": 59}, now=NOW).matched == ()
    assert release.evaluate("sample", {"n.one": 0, "n.two": 58}, now=NOW).matched == ()


def test_six_hundred_rules_on_one_fact(make: Callable[..., Any]) -> None:
    rules = [{"when": {"all": [{"fact": "n.one", "op": "gte", "value": n}]}} for n in range(600)]
    result = make(rules).evaluate("sample", {"n.one": 599}, now=NOW)
    assert len(result.matched) == 600
    assert result.trace["differs"] is False


def test_threads_and_reloads(odd: Callable[[int], Any]) -> None:
    made = odd(3).rules(60)
    maker = odd(11)
    tickets = [maker.ticket() for _ in range(20)]
    right = [oracle.matching(Facts(ticket, None, NOW), made) for ticket in tickets]
    current = [Plan(made)]
    wrong: list[int] = []

    def ask(shift: int) -> None:
        for turn in range(60):
            which = (turn + shift) % len(tickets)
            if current[0].match(Facts(tickets[which], None, NOW)) != right[which]:
                wrong.append(which)

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        current[0] = Plan(made)
    for thread in threads:
        thread.join()
    assert wrong == []
