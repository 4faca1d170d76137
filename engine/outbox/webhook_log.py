"""What was sent to webhooks, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.outbox.models import OutboxRow
from engine.outbox.webhook_models import Webhook, WebhookDelivery


@dataclass(frozen=True)
class Sent:
    """A delivery with its row of the outbox, which says how it stands and what is next."""

    delivery: WebhookDelivery
    row: OutboxRow


def webhooks(session: Session) -> list[Webhook]:
    """All by name."""
    return list(session.scalars(select(Webhook).order_by(Webhook.name)))


def latest(session: Session, webhook_id: int, limit: int = 50) -> list[Sent]:
    """The last deliveries of one, the newest first."""
    query = (
        select(WebhookDelivery, OutboxRow)
        .join(OutboxRow, OutboxRow.id == WebhookDelivery.outbox_id)
        .where(WebhookDelivery.webhook_id == webhook_id)
        .order_by(WebhookDelivery.id.desc())
    )
    return [Sent(*found) for found in session.execute(query.limit(limit))]


def counts(session: Session) -> dict[tuple[int, str], int]:
    """How many deliveries of each webhook wait, are done or were given up."""
    query = (
        select(WebhookDelivery.webhook_id, OutboxRow.status, func.count())
        .join(OutboxRow, OutboxRow.id == WebhookDelivery.outbox_id)
        .group_by(WebhookDelivery.webhook_id, OutboxRow.status)
    )
    return {(webhook, status): count for webhook, status, count in session.execute(query)}
