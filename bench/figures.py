"""Timing something and telling it: medians, percentiles, tables that fit a terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Run:
    """Durations of one kind of request in seconds, and how long the whole run took."""

    name: str
    seconds: list[float] = field(default_factory=list)
    whole: float = 0.0
    failed: int = 0

    @property
    def rate(self) -> float:
        """Requests per second over the whole run; failed ones do not count."""
        return len(self.seconds) / self.whole if self.whole else 0.0

    def at(self, share: float) -> float:
        """The duration in milliseconds that this share (0 to 1) of the requests stayed within."""
        return percentile(self.seconds, share) * 1000

    def cells(self) -> list[str]:
        """Rate, median, 95th percentile and failures as the tables show them."""
        return [number(self.rate), number(self.at(0.5)), number(self.at(0.95)), str(self.failed)]


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed; 0.0 where there are none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def timed(action: Callable[[], Any], times: int, *, warm: int = 1) -> Run:
    """Call `action` so many times, after `warm` calls that are not counted."""
    for _ in range(warm):
        action()
    run = Run("")
    started = time.perf_counter()
    for _ in range(times):
        before = time.perf_counter()
        action()
        run.seconds.append(time.perf_counter() - before)
    run.whole = time.perf_counter() - started
    return run


def number(value: float) -> str:
    """A figure with as many digits as mean something."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as text: the first column to the left, figures to the right."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]

    def told(line: Sequence[str]) -> str:
        first = line[0].ljust(widths[0])
        return "  ".join([first, *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, told(lines[0]), rule, *(told(line) for line in lines[1:]), ""])
