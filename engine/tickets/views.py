"""The views that somebody finds above the list of tickets: their own, and those of their groups."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.tickets.models import SavedView
from engine.work import Actor


def views(session: Session, actor: Actor) -> list[SavedView]:
    """Own and shared views by name."""
    query = select(SavedView).where(_seen(actor))
    return list(session.scalars(query.order_by(func.lower(SavedView.name), SavedView.id)))


def view_for(session: Session, actor: Actor, view_id: int, *, own: bool = False) -> SavedView:
    """One view that the actor sees, or owns; foreign and absent ones are the same `NotFound`."""
    seen = SavedView.person_id == actor.id if own else _seen(actor)
    found = session.scalar(select(SavedView).where(SavedView.id == view_id, seen))
    if found is None:
        raise NotFound("There is no such view.")
    return found


def _seen(actor: Actor) -> ColumnElement[bool]:
    return or_(SavedView.person_id == actor.id, SavedView.group_id.in_(sorted(actor.groups)))
