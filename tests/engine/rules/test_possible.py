"""A condition is given up only where no ticket at all could make it true."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.rules.facts import Facts
from engine.rules.oracle import ready
from engine.rules.possible import possible
from engine.rules.ruleset import Atom, Group

NOW = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = ("ticket.state", "ticket.queue", "ticket.title")
VALUES = ("", "a", "b")


def atoms() -> st.SearchStrategy[Atom]:
    return st.builds(
        lambda fact, op, value: Atom(fact, op, value, "string", (value,)),
        st.sampled_from(NAMES), st.sampled_from(("in", "not_in")), st.sampled_from(VALUES[1:]),
    )  # fmt: skip


def conditions() -> st.SearchStrategy[Atom | Group]:
    def group(members: st.SearchStrategy[Atom | Group]) -> st.SearchStrategy[Atom | Group]:
        some = st.lists(members, min_size=1, max_size=3).map(tuple)
        return st.builds(Group, st.sampled_from(("all", "any", "none")), some)

    return st.recursive(atoms(), group, max_leaves=6)


@given(when=conditions(), known=st.sets(st.sampled_from(NAMES)), data=st.data())
def test_what_can_be_true_of_some_ticket_is_never_given_up(
    when: Atom | Group, known: set[str], data: st.DataObject
) -> None:
    facts = {name: data.draw(st.sampled_from(VALUES)) for name in sorted(known)}
    test, others = ready(when), sorted(set(NAMES) - known)
    worlds = (
        facts | dict(zip(others, values, strict=True))
        for values in product(VALUES, repeat=len(others))
    )
    can = any(test(Facts(world, None, NOW)) for world in worlds)
    told = possible(when, Facts(facts, None, NOW), known)
    assert told or not can
    if not others:
        assert told is can


def test_what_has_no_condition_can_always_be() -> None:
    assert possible(None, Facts({}, None, NOW), frozenset())
