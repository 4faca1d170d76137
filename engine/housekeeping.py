"""Sweeping up: what is expired goes, and so do files that no row names any more."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select, update

from engine.audit.models import ApiRequest, Undo
from engine.catalogue.rules_trials import RulesDryRun
from engine.notify.models import Notification, NotificationDelivery
from engine.outbox.models import OutboxRow
from engine.outbox.webhook_models import WebhookDelivery
from engine.people.models import Attempt, LoginSession, PasswordLink
from engine.tickets.files import DIGEST
from engine.tickets.models import Article, Attachment, InboundMessage
from engine.tickets.moves import MigrationTicket
from engine.work import SYSTEM, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

KEPT = timedelta(days=30)  # ended sessions, spent links, Idempotency-Keys, delivered outbox rows
ATTEMPTS_KEPT = timedelta(days=2)
READ_KEPT, UNREAD_KEPT = timedelta(days=90), timedelta(days=365)  # what people were told
GRACE = 24 * 3600  # seconds a file may lie without a row: its transaction may still be under way
CAUSE = Cause("system", reason="housekeeping")


def tidy(desk: Desk) -> dict[str, int]:
    """Remove what has expired; says how many of each kind."""
    counts = desk.run(_rows, SYSTEM, CAUSE)
    counts["files"] = collect_orphans(desk)
    return counts


def _rows(work: Work) -> dict[str, int]:
    old = work.now - KEPT
    queries: dict[str, Any] = {
        "sessions": delete(LoginSession).where(LoginSession.expires_at < old),
        "links": delete(PasswordLink).where(PasswordLink.expires_at < old),
        "attempts": delete(Attempt).where(Attempt.at < work.now - ATTEMPTS_KEPT),
        "undos": delete(Undo).where(Undo.until < work.now),
        "api_requests": delete(ApiRequest).where(ApiRequest.at < old),
        "webhook_deliveries": delete(WebhookDelivery).where(
            WebhookDelivery.created_at < old,
            WebhookDelivery.outbox_id.not_in(
                select(OutboxRow.id).where(OutboxRow.status == "waiting")
            ),
        ),
        "outbox": delete(OutboxRow).where(OutboxRow.status == "done", OutboxRow.done_at < old),
    }
    told = or_(
        Notification.created_at < work.now - UNREAD_KEPT,
        and_(Notification.read_at.is_not(None), Notification.created_at < work.now - READ_KEPT),
    )
    forgotten = select(Notification.id).where(told)
    queries["notification_deliveries"] = delete(NotificationDelivery).where(
        NotificationDelivery.notification_id.in_(forgotten)
    )
    queries["notifications"] = delete(Notification).where(told)
    queries["dry_runs"] = delete(RulesDryRun).where(RulesDryRun.started_at < old)
    # How tickets stood before a move; it can be taken back until then.
    queries["moves"] = (
        update(MigrationTicket)
        .where(MigrationTicket.before.is_not(None), MigrationTicket.at < old)
        .values(before=None)
    )
    return {name: work.session.execute(query).rowcount for name, query in queries.items()}  # type: ignore[attr-defined]


def collect_orphans(desk: Desk) -> int:
    """Delete stored files that nothing refers to and that are older than a day.

    Who stores the same bytes again makes the file young, so its age is looked at once more after
    the rows have been asked.
    """
    before = time.time() - GRACE
    removed = 0
    for path in desk.files.root.glob("??/*"):
        if not DIGEST.fullmatch(path.name) or path.stat().st_mtime > before:
            continue
        if desk.read(lambda work, digest=path.name: _named(work, digest)):  # type: ignore[misc]
            continue
        if path.stat().st_mtime <= before:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _named(work: Work, digest: str) -> bool:
    tests = (
        select(Attachment.id).where(Attachment.digest == digest),
        select(InboundMessage.id).where(InboundMessage.digest == digest),
        select(Article.id).where(Article.html_digest == digest),
        select(Article.id).where(Article.original_digest == digest),
    )
    return any(work.session.scalar(query.limit(1)) is not None for query in tests)
