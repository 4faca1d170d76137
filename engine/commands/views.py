"""Keeping a list of tickets under a name, for oneself or for a group; giving it up again."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from engine.errors import Invalid, NotAllowed
from engine.tickets.asking import read
from engine.tickets.models import SavedView
from engine.tickets.search import SORTS
from engine.work import Work

MOST = 50  # views of one person


def save_view(
    work: Work,
    name: str,
    *,
    query: str,
    sort: str = "",
    columns: Iterable[str] = (),
    group_id: int | None = None,
    view: SavedView | None = None,
) -> SavedView:
    """Keep a view, or change one of the actor's own; the same name again replaces what it meant.

    Raises `Invalid` without a name or with too many views, `NotAllowed` for a foreign group.
    """
    actor, name = work.actor, " ".join(name.split())[:80]
    if actor.id is None or not actor.is_agent:
        raise NotAllowed("Only agents keep views.")
    if not name:
        raise Invalid("Please give the view a name.", fields={"name": "required"})
    if group_id is not None and group_id not in actor.groups:
        raise NotAllowed("You can share a view only with your own groups.")
    mine = SavedView.person_id == actor.id
    named = work.session.scalar(select(SavedView).where(mine, SavedView.name == name))
    if view is not None and view.person_id != actor.id:
        raise NotAllowed("This view is somebody else's.")
    if view is not None and named is not None and named is not view:
        raise Invalid("You have another view of this name.", fields={"name": "unique"})
    row = view or named
    if row is None:
        if int(work.session.scalar(select(func.count(SavedView.id)).where(mine)) or 0) >= MOST:
            raise Invalid("You have too many views; delete one first.", fields={"name": "many"})
        row = SavedView(person_id=actor.id)
        work.session.add(row)
    row.name, row.query, row.group_id = name, read(query).text[:500], group_id
    row.sort, row.columns = sort if sort in SORTS else "", [str(c)[:20] for c in columns][:20]
    work.session.flush()
    return row


def delete_view(work: Work, view: SavedView) -> None:
    """Give up one of the actor's own views."""
    if view.person_id != work.actor.id:
        raise NotAllowed("This view is somebody else's.")
    work.session.delete(view)
