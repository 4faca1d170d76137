"""The queues as a tree, each with what waits in it and in everything below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.tickets.queries import QueueLoad


@dataclass
class QueueRow:
    """One queue of the tree; the totals include the queues below it."""

    name: str
    label: str
    depth: int
    own: bool  # False for a parent that the reader sees only because of what is below it
    open: int = 0
    unclaimed: int = 0
    total: int = 0
    oldest: datetime | None = None


def queue_rows(loads: Sequence[QueueLoad]) -> list[QueueRow]:
    """The rows in the order of their paths, parents before their children."""
    rows: dict[str, QueueRow] = {}
    for load in loads:
        parts = load.queue.name.split("::")
        for depth in range(len(parts)):
            name = "::".join(parts[: depth + 1])
            rows.setdefault(name, QueueRow(name, parts[depth], depth, own=False))
            rows[name].total += load.open
        row = rows[load.queue.name]
        row.own, row.open, row.unclaimed, row.oldest = True, load.open, load.unclaimed, load.oldest
    return [rows[name] for name in sorted(rows, key=lambda name: name.split("::"))]
