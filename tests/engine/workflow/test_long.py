"""Long diagrams, many parallel parts one after the other, and circles cost what they have to."""

from __future__ import annotations

from typing import Any

from engine.workflow.definition import check_files
from engine.workflow.waiting import all_tasks


def test_a_diagram_of_nine_hundred_steps_runs_from_one_to_the_next(pen: Any, begin: Any) -> None:
    keys = [f"t{number}" for number in range(900)]
    drawn = pen("line").start().user(*keys).end().flow("start", *keys, "done")
    run = begin(drawn)
    for key in keys[:3]:
        assert run.open == [key]
        run.do(key)
    assert len(all_tasks(run.instance._workflow)) < 20


def test_parallel_parts_one_after_the_other_do_not_multiply(pen: Any, begin: Any) -> None:
    p, last = pen("parts").start().end(), "start"
    for number in range(25):
        split, one, two, join = (f"{name}{number}" for name in ("s", "a", "b", "j"))
        p.gate("parallel", split).user(one, two).gate("parallel", join)
        p.flow(last, split, one, join).flow(split, two, join)
        last = join
    run = begin(p.flow(last, "done"))
    assert run.open == ["a0", "b0"]
    assert len(all_tasks(run.instance._workflow)) < 50


def test_a_circle_is_not_looked_at_for_ever(pen: Any) -> None:
    p = pen().start().gate("exclusive", "again").user("work").gate("parallel", "both").end()
    p.flow("start", "again", "work", "both", "again").flow("both", "done")
    problems = check_files("sample", {"process.bpmn": p.xml()}, {})
    assert [x.code for x in problems if x.severity == "error"] == ["unsound"]


def test_a_step_beside_a_way_that_is_always_taken_is_told(pen: Any) -> None:
    p = pen().start().gate("exclusive", "x", "low").user("high", "low").end()
    p.flow("start", "x").flow("x", "low").flow("x", "high", when="1 == 1").flow("high", "done")
    p.flow("low", "done")
    problems = check_files("sample", {"process.bpmn": p.xml()}, {})
    assert [x.element for x in problems if x.code == "dead-step"] == ["low"]
