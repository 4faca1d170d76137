"""What a clock that was ahead has put off, brought back once the clock is right again.

Each timer that was set for a moment keeps it: that is what somebody meant. But what is repeated,
and what waits for its next try, has its moment from the clock itself, and would wait for a day that
was never there. Leases and pauses of timers need nothing (`timers/claims.py`).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select, update

from engine.audit.trail import record_desk
from engine.commands.hourly import TIMER as HOURLY
from engine.commands.hourly import next_hour
from engine.outbox.drain import LEASE, LONGEST_PAUSE
from engine.outbox.models import OutboxRow
from engine.timers.models import Timer
from engine.work import Work

SKEW = timedelta(seconds=5)


def clock_set_back(work: Work) -> int:
    """Let what was put off by a clock that was ahead go on; how much that was."""
    now = work.now
    hourly = work.session.scalars(select(Timer).where(Timer.kind == HOURLY)).all()
    late = [row for row in hourly if row.due_at > next_hour(now)]
    for row in late:
        row.due_at, row.claimed_until = next_hour(now), None
    waiting = OutboxRow.status == "waiting"
    ahead = or_(
        OutboxRow.created_at > now + SKEW,
        OutboxRow.due_at > now + SKEW + timedelta(seconds=LONGEST_PAUSE),
    )
    held = OutboxRow.claimed_until > now + SKEW + LEASE
    put_off = update(OutboxRow).where(waiting, ahead).values(due_at=now)
    freed = update(OutboxRow).where(waiting, held).values(claimed_until=None)
    mended = len(late) + sum(work.session.execute(one).rowcount for one in (put_off, freed))  # type: ignore[attr-defined]
    if mended:
        record_desk(work, "clock set back", mended=mended)
    return mended
