"""Sweeps go on every few seconds, whatever somebody does to the clock of the machine."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.desk import Desk
from engine.steady import TELL, SteadyScheduler
from engine.worker import make_app
from tests.desks import START


class Beat:
    """A beat whose clock is ours; it says which tasks it sent."""

    def __init__(self, desk: Desk, file: Path, at: Any = START) -> None:
        self.now, self.sent = at, list[str]()
        app = make_app(desk)
        app.now = lambda: self.now  # type: ignore[method-assign]
        app.send_task = lambda name, *a, **k: self.sent.append(name)  # type: ignore[method-assign]
        self.scheduler = SteadyScheduler(app, schedule_filename=str(file))
        self.scheduler.apply_entry = lambda entry, producer=None: self.sent.append(entry.name)

    def close(self) -> None:
        self.scheduler.close()

    def ticks(self, seconds: float) -> set[str]:
        """What was sent in so many seconds."""
        self.sent.clear()
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            wait = self.scheduler.tick()
            self.now += timedelta(seconds=max(0.05, min(wait or 0, 1)))
        return set(self.sent)


@pytest.fixture
def beat(desk: Desk, tmp_path: Path) -> Iterator[Beat]:
    """A beat whose file is closed in the end: left open, it is written again when it is forgotten,
    which may be long after its folder went."""
    with closing(Beat(desk, tmp_path / "beat")) as made:
        yield made


SWEEPS = {"drain_outbox", "call_webhooks", "fire_due_timers"}


@pytest.mark.parametrize("back", [2, 3600, 86400 * 40])
def test_a_clock_set_back_stops_no_sweep_and_is_told(beat: Beat, back: int) -> None:
    assert beat.ticks(5) == SWEEPS
    beat.now -= timedelta(seconds=back)
    assert beat.ticks(5) >= SWEEPS | {TELL}
    assert TELL not in beat.ticks(5)


def test_a_clock_set_forward_and_back_again_runs_everything_in_between(beat: Beat) -> None:
    beat.ticks(5)
    beat.now += timedelta(days=1)
    assert beat.ticks(5) >= SWEEPS | {"housekeeping"}
    beat.now -= timedelta(days=1)
    assert beat.ticks(5) >= SWEEPS | {TELL}


def test_a_clock_set_back_while_nothing_ran_is_noticed_at_the_start(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "beat"
    with closing(Beat(desk, file)) as before:
        before.ticks(5)
    with closing(Beat(desk, file, START - timedelta(hours=3))) as after:
        assert after.ticks(5) >= SWEEPS | {TELL}
    with closing(Beat(desk, file, START)) as again:
        assert TELL not in again.ticks(5)
