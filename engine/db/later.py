"""Rows that nobody needs back: those of a transaction are written together, past the session.

They wait until it commits, or until somebody asks for such rows before that. So do rows to be
deleted, which are gone before others of their kind are written: these may take their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, event, insert
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

_WAITING = "rows waiting"  # key in Session.info: by kind
_GOING = "rows going"  # the same: by kind the ids of those to be deleted
_BACK = "rows that a savepoint may bring back"  # the same
_MARK = "_rows_mark"


def write_later(session: Session, kind: type[Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, all with the same fields; what they refer to has been written."""
    session.info.setdefault(_WAITING, {}).setdefault(kind, []).extend(rows)


def delete_later(session: Session, kind: type[Any], row_id: int) -> None:
    """Delete a row that the session does not hold; at once in a savepoint, which may undo it."""
    if session.in_nested_transaction():
        _delete_now(session, kind, [row_id])
    else:
        session.info.setdefault(_GOING, {}).setdefault(kind, []).append(row_id)


def _delete(session: Session, kinds: Iterable[type[Any]]) -> None:
    for kind in kinds:
        ids = session.info[_GOING].pop(kind)
        if session.in_nested_transaction():
            session.info.setdefault(_BACK, {}).setdefault(kind, []).extend(ids)
        _delete_now(session, kind, ids)


def _delete_now(session: Session, kind: type[Any], ids: list[int]) -> None:
    table: Any = kind.__table__
    query = delete(table).where(table.c.id == bindparam("gone"))
    session.connection().execute(query, [{"gone": one} for one in ids])


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
    if not session.in_nested_transaction():
        _delete(session, list(session.info.get(_GOING, ())))


@event.listens_for(Session, "before_flush")
def _delete_before_writing(session: Session, flush_context: Any, instances: Any) -> None:
    going = session.info.get(_GOING)
    if going:
        written = {type(row) for row in session.new}
        _delete(session, [kind for kind in going if kind in written])


@event.listens_for(Session, "do_orm_execute")
def _write_before_reading(state: ORMExecuteState) -> None:
    """Whoever asks for such rows in a transaction, or changes them, finds what it has added."""
    info = state.session.info
    waiting, going = info.get(_WAITING, ()), info.get(_GOING, ())
    if not (waiting or going):
        return
    if state.is_select:
        parts = state.statement.column_descriptions  # type: ignore[attr-defined]
        asked = {part.get("entity") for part in parts}
    else:
        asked = {state.bind_mapper.class_} if state.bind_mapper is not None else set()
    _write(state.session, [kind for kind in waiting if kind in asked])
    _delete(state.session, [kind for kind in going if kind in asked])


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
        for kind, ids in session.info.pop(_BACK, {}).items():
            session.info[_GOING].setdefault(kind, []).extend(ids)


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for key in (_WAITING, _GOING, _BACK):
            session.info.pop(key, None)
