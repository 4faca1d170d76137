"""Waking the worker after a commit, so that delivery need not wait for the next sweep.

A file is touched, nothing more: it costs microseconds, needs no server, and a worker that is not
there misses nothing, because the outbox table is the memory.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

LOOKS_EVERY = 0.05  # seconds


class Bell:
    """The bell of one desk: anybody may ring it, its worker listens."""

    def __init__(self, home: Path) -> None:
        self._path = home / "run" / "wake"

    def ring(self) -> None:
        """Say that there is something to do; never raises and never waits."""
        with contextlib.suppress(OSError):
            try:
                os.utime(self._path)
            except FileNotFoundError:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.touch()

    def listen(self, hear: Callable[[], None], stop: threading.Event) -> None:
        """Call `hear` after each ring, until `stop` is set; many rings may be heard as one."""
        last = self._rung()
        while not stop.wait(LOOKS_EVERY):
            seen = self._rung()
            if seen != last:
                last = seen
                hear()

    def _rung(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0
