"""Questions about the times that processes wait for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.timers.models import Timer


def step_dues(session: Session, instance_ids: Iterable[int]) -> dict[int, datetime]:
    """By process when its soonest time comes; those that wait for none are missing."""
    subjects = [str(one) for one in instance_ids]
    query = select(Timer.subject, Timer.due_at)
    rows = session.execute(query.where(Timer.kind == "step", Timer.subject.in_(subjects)))
    return {int(subject): due for subject, due in rows}
