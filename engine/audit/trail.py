"""Writing history: one verb for tickets, one for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table, bindparam, event, insert, update
from sqlalchemy.orm import Session, SessionTransaction

from engine.audit.models import DecisionTrace, DeskEntry, HistoryEntry
from engine.db.later import write_later
from engine.work import Work

# A table, not a class: what goes to a connection goes past the session.
_TRACES = cast(Table, DecisionTrace.__table__)
_SPENT = "time spent"  # key in Session.info: what is added to decisions when it commits
_ADD_SPENT = (
    update(_TRACES).where(_TRACES.c.id == bindparam("of")).values(spent=bindparam("micros"))
)


def record(
    work: Work,
    ticket_id: int,
    what: str,
    before: object = "",
    after: object = "",
    *,
    reason: str = "",
) -> None:
    """Write down one change of a ticket with the actor and the cause that the work carries."""
    ref = dict(work.cause.ref)
    if work.late_since is not None:
        ref["due"] = work.late_since.isoformat()
    entry = {
        "ticket_id": ticket_id,
        "at": work.now,
        "what": what,
        "before": "" if before is None else str(before),
        "after": "" if after is None else str(after),
        "actor_id": work.actor.id,
        "actor": work.actor.name,
        "cause": work.cause.kind,
        "cause_ref": ref,
        "reason": reason or work.cause.reason,
        "trace_id": work.cause.trace_id,
    }
    write_later(work.session, HistoryEntry, [entry])


@event.listens_for(Session, "before_commit")
def _write_spent(session: Session) -> None:
    if session.info.get(_SPENT) and not session.in_nested_transaction():
        measured = session.info.pop(_SPENT)
        session.connection().execute(_ADD_SPENT, measured)


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_SPENT, None)


def record_desk(work: Work, what: str, **detail: Any) -> DeskEntry:
    """Write down one change that concerns no single ticket."""
    entry = DeskEntry(
        at=work.now, what=what, actor_id=work.actor.id, actor=work.actor.name, detail=detail
    )
    work.session.add(entry)
    return entry


def record_trace(
    work: Work, ticket_id: int | None, event_name: str, ruleset: str, trace: dict[str, Any]
) -> int:
    """Keep what a ruleset saw and decided; returns the row's id, for what follows to name it.

    Written past the session, because a flush only for this id would cost more than the row.
    """
    writing = insert(_TRACES).values(
        ticket_id=ticket_id,
        at=work.now,
        event=event_name,
        ruleset=ruleset,
        release=str(trace.get("release", "")),
        trace=trace,
    )
    row = work.session.connection().execute(writing.returning(_TRACES.c.id))
    return int(row.scalar_one())


def record_spent(work: Work, trace_id: int, micros: Mapping[str, int]) -> None:
    """How long it took to do what each rule of a decision asked for; written when it commits."""
    work.session.info.setdefault(_SPENT, []).append({"of": trace_id, "micros": dict(micros)})
