"""What many alike things in one transaction ask for: asked once, for all of them.

Most of the time of a small change goes into asking the database and into writing before it is
asked, not into what the database does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")
_KNOWN = "done together"  # key in Session.info, where a transaction does many alike things


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
