"""Trying dead letters again, once somebody has mended what was wrong."""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.trail import record, record_desk
from engine.errors import NotFound
from engine.outbox.models import OutboxRow
from engine.tickets.models import Article
from engine.work import Work


def retry(work: Work, row_id: int) -> OutboxRow:
    """Let one undelivered row be tried at once, with all its days before it again."""
    row = work.session.get(OutboxRow, row_id) if 0 < row_id < 2**31 else None
    if row is None or row.status == "done":
        raise NotFound(f"There is no undelivered message {row_id}.")
    _again(work, row)
    return row


def retry_all(work: Work) -> int:
    """The same for every dead letter; returns how many there were."""
    rows = list(work.session.scalars(select(OutboxRow).where(OutboxRow.status == "dead")))
    for row in rows:
        _again(work, row)
    if rows:
        record_desk(work, "outbox retried", count=len(rows))
    return len(rows)


def _again(work: Work, row: OutboxRow) -> None:
    row.status, row.tries, row.breaks, row.due_at = "waiting", 0, 0, work.now
    row.created_at = work.now  # the days in which it is tried begin anew
    row.claimed_until, row.last_error = None, ""
    article = work.session.get(Article, row.payload.get("article_id") or 0)
    if article is not None and article.delivery == "failed":
        article.delivery, article.problem = "waiting", ""
    if row.ticket_id is not None:
        record(work, row.ticket_id, "delivery", "failed", "tried again")
