"""What the solver finds holds, and what it says is impossible no ticket ever does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.rules import Vocabulary
from engine.rules.facts import NOON, Facts
from engine.rules.lint import lint_rulesets
from engine.rules.lint.firing import Firing
from engine.rules.lint.solver import Model, Solver
from engine.rules.oracle import ready
from engine.rules.ruleset import Action, Rule, Ruleset

WORDS = [
    "vpn",
    "VPN Client",
    "client",
    "Straße",
    "strasse",
    "ß",
    "ss",
    "a@vpn",
    "i",
    "İ",
    "client vpn",
]
NUMBERS = [1, 2, 2.5, 3]
DAYS = ["2026-05-01", "2026-05-03", "2026-05-03T14:00:00+02:00"]


@pytest.fixture
def near(odd: Callable[[int], Any]) -> Callable[[int], Any]:
    """Odd rules and tickets whose values are close to each other, so that they meet."""

    def build(seed: int) -> Any:
        found = odd(seed)
        pick = found.random

        def literal(kind: str) -> Any:
            if kind in ("number", "boolean", "date"):
                return pick.choice({"number": NUMBERS, "date": DAYS}.get(kind, [True, False]))
            return pick.choice(WORDS)

        def ticket() -> dict[str, Any]:
            some = [None, "", *WORDS, *NUMBERS, *DAYS, True, False, ["vpn", "ss"], ["İ"], 0, 9,
                    "x vpn x", "client", "ss vpn", "2026-05-02T00:00:00"]  # fmt: skip
            names = ["s.one", "s.two", "t.one", "t.two", "n.one", "n.two", "b.one", "d.one",
                     "l.one", "form.x", "form.y"]  # fmt: skip
            return {name: pick.choice(some) for name in names if pick.random() < 0.8}

        found.literal, found.ticket = literal, ticket
        return found

    return build


def tickets(odd: Any, count: int) -> list[Facts]:
    """Odd tickets of which one thing is sure: what a fact became is what it is."""
    found = []
    for _ in range(count):
        ticket, changed = odd.ticket(), odd.changed()
        ticket.update((name, after) for name, (_, after) in changed.items())
        found.append(Facts(ticket, changed, NOON))
    return found


@pytest.mark.parametrize("seed", [*range(40), *(pytest.param(n, marks=pytest.mark.long)
                                               for n in range(40, 1_000))])  # fmt: skip
def test_found_holds_and_impossible_never_does(
    near: Callable[[int], Any], vocabulary: Vocabulary, seed: int
) -> None:
    made = near(seed)
    solver = Solver(vocabulary, ("ticket.created", "ticket.changed"))
    seen = tickets(made, 150)
    for rule in made.rules(20):
        for wanted in (True, False):
            test = ready(rule.when)
            answer = solver.solve([(wanted, rule.when)])
            if answer.model is not None:
                assert test(answer.model.seen()) is wanted
            if answer.possible is False:
                assert [facts.raw for facts in seen if test(facts) is wanted] == []


@pytest.mark.parametrize("seed", [*range(25), *(pytest.param(n, marks=pytest.mark.long)
                                               for n in range(25, 1_000))])  # fmt: skip
def test_what_is_said_never_to_fire_never_does(
    near: Callable[[int], Any], vocabulary: Vocabulary, seed: int
) -> None:
    made = near(seed)
    rules = [
        Rule(f"r{n}", {}, n, one.when,
             (Action("set", {"queue": f"Q{n % 3}"}),), stop=n % 2 == 0,
             events=frozenset({"ticket.created"}) if n % 5 == 4 else frozenset(),
             changed=frozenset({"s.one"}) if n % 7 == 6 else frozenset())
        for n, one in enumerate(made.rules(12))
    ]  # fmt: skip
    one = Ruleset("x", {}, ("ticket.created", "ticket.changed"), (), tuple(rules), (), "", "", "")
    firing = Firing(one.in_order())
    found = lint_rulesets([one], vocabulary).get("x", [])
    never = {problem.element for problem in found if problem.code == "shadowed"}
    for facts in tickets(made, 200):
        model = Model(facts.raw, {}, made.random.choice([None, *one.events]), NOON)
        plain = [r.id for r in one.in_order() if firing.fires(int(r.id[1:]), model, model.seen())]
        cut = next((i for i, name in enumerate(plain) if int(name[1:]) % 2 == 0), len(plain))
        assert [rules[place].id for place in firing.matched(model)] == plain[: cut + 1]
        assert not never & set(plain[: cut + 1])
