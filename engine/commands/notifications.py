"""Reading what one has been told: one thing, all about a ticket, or everything so far."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, update

from engine.errors import NotAllowed
from engine.notify.models import Notification
from engine.work import Work


def read_all(work: Work, until: int) -> int:
    """Everything up to this one is read; what came after it was not seen yet."""
    return _read(work, Notification.id <= until)


def read_some(work: Work, ids: Collection[int]) -> int:
    """These are read; those of other people are left as they are."""
    return _read(work, Notification.id.in_(ids)) if ids else 0


def read_about(work: Work, ticket_id: int) -> int:
    """All about a ticket is read, since it is being looked at."""
    return _read(work, Notification.ticket_id == ticket_id)


def _read(work: Work, wanted: ColumnElement[bool]) -> int:
    if work.actor.id is None:
        raise NotAllowed("Only people read notifications.")
    query = update(Notification).where(
        Notification.person_id == work.actor.id, Notification.read_at.is_(None), wanted
    )
    found = work.session.execute(query.values(read_at=work.now))
    return int(found.rowcount)  # type: ignore[attr-defined]
