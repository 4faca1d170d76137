"""When a worker last did something: a broker that is away, or no beat, shows within minutes.

A file in the home, since it is written every half minute and nobody needs its history.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine.settings import Settings

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)
EVERY = timedelta(seconds=30)
SILENT = timedelta(minutes=3)


def beat(desk: Desk) -> None:
    """Note that a task runs just now; never raises."""
    now, last = desk.clock(), last_beat(desk.settings)
    if last is not None and timedelta() <= now - last < EVERY:
        return
    path = _file(desk.settings)
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(now.isoformat(), encoding="ascii")
        fresh.replace(path)
    except OSError:
        log.exception("that the worker works cannot be written down")


def last_beat(settings: Settings) -> datetime | None:
    """When a task last ran; None where none ever did."""
    try:
        return datetime.fromisoformat(_file(settings).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def silent_since(settings: Settings, now: datetime) -> datetime | None:
    """Since when no task has run, where that is too long; a desk that was never served is new."""
    last = last_beat(settings)
    return last if last is not None and now - last > SILENT else None


def _file(settings: Settings) -> Path:
    return settings.home / "run" / "worker.beat"
