"""Keeping what somebody has typed and not sent yet, so that no other browser or day loses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from engine.errors import Invalid, NotAllowed
from engine.tickets.models import Draft
from engine.work import Work

LONGEST = 200_000  # characters of one draft
LONGEST_KEY = 120
MOST = 100  # drafts of one person


def keep_draft(work: Work, key: str, content: Mapping[str, Any]) -> None:
    """Keep the actor's draft under a key such as `reply-42`; an empty one is forgotten.

    Raises `Invalid` for a draft that is too long or a key that is none.
    """
    person_id = work.actor.id
    if person_id is None:
        raise NotAllowed("Only people have drafts.")
    if not key or len(key) > LONGEST_KEY or sum(len(str(v)) for v in content.values()) > LONGEST:
        raise Invalid("This draft cannot be kept.")
    query = select(Draft).where(Draft.person_id == person_id, Draft.key == key)
    row = work.session.scalar(query)
    if not any(content.values()):
        if row is not None:
            work.session.delete(row)
        return
    if row is None:
        _make_room(work, person_id)
        row = Draft(person_id=person_id, key=key)
        work.session.add(row)
    row.content, row.saved_at = dict(content), work.now


def _make_room(work: Work, person_id: int) -> None:
    """Of too many drafts the ones untouched for longest go."""
    newest = select(Draft.id).where(Draft.person_id == person_id).order_by(Draft.saved_at.desc())
    for draft_id in work.session.scalars(newest.offset(MOST - 1)).all():
        work.session.delete(work.session.get_one(Draft, draft_id))


def drop_draft(work: Work, key: str) -> None:
    """Forget the actor's draft, because what it held has been sent."""
    mine = Draft.person_id == work.actor.id
    work.session.execute(delete(Draft).where(mine, Draft.key == key))
