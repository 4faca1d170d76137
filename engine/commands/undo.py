"""Taking back what one has just done, exactly, unless somebody else has been there since.

An action remembers how the tickets stood before it. For two minutes the person who did it, and
nobody else, may put that back. The rules are not asked again: what they decided about the action
goes with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from engine.audit.models import HistoryEntry, Undo
from engine.audit.trail import record, record_desk
from engine.commands.clocks import recount_clocks
from engine.commands.rules_drafts import save_rules_draft
from engine.commands.standing import difference, put_back, standing_of, stands_as_left
from engine.commands.step_visits import log_put_back
from engine.errors import Conflict, NotFound, VorgangError
from engine.faq.models import FaqItem
from engine.outbox import write as outbox
from engine.tickets.models import Ticket
from engine.work import Work

TIME_FOR_IT = timedelta(minutes=2)
GONE = "This can no longer be taken back."
CHANGED = "Somebody else has changed this since; it stays as it is."
MOVED_ON = "This has moved on since; it stays as it is."


@dataclass
class Remembered:
    """What one action changes, ticket by ticket; `what` names the action in the history."""

    work: Work
    what: str
    entries: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def ticket(self, *tickets: Ticket) -> Iterator[None]:
        """Remember what is changed inside; nothing is where it fails."""
        session = self.work.session
        before = [(ticket.id, standing_of(session, ticket.id)) for ticket in tickets]
        yield
        for ticket_id, stood in before:
            changes = difference(stood, standing_of(session, ticket_id, stood))
            if changes:
                entry = {"ticket": ticket_id, "seen": _last(self.work, ticket_id)}
                self.entries.append(entry | {"changes": changes})

    @contextmanager
    def faq(self, item: FaqItem) -> Iterator[None]:
        """Remember whether an item of the FAQ could be found."""
        before = item.active
        yield
        self.work.session.flush()
        if item.active != before:
            self.entries.append({"faq": item.id, "version": item.version, "active": before})

    def rules(self, name: str, text: str, revision: int) -> None:
        """Remember how a ruleset's draft read before the change that led to this revision."""
        self.entries.append({"ruleset": name, "text": text, "revision": revision})

    def token(self) -> str:
        """The key under which it can be taken back; empty where nothing has changed."""
        actor = self.work.actor
        if not self.entries or actor.id is None:
            return ""
        token = secrets.token_urlsafe(16)
        row = Undo(
            token=token,
            person_id=actor.id,
            what=self.what,
            until=self.work.now + TIME_FOR_IT,
            entries=self.entries,
        )
        self.work.session.add(row)
        return token


@dataclass
class TakenBack:
    """What came of it: the tickets put back, and those that stay as they are with the reason."""

    tickets: list[Ticket] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    faq: FaqItem | None = None

    @property
    def all(self) -> int:
        """How many it was about."""
        return len(self.tickets) + len(self.refused) + (self.faq is not None)


def take_back(work: Work, token: str) -> TakenBack:
    """Put back what an action of one's own changed; of several tickets those that can be.

    Raises `NotFound` for somebody else's action and `Conflict` where it is too late or the one
    thing that it was about has been changed since.
    """
    row = work.session.scalar(select(Undo).where(Undo.token == token).with_for_update())
    if row is None or row.person_id != work.actor.id:
        raise NotFound("There is nothing to take back.")
    if row.used_at is not None or row.until < work.now:
        raise Conflict(GONE)
    row.used_at = work.now
    back = TakenBack()
    for entry in row.entries:
        try:
            with work.session.begin_nested():
                _one(work, row.what, entry, back)
        except VorgangError as error:
            if len(row.entries) == 1:
                raise
            ticket = work.session.get(Ticket, entry.get("ticket", 0))
            back.refused.append((ticket.number if ticket else "", error.message))
    return back


def _one(work: Work, what: str, entry: dict[str, Any], back: TakenBack) -> None:
    if "faq" in entry:
        back.faq = _faq_item(work, entry)
        return
    if "ruleset" in entry:
        save_rules_draft(work, entry["ruleset"], entry["revision"], text=entry["text"])
        return
    ticket = work.session.get(Ticket, entry["ticket"])
    if ticket is None:
        raise Conflict(GONE)
    if _others_since(work, ticket.id, entry["seen"]):
        raise Conflict(CHANGED)
    if not stands_as_left(work.session, entry["changes"]):
        raise Conflict(MOVED_ON)
    log_put_back(work, entry["changes"])
    put_back(work, entry["changes"])
    ticket.changed_at = work.now
    record(work, ticket.id, "undone", after=what)
    work.session.flush()
    work.session.refresh(ticket)
    recount_clocks(work, ticket)
    back.tickets.append(ticket)


def _faq_item(work: Work, entry: dict[str, Any]) -> FaqItem:
    item = work.session.get(FaqItem, entry["faq"])
    if item is None or item.version != entry["version"]:
        raise Conflict(CHANGED)
    item.active, item.changed_at = entry["active"], work.now
    outbox.add(work, "index", faq_id=item.id)
    record_desk(work, "faq undone", number=item.number, language=item.language)
    return item


def _last(work: Work, ticket_id: int) -> int:
    query = select(func.max(HistoryEntry.id)).where(HistoryEntry.ticket_id == ticket_id)
    return int(work.session.scalar(query) or 0)


def _others_since(work: Work, ticket_id: int, seen: int) -> bool:
    """Whether another person has changed the ticket; a message that came in changes nothing."""
    query = select(HistoryEntry.id).where(
        HistoryEntry.ticket_id == ticket_id,
        HistoryEntry.id > seen,
        HistoryEntry.actor_id.is_not(None),
        HistoryEntry.actor_id != work.actor.id,
        HistoryEntry.what != "article",
    )
    return work.session.scalar(query.limit(1)) is not None
