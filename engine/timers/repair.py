"""Trying a timer again at once, where somebody has mended what was wrong."""

from __future__ import annotations

from engine.audit.trail import record_desk
from engine.errors import NotFound
from engine.timers.models import Timer
from engine.work import Work


def retry(work: Work, timer_id: int) -> Timer:
    """Let a timer that failed, or that a dead worker has, be tried now, by itself."""
    timer = work.session.get(Timer, timer_id) if 0 < timer_id < 2**31 else None
    if timer is None or (not timer.last_error and timer.claimed_until is None):
        raise NotFound(f"There is no timer {timer_id} that waits for another try.")
    timer.claimed_until, timer.last_error, timer.tries = None, "", 1  # none: it might join others
    record_desk(work, "timer retried", kind=timer.kind, subject=timer.subject)
    return timer
