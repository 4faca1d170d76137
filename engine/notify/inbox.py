"""What the browser shows of what somebody was told: by ticket, unread first, rights asked now.

A notification about a ticket that its reader may not read any more is as if it did not exist: it
is neither shown nor counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.notify.models import Notification
from engine.tickets.access import visible
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.requests import customer_side
from engine.work import Actor

MOST_UNREAD = 300  # that are counted and shown; who has more reads those first
READ = 40  # rows of what was read that a page shows


@dataclass
class Thread:
    """Everything about one ticket, or one thing that is about none; the latest first."""

    ticket: Ticket | None
    place: str  # the pages on which it is read: tickets, requests; empty without a ticket
    rows: list[Notification] = field(default_factory=list)

    @property
    def latest(self) -> Notification:
        """What was told last."""
        return self.rows[0]

    @property
    def unread(self) -> bool:
        """Whether its latest has not been read."""
        return self.latest.read_at is None


@dataclass(frozen=True)
class Unread:
    """How many tickets and other things have something unread, and the latest of it."""

    count: int = 0
    newest: Notification | None = None
    ticket: Ticket | None = None
    more: bool = False

    @property
    def tag(self) -> str:
        """Another one whenever the bell would show something else."""
        return f"{self.count}-{self.newest.id if self.newest else 0}"


@dataclass(frozen=True)
class Inbox:
    """A page of it; `before` is where what was read goes on, 0 at its end."""

    unread: list[Thread]
    read: list[Thread]
    kinds: list[str]  # that there were lately, for the filter
    newest: int = 0
    before: int = 0
    more: bool = False  # more is unread than is shown


def unread(session: Session, actor: Actor) -> Unread:
    """What the bell says. Nothing but an index is looked at where nothing is unread."""
    rows = _unread_rows(session, actor)
    if not rows:
        return Unread()
    may = _readable(session, actor, [row.ticket_id for row in rows])
    kept = [row for row in rows if row.ticket_id is None or row.ticket_id in may]
    things = {row.ticket_id or -row.id for row in kept}
    newest = kept[0] if kept else None
    return Unread(
        len(things), newest, newest.ticket if newest and newest.ticket_id else None,
        more=len(rows) == MOST_UNREAD,
    )  # fmt: skip


def inbox(session: Session, actor: Actor, *, kind: str = "", before: int = 0) -> Inbox:
    """What somebody was told, unread first; what was read page by page."""
    fresh = [] if before else _unread_rows(session, actor, kind)
    old = select(Notification).where(
        Notification.person_id == actor.id, Notification.shown, Notification.read_at.is_not(None)
    )
    if kind:
        old = old.where(Notification.kind == kind)
    if before:
        old = old.where(Notification.id < before)
    past = list(session.scalars(old.order_by(Notification.id.desc()).limit(READ + 1)))
    more, past = len(past) > READ, past[:READ]
    places = _places(session, actor, [row.ticket_id for row in (*fresh, *past)])
    kept = [[row for row in rows if row.ticket_id is None or row.ticket_id in places]
            for rows in (fresh, past)]  # fmt: skip
    new, read_before = (_threads(rows, places) for rows in kept)
    return Inbox(
        new, read_before, _kinds(session, actor),
        newest=fresh[0].id if fresh else 0, before=past[-1].id if more and past else 0,
        more=len(fresh) == MOST_UNREAD,
    )  # fmt: skip


def _kinds(session: Session, actor: Actor) -> list[str]:
    """What somebody was told of lately, for the filter."""
    mine = select(Notification.kind).where(Notification.person_id == actor.id, Notification.shown)
    lately = mine.order_by(Notification.id.desc()).limit(MOST_UNREAD).subquery()
    return sorted(session.scalars(select(lately.c.kind).distinct()))


def _unread_rows(session: Session, actor: Actor, kind: str = "") -> list[Notification]:
    query = select(Notification).where(
        Notification.person_id == actor.id, Notification.shown, Notification.read_at.is_(None)
    )
    if kind:
        query = query.where(Notification.kind == kind)
    return list(session.scalars(query.order_by(Notification.id.desc()).limit(MOST_UNREAD)))


def _threads(rows: Iterable[Notification], places: dict[int, tuple[Ticket, str]]) -> list[Thread]:
    found: dict[int, Thread] = {}
    for row in rows:
        ticket, place = places[row.ticket_id] if row.ticket_id is not None else (None, "")
        key = row.ticket_id or -row.id
        found.setdefault(key, Thread(ticket, place)).rows.append(row)
    return list(found.values())


def _readable(session: Session, actor: Actor, ids: Iterable[int | None]) -> set[int]:
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return set()
    may = or_(visible(actor), visible(customer_side(actor)))
    return set(session.scalars(select(Ticket.id).where(Ticket.id.in_(wanted), may)))


def _places(
    session: Session, actor: Actor, ids: Collection[int | None]
) -> dict[int, tuple[Ticket, str]]:
    """Those tickets that may be read, each with the pages on which they are.

    What asks somebody who works here as one outside is answered where customers answer.
    """
    may = _readable(session, actor, ids)
    inside = set(session.scalars(select(Ticket.id).where(Ticket.id.in_(may), visible(actor))))
    asked = set(session.scalars(
        select(WorkItem.ticket_id).where(
            WorkItem.ticket_id.in_(may), WorkItem.person_id == actor.id,
            WorkItem.status == "open", WorkItem.for_customer,
        )
    ))  # fmt: skip
    tickets = session.scalars(select(Ticket).where(Ticket.id.in_(may)))
    return {one.id: (one, "tickets" if one.id in inside - asked else "requests") for one in tickets}
