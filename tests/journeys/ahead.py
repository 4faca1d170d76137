"""A served desk whose clock the test moves: web and worker read how far ahead they are from a file.

Only the desk's own clock is moved, in all its processes at once; nothing else learns of it.
"""

from __future__ import annotations

from pathlib import Path

from tests.journeys.served import Served

VARIABLE = "JOURNEY_AHEAD"  # the file that holds the seconds
# Read when Python starts, before the desk is: whoever asks for the time then asks this.
CUSTOMIZE = f'''
import os
from datetime import timedelta

import engine.clock

there = engine.clock.now


def ahead():
    with open(os.environ["{VARIABLE}"]) as file:
        return there() + timedelta(seconds=float(file.read() or 0))


engine.clock.now = ahead
'''


class Ahead:
    """Moves the clock of a desk that is not started yet: `move(hours=2)` from then on."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.seconds = 0.0
        self.file = folder / "seconds"
        self._write()
        (folder / "sitecustomize.py").write_text(CUSTOMIZE)
        path = served.environment["PYTHONPATH"]
        served.environment["PYTHONPATH"] = f"{folder}:{path}"
        served.environment[VARIABLE] = str(self.file)

    def move(self, *, hours: float = 0, minutes: float = 0) -> None:
        """Let so much time pass at once."""
        self.seconds += hours * 3600 + minutes * 60
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self.seconds))
        fresh.replace(self.file)  # nobody reads half a number
