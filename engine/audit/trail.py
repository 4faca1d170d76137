"""Writing history: one verb for tickets, one for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table, bindparam, event, insert, update
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from engine.audit.models import DecisionTrace, DeskEntry, HistoryEntry
from engine.work import Work

# Tables, not classes: what goes to a connection goes past the session.
_HISTORY = cast(Table, HistoryEntry.__table__)
_TRACES = cast(Table, DecisionTrace.__table__)
_WAITING = "history waiting"  # key in Session.info
_SPENT = "time spent"  # the same: what is added to decisions when it commits
_MARK = "_history_mark"
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
    """Write down one change of a ticket with the actor and the cause that the work carries.

    Nothing needs the row's id, so all entries of a transaction are written together: when it
    commits, or when somebody asks for history before that.
    """
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
    work.session.info.setdefault(_WAITING, []).append(entry)


@event.listens_for(Session, "before_commit")
def _write_out(session: Session) -> None:
    """Write what waits. A savepoint that is released commits nothing, so there it waits on."""
    if session.info.get(_WAITING) and not session.in_nested_transaction():
        entries = session.info.pop(_WAITING)
        session.connection().execute(insert(_HISTORY), entries)
    if session.info.get(_SPENT) and not session.in_nested_transaction():
        measured = session.info.pop(_SPENT)
        session.connection().execute(_ADD_SPENT, measured)


@event.listens_for(Session, "do_orm_execute")
def _write_before_reading(state: ORMExecuteState) -> None:
    """Whoever asks for history in a transaction also finds what that transaction has changed."""
    if state.session.info.get(_WAITING) and state.is_select:
        asked = state.statement.column_descriptions  # type: ignore[attr-defined]
        if any(part.get("entity") is HistoryEntry for part in asked):
            _write_out(state.session)


@event.listens_for(Session, "after_transaction_create")
def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        vars(transaction)[_MARK] = len(session.info.get(_WAITING, ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget_undone(session: Session, transaction: SessionTransaction) -> None:
    """What a savepoint has undone did not happen; what was written down before it did."""
    undone: SessionTransaction | None = transaction
    while undone is not None and not undone.nested:
        undone = undone.parent
    if undone is not None and session.info.get(_WAITING):
        del session.info[_WAITING][vars(undone)[_MARK] :]


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_WAITING, None)
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
