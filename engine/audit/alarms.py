"""What must never happen and is watched all the same: each time is counted, and seen for a week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.models import DeskEntry
from engine.audit.trail import record_desk
from engine.work import Work

DIFFERS = "rules differ"
SEEN_FOR = timedelta(days=7)


def note_difference(work: Work, trace: Mapping[str, Any], ticket: str = "") -> None:
    """Write down that the rules core and its oracle differed; the oracle's answer was taken."""
    if trace.get("differs"):
        release = str(trace.get("release", ""))[:12]
        record_desk(work, DIFFERS, ruleset=trace.get("ruleset"), release=release, ticket=ticket)


def differences(session: Session, since: datetime | None = None) -> int:
    """How often that happened, in all or since a moment."""
    query = select(func.count(DeskEntry.id)).where(DeskEntry.what == DIFFERS)
    if since is not None:
        query = query.where(DeskEntry.at > since)
    return session.scalar(query) or 0
