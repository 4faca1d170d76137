"""The written state: JSON, without the diagram, refused where it does not fit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import Invalid
from engine.workflow.instance import Instance


def sample(pen: Any) -> Any:
    """One step."""
    return pen().start().user("work").end().flow("start", "work", "done")


def test_what_is_written_cannot_be_changed_by_later_moves(pen: Any, begin: Any) -> None:
    run = begin(sample(pen), {"list": [1]})
    state = run.instance.dump()
    before = json.dumps(state)
    run.instance.complete(run.instance.work_items[0].task_id, {"list": [2]}, run.now)
    assert json.dumps(state) == before


def test_reading_leaves_the_written_state_alone(pen: Any, begin: Any, desk: Any) -> None:
    run = begin(sample(pen), {"nested": {"list": [1]}})
    state = json.loads(run.text)
    one = Instance.load(run.definition, state, desk)
    one.complete(one.work_items[0].task_id, {}, run.now)
    one.data["nested"]["list"].append(2)
    two = Instance.load(run.definition, state, desk)
    assert two.work_items[0].data["nested"] == {"list": [1]}


def test_a_state_of_another_version_is_refused(pen: Any, begin: Any, desk: Any) -> None:
    run = begin(sample(pen))
    state = json.loads(run.text) | {"v": 99}
    with pytest.raises(Invalid, match="another version"):
        Instance.load(run.definition, state, desk)


def test_a_state_of_another_diagram_is_refused(
    pen: Any, begin: Any, define: Any, desk: Any
) -> None:
    run = begin(sample(pen))
    other = define(pen().start().user("else").end().flow("start", "else", "done"))
    with pytest.raises(Invalid, match='no step "work"'):
        Instance.load(other, json.loads(run.text), desk)


def test_variables_removed_by_a_step_stay_removed(pen: Any, begin: Any) -> None:
    run = begin(sample(pen), {"a": 1})
    task = next(t for t in run.instance._tasks() if t.task_spec.name == "work")
    del task.data["a"]
    run.reload()
    assert "a" not in run.instance.work_items[0].data


@pytest.mark.parametrize("odd", [float("nan"), {1, 2}, b"bytes", datetime(2030, 1, 1, tzinfo=UTC)])
def test_what_json_cannot_say_is_refused_where_it_comes_in(
    pen: Any, begin: Any, desk: Any, odd: Any
) -> None:
    run = begin(sample(pen))
    task_id = run.instance.work_items[0].task_id
    for call in (
        lambda: run.instance.complete(task_id, {"odd": odd}, run.now),
        lambda: run.instance.message("hello", {"odd": odd}, run.now),
        lambda: run.instance.refresh({"odd": odd}),
    ):
        with pytest.raises(Invalid):
            call()
    desk.decisions["routing"] = {"odd": odd}
    drawn = pen().start().rule("route", "routing").end().flow("start", "route", "done")
    assert [f.step_id for f in begin(drawn).instance.failures] == ["route"]
