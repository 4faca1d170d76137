"""How the bootstrap speaks: one line per step, one plain sentence when it cannot go on."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Optional, Type

SPINNER = "|/-\\"


class Stop(Exception):
    """Cannot go on; the text is written for the person at the keyboard."""


class Step:
    """A step of unknown length: shows itself at once, ticks on a terminal, ends with its time."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self._tty = sys.stdout.isatty()
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Step:
        self._began = time.monotonic()
        if self._tty:
            self._ticker.start()
        else:
            print(f"  {self.title} ...", flush=True)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        seconds = time.monotonic() - self._began
        mark = "done" if error is None else "FAILED"
        if self._tty:
            self._over.set()
            self._ticker.join()
            print(f"\r\033[K  {self.title}: {mark} ({seconds:.0f} s)", flush=True)
        else:
            print(f"  {self.title}: {mark} ({seconds:.0f} s)", flush=True)

    def _tick(self) -> None:
        turn = 0
        while not self._over.wait(0.2):
            seconds = time.monotonic() - self._began
            line = f"  {SPINNER[turn % 4]} {self.title} {seconds:.0f} s  {self.detail}"
            print(f"\r\033[K{line[:78]}", end="", flush=True)
            turn += 1


def say(text: str) -> None:
    """One line for the person."""
    print(text, flush=True)


def complain(text: str) -> None:
    """The reason why nothing more happens, on standard error."""
    print(text, file=sys.stderr, flush=True)
