"""What somebody was told, in words: on the page of it, in the drawer behind the bell, and aloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.notify.inbox import Inbox, Thread, Unread, inbox
from engine.notify.kinds import tells_of_promise
from engine.notify.models import Notification
from engine.notify.texts import notices
from webapp.i18n import sort_key
from webapp.presenters.clock_words import LABELS
from webapp.presenters.history_words import NOTICES
from webapp.presenters.notice_names import notice_name
from webapp.presenters.tasks import clock_word

BRIEF = 15  # tickets in the drawer; the page has all


@dataclass(frozen=True)
class Told:
    """One event: what it was, when, and for whom where one stands in for somebody."""

    said: str
    at: datetime
    instead_of: str


@dataclass(frozen=True)
class Row:
    """All about one ticket: where it leads, what was told, and what marks it as read."""

    title: str
    number: str
    href: str
    unread: bool
    told: list[Told]
    ids: str
    due: datetime | None = None  # what is promised next on a ticket that one works on
    state: str = ""  # of the clock chip


@dataclass(frozen=True)
class Page:
    """Everything that the page shows."""

    unread: list[Row]
    read: list[Row]
    kinds: list[tuple[str, str]]
    newest: int
    before: int
    more: bool = False  # more is unread than is shown


def page_of(request: Request, *, kind: str = "", before: int = 0, brief: bool = False) -> Page:
    """Look at what the reader was told."""
    names = _names(request)
    found: Inbox = inbox(request.db, request.actor, kind=kind, before=before)
    new, old = ([_row(request, one, names) for one in threads]
                for threads in (found.unread, found.read))  # fmt: skip
    if brief:
        new, old = new[:BRIEF], old[: max(0, BRIEF - len(new))]
    known = {*found.kinds, *([kind] if kind in names else [])}
    kinds = [(one, _capital(names.get(one, one))) for one in known]
    kinds.sort(key=lambda one: sort_key(one[1]))
    return Page(new, old, kinds, found.newest, found.before, found.more)


def aloud(request: Request, found: Unread) -> dict[str, Any]:
    """What the bell learns: how many, and the latest in a sentence for who is elsewhere."""
    said, href = "", ""
    if found.newest is not None:
        said = _capital(_names(request).get(found.newest.kind, found.newest.kind))
        href = request.route_path("notifications")
    title = found.ticket.title if found.ticket is not None else ""
    newest = found.newest.id if found.newest is not None else 0
    return {"count": found.count, "newest": newest, "said": said, "title": title, "href": href}


def _names(request: Request) -> dict[str, str]:
    shipped = {name: str(request.translate(word)) for name, word in NOTICES.items()}
    return shipped | {name: notice_name(request, one) for name, one in notices(request.db).items()}


def _row(request: Request, thread: Thread, names: dict[str, str]) -> Row:
    told = [_told(request, row, names) for row in thread.rows]
    ticket = thread.ticket
    if ticket is None:
        page = str(thread.latest.payload.get("page", ""))
        title, number, href = told[0].said, "", f"/{page.lstrip('/')}" if page else ""
    else:
        route = "tickets.one" if thread.place == "tickets" else "requests.one"
        title, number = ticket.title, ticket.number
        href = request.route_path(route, number=number)
    due = ticket.due_at if ticket is not None and thread.place == "tickets" else None
    ids = " ".join(str(r.id) for r in thread.rows)
    state = clock_word(due, None, request.work.now)
    return Row(title, number, href, thread.unread, told, ids, due, state)


def _told(request: Request, row: Notification, names: dict[str, str]) -> Told:
    instead = row.for_person.name if row.for_person is not None else ""
    name = names.get(row.kind, row.kind.replace("_", " "))
    clock = LABELS.get(str(row.payload.get("clock", "")))
    about = bool(clock) and tells_of_promise(row.kind)
    said = f"{name}: {request.translate(clock)}" if about else name
    return Told(_capital(said), row.created_at, instead)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
