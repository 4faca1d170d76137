"""Asking for something outside to be done after the commit."""

from __future__ import annotations

from typing import Any

from engine.outbox.models import OutboxRow
from engine.work import Work

TOPICS = (
    "mail", "notice", "sms", "fax", "index", "link", "letter", "migrate", "help", "webhook",
    "rules_dry_run", "audit",
)  # fmt: skip


def add(work: Work, topic: str, *, ticket_id: int | None = None, **payload: Any) -> OutboxRow:
    """Write an outbox row in this transaction; ids only, the handler reads the present state."""
    if topic not in TOPICS:
        raise ValueError(f"unknown outbox topic {topic}")
    row = OutboxRow(
        topic=topic, payload=payload, ticket_id=ticket_id, created_at=work.now, due_at=work.now
    )
    work.session.add(row)
    return row
