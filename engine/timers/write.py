"""Setting and clearing timers, inside the transaction of the change that needs them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, select

from engine.timers.models import Timer
from engine.work import Work

_TIMERS = cast(Table, Timer.__table__)
_STRIKE = delete(_TIMERS).where(_TIMERS.c.id == bindparam("struck"))


def set_timer(
    work: Work,
    kind: str,
    subject: str,
    ticket_id: int,
    due_at: datetime | None,
    *,
    fresh: bool = False,
) -> Timer | None:
    """Make this the one timer of its kind and subject; without a moment there is none any more.

    `fresh` says that the subject has only just been made, so that there can be no timer yet.
    """
    wanted = select(Timer).where(Timer.kind == kind, Timer.subject == subject)
    row = None if fresh else work.session.scalar(wanted)
    if due_at is None:
        if row is not None:
            work.session.delete(row)
        return None
    if row is None:
        row = Timer(kind=kind, subject=subject, ticket_id=ticket_id, due_at=due_at)
        work.session.add(row)
    elif row.due_at != due_at:
        row.due_at, row.tries, row.last_error, row.claimed_until = due_at, 0, "", None
    return row


def strike(work: Work, timer: Timer) -> None:
    """Take off a timer that fires, before anything else: what follows may set it anew.

    Past the session, since for one row that would cost more than all else here.
    """
    work.session.connection().execute(_STRIKE, {"struck": timer.id})
    work.session.expunge(timer)


def clear_timers(work: Work, ticket_id: int, kind: str | None = None) -> None:
    """Forget all timers of a ticket, or those of one kind."""
    query = delete(Timer).where(Timer.ticket_id == ticket_id)
    work.session.execute(query.where(Timer.kind == kind) if kind else query)
