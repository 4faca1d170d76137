"""Joins: who waits for whom, in loops too, and what each branch leaves to the others."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest


def rework(pen: Any) -> Any:
    """A parallel pair inside a loop."""
    drawn = pen().start().gate("exclusive", "in").gate("parallel", "split").user("a", "b")
    drawn.gate("parallel", "join").user("check").gate("exclusive", "ok", "done").end()
    drawn.flow("start", "in", "split", "a", "join", "check", "ok", "done").flow(
        "split", "b", "join"
    )
    return drawn.flow("ok", "in", when="again")


@pytest.mark.parametrize("first", ["ab", "ba"])
@pytest.mark.parametrize("second", ["ab", "ba"])
def test_a_parallel_join_in_a_loop_waits_every_round(
    pen: Any, begin: Any, first: str, second: str
) -> None:
    run = begin(rework(pen))
    for again, order in ((True, first), (True, second), (False, first)):
        run.do(order[0])
        assert run.open == [order[1]]
        run.do(order[1])
        assert run.open == ["check"]
        run.do("check", again=again)
    assert run.instance.done


def test_a_join_in_a_loop_waits_even_while_a_side_branch_is_open(pen: Any, begin: Any) -> None:
    drawn = rework(pen)
    drawn.border("reply", "check", drawn.message_event("customer_replied"), False)
    drawn.user("side").end("side_end").flow("reply", "side", "side_end")
    run = begin(drawn)
    for order in ("ab", "ba", "ab", "ba"):
        run.do(order[0])
        assert "check" not in run.open
        run.do(order[1])
        assert "check" in run.open
        run.tell("customer_replied")
        run.do("check", again=True)
    assert run.open == ["a", "b", "side", "side", "side", "side"]


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_a_join_counts_branches_of_nested_splits(pen: Any, begin: Any, order: str) -> None:
    drawn = pen().start().gate("parallel", "one").gate("parallel", "two").user("a", "b", "c")
    drawn.gate("parallel", "join").user("after").end()
    drawn.flow("start", "one", "a", "join", "after", "done").flow("one", "two", "b", "join")
    drawn.flow("two", "c", "join")
    run = begin(drawn)
    for key in order:
        assert "after" not in run.open
        run.do(key)
    assert run.open == ["after"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_no_branch_undoes_what_another_one_set(pen: Any, begin: Any, order: str) -> None:
    drawn = pen().start().gate("parallel", "split").user("a", "b").gate("parallel", "join")
    drawn.user("after").end().flow("start", "split", "a", "join", "after", "done")
    drawn.flow("split", "b", "join")
    run = begin(drawn, {"by_a": False, "by_b": False, "list": ["x", "y"]})
    for key in order:
        run.do(key, **{f"by_{key}": True}, **({"list": ["y"]} if key == "a" else {}))
    data = run.instance.work_items[0].data
    assert (data["by_a"], data["by_b"], data["list"]) == (True, True, ["y"])


def choice(pen: Any) -> Any:
    """An inclusive pair with a default."""
    drawn = pen().start().user("ask").gate("inclusive", "split", "c").user("a", "b", "c")
    drawn.gate("inclusive", "join").user("after").end()
    drawn.flow("start", "ask", "split").flow("join", "after", "done")
    for key in "ab":
        drawn.flow("split", key, "join", when=f"want_{key}")
    return drawn.flow("split", "c", "join")


@pytest.mark.parametrize(
    ("wanted", "opened"),
    [({"a", "b"}, ["a", "b"]), ({"a"}, ["a"]), ({"b"}, ["b"]), (set(), ["c"])],
)
def test_an_inclusive_join_waits_for_the_branches_that_began(
    pen: Any, begin: Any, wanted: set[str], opened: list[str]
) -> None:
    run = begin(choice(pen))
    run.do("ask", want_a="a" in wanted, want_b="b" in wanted)
    assert run.open == opened
    for key in reversed(opened):
        assert "after" not in run.open
        run.do(key)
    assert run.open == ["after"]
    assert run.do("after").done


def test_an_inclusive_join_waits_for_a_failed_branch(pen: Any, begin: Any, desk: Any) -> None:
    drawn = pen().start().gate("inclusive", "split").user("a").service("b", "note", text="'x'")
    drawn.gate("inclusive", "join").user("after").end()
    drawn.flow("start", "split").flow("split", "a", "join", when="true")
    drawn.flow("split", "b", "join", when="true").flow("join", "after", "done")
    desk.broken.add("note")
    run = begin(drawn)
    run.do("a")
    assert run.open == []
    desk.broken.clear()
    run.retry()
    assert run.open == ["after"]


def test_what_a_side_branch_set_is_there_at_the_end(pen: Any, begin: Any) -> None:
    drawn = pen().start().user("work").end()
    drawn.border("reply", "work", drawn.message_event("customer_replied"), False)
    drawn.user("side").end("side_end").flow("reply", "side", "side_end")
    drawn.flow("start", "work", "done")
    run = begin(drawn, {"seen": False, "kept": 1})
    run.tell("customer_replied")
    run.do("side", seen=True)
    run.do("work", kept=2)
    assert run.instance.done
    assert (run.instance.data["seen"], run.instance.data["kept"]) == (True, 2)
