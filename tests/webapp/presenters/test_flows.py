"""How often a flow was taken is told only where the visits of its ends say so."""

from __future__ import annotations

from webapp.presenters.flows import Flow, taken

LOOP = [
    Flow("f1", "", "begin", "merge"),
    Flow("f2", "", "merge", "work"),
    Flow("f3", "", "work", "good"),
    Flow("again", "", "good", "merge"),
    Flow("done", "", "good", "end"),
]


def test_a_loop_is_counted_from_what_remains() -> None:
    passed = {"begin": 4, "merge": 10, "work": 10, "good": 10, "end": 4}
    assert taken(LOOP, passed) == {"f1": 4, "f2": 10, "f3": 10, "done": 4, "again": 6}


def test_what_more_may_be_taken_of_is_not_guessed() -> None:
    flows = [
        Flow("a", "", "fork", "one"), Flow("b", "", "fork", "merge"), Flow("c", "", "one", "merge"),
        Flow("d", "", "fork", "merge"),
    ]  # fmt: skip
    assert taken(flows, {"fork": 3, "one": 2, "merge": 5}, ["fork"]) == {"a": 2, "c": 2}
    assert taken(flows, {"fork": 3, "one": 2, "merge": 5}) == {"a": 2, "c": 2}


def test_a_diagram_without_visits_counts_nothing() -> None:
    assert set(taken(LOOP, {}).values()) == {0}
