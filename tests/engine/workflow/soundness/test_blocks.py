"""What is sound by construction is called so and ends whatever happens; planted defects are found,
each with a course that shows it on the machine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.workflow.definition import check_files
from engine.workflow.scenario import played
from engine.workflow.soundness import soundness_of
from tests.engine.workflow.random_play import play
from tests.engine.workflow.soundness import blocks as made

SHARED = made.shared()
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
DOUBTS = {"unsound", "undecided", "dead-step"}


@FEW
@given(made.blocks(6), st.integers(0, 1000))
def test_what_is_made_of_sound_blocks_is_sound_and_ends(block: made.Block, seed: int) -> None:
    files = made.draw(block)
    problems = check_files("sample", files, SHARED)
    assert [p for p in problems if p.severity == "error" or p.code in DOUBTS] == []
    outcome = play(made.defined(files), seed)
    assert outcome.ended, (outcome.moves, outcome.failures, outcome.stuck)


@FEW
@given(st.sampled_from(made.DEFECTS), st.lists(made.blocks(2), min_size=2, max_size=2), st.data())
def test_a_planted_defect_is_found_with_a_course_that_shows_it(
    kind: str, parts: list[made.Block], data: Any
) -> None:
    around = data.draw(st.sampled_from(AROUND))
    files = made.draw(around((kind, parts)))
    found = soundness_of("sample", files, SHARED)
    assert found.verdict == "unsound", found.reason
    player, problems = played(made.defined(files), found.scenario or {}, strict=False)
    assert problems == []
    assert player is not None
    assert player.problems == []
    if kind in ("stuck", "cancelled branch"):
        assert not player.instance.done
        assert player.instance.work_items == []
    if kind == "no way":
        assert player.instance.failures


AROUND = [
    lambda bad: bad,
    lambda bad: ("sequence", [("user",), bad]),
    lambda bad: ("exclusive", [("script",), bad]),
    lambda bad: ("parallel", [bad, ("user",)]),
    lambda bad: ("subprocess", bad),
    lambda bad: ("loop", bad),
    lambda bad: ("many sub", ("sequence", [("user",), bad])),
    lambda bad: ("side message", bad),
]


@pytest.mark.parametrize("kind", made.DEFECTS)
@pytest.mark.parametrize("inner", made.LEAVES)
def test_each_defect_is_found_around_each_kind_of_step(kind: str, inner: str) -> None:
    found = soundness_of("sample", made.draw((kind, [(inner,), ("user",)])), SHARED)
    assert found.verdict == "unsound", found.reason
    assert found.scenario is not None
