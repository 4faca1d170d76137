"""What somebody has been told, and how much of it they have not read yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.notify.choices import PREFERENCE
from engine.notify.models import Notification
from engine.people.models import Preference


def unread_count(session: Session, person_id: int) -> int:
    """How many notifications of a person are unread; an index alone answers it."""
    unread = select(func.count()).where(
        Notification.person_id == person_id, Notification.read_at.is_(None)
    )
    return int(session.scalar(unread) or 0)


def remembered(session: Session, person_id: int) -> Any:
    """What a person has chosen about how they are told, as it is stored."""
    chosen = Preference.person_id == person_id, Preference.name == PREFERENCE
    return session.scalar(select(Preference.value).where(*chosen))


def latest(
    session: Session, person_id: int, *, unread: bool = False, before: int = 0, limit: int = 50
) -> list[Notification]:
    """A person's notifications, newest first; `before` is the id from which a page goes on.

    Whether they may still read the ticket is the asker's to find out.
    """
    mine = select(Notification).where(Notification.person_id == person_id, Notification.shown)
    if unread:
        mine = mine.where(Notification.read_at.is_(None))
    if before:
        mine = mine.where(Notification.id < before)
    return list(session.scalars(mine.order_by(Notification.id.desc()).limit(limit)))
