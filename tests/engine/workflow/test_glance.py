"""What is read from a stored state says the same as the instance that is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.workflow import Instance, load_definition
from engine.workflow.glance import Glance, glance
from tests.engine.workflow import random_play
from tests.engine.workflow.conftest import Desk
from tests.engine.workflow.generated import diagrams
from tests.engine.workflow.oracle import Oracle
from tests.engine.workflow.test_random_play import NOW, Ours, choose, move
from tests.processes.folders import KEYS, files_of, shared_files


def as_loaded(definition: Any, state: Any) -> Glance:
    instance = Instance.load(definition, state, Desk())
    return Glance(
        steps={item.task_id: item.step.id for item in instance.work_items},
        awaits={(one.task_id, one.message) for one in instance.waiting},
        places=dict(instance.places),
        failed={one.task_id: one.step_id for one in instance.failures},
        due_at=instance.next_due,
        done=instance.done,
    )


def same(definition: Any, state: Any) -> None:
    state = json.loads(json.dumps(state))
    assert glance(definition, state) == as_loaded(definition, state)


@pytest.mark.parametrize("depth", [2, 3])
def test_it_says_the_same_wherever_a_generated_diagram_stands(depth: int) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(drawn=diagrams(depth), data=st.data())
    def play(drawn: Any, data: st.DataObject) -> None:
        oracle, ours = Oracle(drawn), Ours(drawn)
        for number in range(15):
            same(ours.definition, ours.instance.dump())
            if oracle.done:
                break
            wait, answer = choose(data, oracle, number)
            move(oracle, wait, answer)
            move(ours, wait, answer)

    play()


@pytest.mark.parametrize("key", KEYS)
def test_it_says_the_same_wherever_a_process_of_ours_stands(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    class Compared(Instance):
        @classmethod
        def load(cls, definition: Any, state: Any, hooks: Any) -> Instance:
            same(definition, state)
            seen.append(state)
            return super().load(definition, state, hooks)

    monkeypatch.setattr(random_play, "Instance", Compared)
    definition = load_definition(key, files_of(key), shared_files())
    for seed in range(6):
        random_play.play(definition, seed, jumps=3)
    assert seen


def test_a_failed_step_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Desk):
        def decide(self, *given: Any) -> Any:
            raise ValueError("no rules")

    definition = load_definition("incident", files_of("incident"), shared_files())
    data = {"ticket": random_play.TICKET}
    instance, progress = Instance.start(definition, data, Broken(), NOW)
    assert progress.failures
    same(definition, instance.dump())
    assert glance(definition, instance.dump()).failed


@pytest.mark.parametrize(
    "state",
    [{}, None, [], {"v": 1, "trees": []}, {"v": 2, "trees": [{}]}, "text",
     {"v": 1, "trees": [{"owner": None, "completed": False, "tasks": [{"s": "no", "i": "1"}]}]}],
)  # fmt: skip
def test_what_fits_no_diagram_is_refused(state: Any) -> None:
    definition = load_definition("incident", files_of("incident"), shared_files())
    with pytest.raises(Invalid):
        glance(definition, state)
