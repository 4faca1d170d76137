"""Rows that nobody needs back: those of a transaction are written together, past the session.

They wait until it commits, or until somebody asks for such rows before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

_WAITING = "rows waiting"  # key in Session.info: by kind
_MARK = "_rows_mark"


def write_later(session: Session, kind: type[Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, all with the same fields; what they refer to has been written."""
    session.info.setdefault(_WAITING, {}).setdefault(kind, []).extend(rows)


def _write(session: Session, kinds: Iterable[type[Any]]) -> None:
    """A savepoint that is released commits nothing, so there they wait on."""
    if session.in_nested_transaction():
        return
    for kind in kinds:
        rows = session.info[_WAITING].pop(kind)
        if rows:
            session.connection().execute(insert(kind.__table__), rows)


@event.listens_for(Session, "before_commit")
def _write_all(session: Session) -> None:
    _write(session, list(session.info.get(_WAITING, ())))


@event.listens_for(Session, "do_orm_execute")
def _write_before_reading(state: ORMExecuteState) -> None:
    """Whoever asks for such rows in a transaction also finds what that transaction has added."""
    waiting = state.session.info.get(_WAITING)
    if waiting and state.is_select:
        parts = state.statement.column_descriptions  # type: ignore[attr-defined]
        asked = {part.get("entity") for part in parts}
        _write(state.session, [kind for kind in waiting if kind in asked])


@event.listens_for(Session, "after_transaction_create")
def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        waiting = session.info.get(_WAITING, {})
        vars(transaction)[_MARK] = {kind: len(rows) for kind, rows in waiting.items()}


@event.listens_for(Session, "after_soft_rollback")
def _forget_undone(session: Session, transaction: SessionTransaction) -> None:
    """What a savepoint has undone did not happen; what was written down before it did."""
    undone: SessionTransaction | None = transaction
    while undone is not None and not undone.nested:
        undone = undone.parent
    if undone is not None:
        for kind, rows in session.info.get(_WAITING, {}).items():
            del rows[vars(undone)[_MARK].get(kind, 0) :]


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_WAITING, None)
