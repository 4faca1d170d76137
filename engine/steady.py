"""When which sweep runs, also where the machine's clock is set back or forward.

Celery's beat goes by the clock on the wall: set back an hour, it sleeps that hour. Here each jump
back is noticed at the next tick, what ran "in the future" runs from now on, and the desk is told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery.beat import PersistentScheduler

TELL = "clock_set_back"  # the task that looks after what was written by a clock that was ahead


class SteadyScheduler(PersistentScheduler):
    """Beat's schedule in a file, kept honest about the time."""

    _seen: datetime | None = None

    def tick(self, *arguments: Any, **more: Any) -> Any:
        """Run what is due, after a look at whether the clock went back."""
        now = self.app.now()
        if self._seen is None or now < self._seen:
            behind = [one for one in self.schedule.values() if one.last_run_at > now]
            for entry in behind:
                entry.last_run_at = now
            self._heap = None  # made anew, by the time that it is now
            if behind or self._seen is not None:
                self.app.send_task(TELL)
        self._seen = now
        return super().tick(*arguments, **more)
