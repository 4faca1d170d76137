"""From wherever a ticket stands in a starter process it may be moved, and goes on or says why."""

from __future__ import annotations

import pytest

from tests.engine.workflow.random_play import play
from tests.processes.folders import KEYS
from tests.processes.test_diagrams import definition_of


@pytest.mark.parametrize("folder", KEYS)
@pytest.mark.parametrize("seed", range(4))
def test_moved_anywhere_it_ends_or_says_why_not(folder: str, seed: int) -> None:
    outcome = play(definition_of(folder), seed, jumps=6)
    # A step that was jumped over may leave a question unanswered: that is an incident, and seen.
    assert outcome.ended or outcome.failures, (outcome.moves, outcome.stuck)
