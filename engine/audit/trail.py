"""Writing history: one verb for tickets, one for everything else."""

from __future__ import annotations

from typing import Any

from engine.audit.models import DecisionTrace, DeskEntry, HistoryEntry
from engine.work import Work


def record(
    work: Work,
    ticket_id: int,
    what: str,
    before: object = "",
    after: object = "",
    *,
    reason: str = "",
) -> HistoryEntry:
    """Write down one change of a ticket with the actor and the cause that the work carries."""
    entry = HistoryEntry(
        ticket_id=ticket_id,
        at=work.now,
        what=what,
        before="" if before is None else str(before),
        after="" if after is None else str(after),
        actor_id=work.actor.id,
        actor=work.actor.name,
        cause=work.cause.kind,
        cause_ref=dict(work.cause.ref),
        reason=reason or work.cause.reason,
        trace_id=work.cause.trace_id,
    )
    work.session.add(entry)
    return entry


def record_desk(work: Work, what: str, **detail: Any) -> DeskEntry:
    """Write down one change that concerns no single ticket."""
    entry = DeskEntry(
        at=work.now, what=what, actor_id=work.actor.id, actor=work.actor.name, detail=detail
    )
    work.session.add(entry)
    return entry


def record_trace(
    work: Work, ticket_id: int | None, event: str, ruleset: str, trace: dict[str, Any]
) -> DecisionTrace:
    """Keep what a ruleset saw and decided; the row has an id when this returns."""
    row = DecisionTrace(
        ticket_id=ticket_id,
        at=work.now,
        event=event,
        ruleset=ruleset,
        release=str(trace.get("release", "")),
        trace=trace,
    )
    work.session.add(row)
    work.session.flush()
    return row
