"""What many alike things in one transaction ask for: asked once, for all of them.

Most of the time of a small change goes into asking the database and into writing before it is
asked, not into what the database does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

T = TypeVar("T")
_KNOWN = "done together"  # key in Session.info, where a transaction does many alike things
_KEPT = "kept while this lasts"  # the same: by name what was asked in this transaction


def do_together(session: Session) -> None:
    """Say that what follows in this transaction is alike; none of it changes who may do what."""
    session.info[_KNOWN] = {}


def asked_once(session: Session, key: tuple[Any, ...], ask: Callable[[], T]) -> T:
    """The answer of `ask`, of which things done together need only one; kept while they last."""
    known = session.info.get(_KNOWN)
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    answer: T = known[key]
    return answer


def writing_only(
    session: Session, *kinds: type[Any], **where: object
) -> AbstractContextManager[Any]:
    """For questions about these kinds of rows alone: what waits of others is not written first.

    With `where` nor are those of whose fields one is another, if that is never changed.
    """
    waiting = chain(session.new, session.dirty, session.deleted)
    asked = (row for row in waiting if isinstance(row, kinds))
    if any(all(getattr(row, name) == value for name, value in where.items()) for row in asked):
        return nullcontext()
    return session.no_autoflush


def kept(session: Session, name: str) -> dict[int, Any]:
    """What is known in this transaction under a name, by id, and need not be asked for again.

    What a savepoint undoes may be among it, so all of it is forgotten then.
    """
    known: dict[int, Any] = session.info.setdefault(_KEPT, {}).setdefault(name, {})
    return known


@event.listens_for(Session, "after_soft_rollback")
def _undone(session: Session, transaction: SessionTransaction) -> None:
    session.info.pop(_KEPT, None)


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KEPT, None)
