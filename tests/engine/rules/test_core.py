"""Nothing that was seen to crash, hang, leak or mislead the C core gets down to it."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from engine.rules import core
from engine.rules.core import CHUNK_NODES, Core, Definition, RefusedError


class Untouched:
    """Stands in for the C module and fails the test when anything is called."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} of the C core was reached")


def definition(*terms: list[dict[str, Any]], name: str = "r0", nodes: int = 24) -> Definition:
    return Definition(name, terms, nodes)


CRASHES = {
    "nine megabytes of field name": [definition([{"v" * 9_000_000: 1}])],
    "nine megabytes of rule name": [definition([{"v0": 1}], name="r" * 9_000_000)],
    "a nested value": [definition([{"v0": {"a": {"b": 1}}}])],
    "division by zero": [definition([{"v0": {"$div": {"l": 1, "r": 0}}}])],
    "arithmetic as operator": [definition([{"$div": {"v0": 0}}])],
    "stacked quantifiers": [definition([{"$mt": {"v0": "(ab)?+"}}])],
    "a regex with five thousand brackets": [definition([{"$imt": {"v0": "(" * 5000}}])],
    "a regex with a wide range": [definition([{"$mt": {"v0": "[ -\uffff]"}}])],
    "six hundred alternatives": [definition([{"v0": n} for n in range(600)])],
    "a missing field asked for": [definition([{"$nex": {"v0": 1}}])],
    "an array": [definition([{"v0": ["a"]}])],
    "a text": [definition([{"v0": "x"}])],
    "a float that breaks": [definition([{"v0": 1e22}])],
    "infinity": [definition([{"v0": float("inf")}])],
    "nothing": [definition([{"v0": None}])],
    "yes": [definition([{"v0": True}])],
    "a number past 64 bits": [definition([{"v0": 2**64}])],
    "a negative number": [definition([{"v0": -1}])],
    "a name with a newline": [definition([{"v0\n": 1}])],
    "statechart by name": [definition([{"v0": 1}], name="r0$state")],
    "two rules of one name": [definition([{"v0": 1}]), definition([{"v0": 2}])],
    "two fields in one comparison": [definition([{"$lt": {"v0": 1, "v1": 1}}])],
    "an empty alternative": [definition([])],
    "a timer": [definition([{"$timerout": {"v0": 1}}])],
    "a chunk of nothing": [],
    "257 rules that end alike": [
        definition([{"v0": 1}], name=f"r{n}", nodes=3) for n in range(257)
    ],
    "more nodes than it says": [definition([{"v0": 1}, {"v1": 1}][:1] * 9, nodes=2)],
    "seventy nodes at once": [definition([{"v0": 1}], name=f"r{n}", nodes=4) for n in range(70)],
}


@pytest.mark.parametrize("part", CRASHES.values(), ids=CRASHES.keys())
def test_a_definition_that_hurts_is_refused_before_it(
    part: list[Definition], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "durable", Untouched())
    with pytest.raises(RefusedError):
        Core([part])


@pytest.mark.parametrize(
    "fact",
    [
        {"sid": 1}, {"id": 1}, {"$s": 1}, {"v" * 9_000_000: 1}, {"v0": "x" * 70_000},
        {"v0": float("nan")}, {"v0": 10**30}, {"v0": {"deep": 1}}, {"v0": None}, {"v0": True},
        {"closed": 1}, {1: 1}, {'v0":1,"sid': 1},
    ],
    ids=lambda fact: str(fact)[:20],
)  # fmt: skip
def test_a_fact_that_hurts_is_refused_before_it(
    fact: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Core([[definition([{"v0": 1}])]])
    with monkeypatch.context() as patched:
        patched.setattr(core, "durable", Untouched())
        with pytest.raises(RefusedError):
            built.match(fact)
    assert built.match({"v0": 1}) == {0}


def test_it_answers_again_and_again() -> None:
    rules = [
        definition([{"v0": n}], [{"$gt": {"v1": 3}}], name=f"r{n}", nodes=4) for n in range(10)
    ]
    built = Core([rules])
    assert [built.match({"v0": n % 10, "v1": 4}) for n in range(500)] == [
        {n % 10} for n in range(500)
    ]
    assert built.match({"v0": 1, "v1": 3}) == set()
    assert built.match({}) == set()


def test_a_rule_with_two_true_alternatives_counts_once() -> None:
    built = Core([[definition([{"v0": 1}, {"v1": 1}])]])
    assert built.match({"v0": 1, "v1": 1}) == {0}


def test_a_rule_without_conditions_always_matches() -> None:
    assert Core([[definition(nodes=2)]]).match({}) == {0}


def test_the_largest_chunk_matches_whole() -> None:
    rules = [definition([{"v0": 1}], name=f"r{n}", nodes=3) for n in range(CHUNK_NODES // 3)]
    assert Core([rules]).match({"v0": 1}) == set(range(CHUNK_NODES // 3))


def test_letting_go_closes_every_handle(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # what earlier tests let go
    closed = []
    real = core.durable.delete_ruleset
    built = Core([[definition([{"v0": 1}])], [definition([{"v1": 1}])]])
    handles = [chunk.handle for chunk in built._chunks]

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(real.__self__, name)

        def delete_ruleset(self, handle: int) -> None:
            closed.append(handle)
            real(handle)

    monkeypatch.setattr(core, "durable", Watched())
    del built
    gc.collect()
    assert sorted(closed) == sorted(handles)


def test_closing_twice_is_harmless() -> None:
    built = Core([[definition([{"v0": 1}])]])
    built.close()
    built.close()
    assert built.size == 0
