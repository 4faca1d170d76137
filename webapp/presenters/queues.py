"""The queues as a tree, each with what waits in it and in everything below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.tickets.task_lists import QueueLoad
from webapp.i18n import sort_key


@dataclass
class QueueRow:
    """One queue of the tree; all but `open` include the queues below it, as the lists do."""

    name: str
    label: str
    depth: int
    own: bool  # False for a parent that the reader sees only because of what is below it
    open: int = 0
    unclaimed: int = 0
    total: int = 0
    oldest: datetime | None = None


def queue_rows(loads: Sequence[QueueLoad]) -> list[QueueRow]:
    """The rows in the order of their paths as one reads them, parents before their children."""
    rows: dict[str, QueueRow] = {}
    for load in loads:
        parts = load.queue.name.split("::")
        for depth in range(len(parts)):
            name = "::".join(parts[: depth + 1])
            rows.setdefault(name, QueueRow(name, parts[depth], depth, own=False))
            row = rows[name]
            row.total += load.open
            row.unclaimed += load.unclaimed
            row.oldest = min((m for m in (row.oldest, load.oldest) if m), default=None)
        rows[load.queue.name].own = True
        rows[load.queue.name].open = load.open
    return [rows[name] for name in sorted(rows, key=path_key)]


def path_key(name: str) -> list[tuple[str, str]]:
    """By what queues are sorted, level by level."""
    return [sort_key(part) for part in name.split("::")]
