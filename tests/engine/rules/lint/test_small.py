"""In small worlds all tickets can be asked, and what the checker says is held against them.

What it says is true there, and what it does not say is not so, as far as it is not about changes:
of these it may leave something out.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.errors import Problem
from engine.rules.facts import NOON, Facts
from engine.rules.lint import lint_rulesets
from engine.rules.lint.conflicts import written
from tests.engine.rules.lint.small import WORDS, Maker, World, goes_round, refused_when

SEEDS = [*range(40), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(40, 1_000))]


def found_in(world: World) -> list[Problem]:
    return lint_rulesets([world.ruleset], WORDS).get("small", [])


def opposed(world: World) -> Iterator[tuple[int, int]]:
    """Two rules of which the later sets something otherwise."""
    ways = [dict(w for action in rule.then for w in written(action)) for rule in world.rules]
    for later, mine in enumerate(ways):
        for earlier, theirs in enumerate(ways[:later]):
            if any(name in theirs and theirs[name] != value for name, value in mine.items()):
                yield earlier, later


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_is_so_on_all_tickets(seed: int) -> None:
    world = Maker(seed).world()
    for test in refused_when(world):
        assert not any(test(Facts(facts, changed, NOON)) for facts, changed, _ in world.tickets)
    places = {rule.id: place for place, rule in enumerate(world.rules)}
    for problem in found_in(world):
        place = places.get(problem.element or "", -1)
        if problem.code == "shadowed":
            assert not world.fires[place]
        elif problem.code == "duplicate":
            first = places[problem.message.split("'")[1]]
            assert world.alone[first] == world.alone[place]
            assert world.rules[first].then == world.rules[place].then
        elif problem.code == "conflict":
            others = [one for one in places if one != problem.element and one in problem.message]
            assert any(world.fires[place] & world.fires[places[one]] for one in others)
        elif problem.code == "gap" and "more groups" not in problem.message:
            assert not any(fires & world.of(problem.message) for fires in world.fires)
        elif problem.code == "loop":
            assert any(goes_round(world, ticket) for ticket in world.tickets)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_so_on_all_tickets_is_said(seed: int) -> None:
    world = Maker(seed, changes=False).world()
    found = found_in(world)
    said = {problem.element for problem in found if problem.code in ("shadowed", "duplicate")}
    assert {rule.id for rule, fires in zip(world.rules, world.fires, strict=True)
            if not fires} <= said  # fmt: skip
    texts = [f"{problem.element} {problem.message}" for problem in found
             if problem.code == "conflict"]  # fmt: skip
    for earlier, later in opposed(world):
        one, other = world.rules[earlier], world.rules[later]
        if {one.id, other.id} & said or not world.fires[earlier] & world.fires[later]:
            continue
        assert any(other.id in text for text in texts)
    for later, rule in enumerate(world.rules):
        same = [e for e in range(later) if world.rules[e].then == rule.then
                and world.alone[e] == world.alone[later]]  # fmt: skip
        assert not same or rule.id in said
