"""The timers that are the desk's own, and when they ought to stand: for who looks after them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.rules_drafting import RulesProposal
from engine.commands import hourly, rules_approval
from engine.errors import NotFound
from engine.library import Library
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Work

SLACK = timedelta(hours=1)


def unset(session: Session, library: Library, now: datetime) -> dict[str, datetime]:
    """By kind when what has no timer ought to come, or has one that stands long after that."""
    due = _due(session, library, now)
    query = select(Timer.kind, Timer.due_at).where(Timer.kind.in_(due))
    stands = dict(session.execute(query).all())
    return {kind: at for kind, at in due.items() if kind not in stands or stands[kind] > at + SLACK}


def set_again(work: Work) -> None:
    """Set each of them that is not."""
    for kind, at in unset(work.session, work.desk.library, work.now).items():
        set_timer(work, kind, hourly.SUBJECT, 0, at)


def _due(session: Session, library: Library, now: datetime) -> dict[str, datetime]:
    found = {}
    try:
        if hourly.listen(library.release(session)):
            found[hourly.TIMER] = hourly.next_hour(now)
    except NotFound:
        pass
    proposed = session.get(RulesProposal, 1)
    if proposed is None or proposed.due_at is None or proposed.failed:
        return found
    if proposed.approved_by or not proposed.ticket_number:
        found[rules_approval.TIMER] = proposed.due_at
    return found
