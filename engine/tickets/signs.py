"""What tells that a ticket's page has changed, asked without reading what stands on it.

Pages ask every few seconds. The answer is mostly no, and has to cost next to nothing however long
the conversation is: numbers of messages, steps and changes, and never a body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from engine.audit.models import HistoryEntry
from engine.tickets.access import visible_articles
from engine.tickets.flow import Incident, WorkItem
from engine.tickets.models import Article, Ticket
from engine.work import Actor


@dataclass(frozen=True)
class Signs:
    """The numbers of one ticket; each tag changes with what its part of the page shows."""

    messages: int
    changes: int  # entries of the history
    conversation: str
    now: str
    side: str


def signs_of(
    session: Session, actor: Actor, ticket: Ticket, items: Iterable[Any] | None = None
) -> Signs:
    """Look at a ticket; `items` are its open steps where they are known already."""
    said = _said(session, actor, ticket)
    messages, last_change, changes, stopped = said[:7], said[7], said[8], said[9:]
    if items is None:
        query = select(WorkItem.id, WorkItem.person_id)
        query = query.where(WorkItem.ticket_id == ticket.id, WorkItem.status == "open")
        items = session.execute(query.order_by(WorkItem.id))
    steps = [(item.id, item.person_id) for item in items]
    return Signs(
        messages=messages[1],
        changes=changes,
        conversation=tag(messages),
        now=tag((steps, stopped, ticket.state_id)),
        side=tag((ticket.version, last_change)),
    )


def _said(session: Session, actor: Actor, ticket: Ticket) -> tuple[int, ...]:
    """Numbers of messages, of the history and of incidents, in one question."""

    def number_if(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    history = HistoryEntry.ticket_id == ticket.id
    stopped = (Incident.ticket_id == ticket.id, Incident.resolved_at.is_(None))
    query = select(
        func.max(Article.id),
        func.count(Article.id),
        number_if(Article.delivery == "waiting"),
        number_if(Article.delivery == "failed"),
        number_if(Article.verified),
        func.sum(func.length(Article.problem)),
        func.sum(func.length(Article.delivery)),
        select(func.max(HistoryEntry.id)).where(history).scalar_subquery(),
        select(func.count(HistoryEntry.id)).where(history).scalar_subquery(),
        select(func.max(Incident.id)).where(*stopped).scalar_subquery(),
        select(func.sum(Incident.tries)).where(*stopped).scalar_subquery(),
    ).where(Article.ticket_id == ticket.id, visible_articles(actor))
    return tuple(int(value or 0) for value in session.execute(query).one())


def tag(seen: object) -> str:
    """A short name for what was seen."""
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]
