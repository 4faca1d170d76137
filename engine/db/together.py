"""What many alike things in one transaction ask for: asked once, for all of them.

Most of the time of a small change goes into asking the database and into writing before it is
asked, not into what the database does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Select, bindparam, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

T = TypeVar("T")
_KNOWN = "done together"  # key in Session.info, where a transaction does many alike things
_KEPT = "kept while this lasts"  # the same: by name what was asked in this transaction
_AHEAD = "asked ahead"  # the same: by question what was found about each
ANY: BindParameter[int] = bindparam("any", expanding=True)  # of the ids that a question is about


def do_together(session: Session) -> None:
    """Say that what follows in this transaction is alike; none of it changes who may do what."""
    session.info[_KNOWN], session.info[_AHEAD] = {}, {}


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
    asked = _waiting(session, *kinds)
    if any(all(getattr(row, name) == value for name, value in where.items()) for row in asked):
        return nullcontext()
    return session.no_autoflush


def kept(session: Session, name: str) -> dict[int, Any]:
    """What is known in this transaction under a name, by id, and need not be asked for again.

    What a savepoint undoes may be among it, so all of it is forgotten then.
    """
    known: dict[int, Any] = session.info.setdefault(_KEPT, {}).setdefault(name, {})
    return known


@dataclass(frozen=True, eq=False)
class Question(Generic[T]):
    """What is asked about each of many things: `query` finds the rows about `ANY` of them.

    `about` are the fields, never changed, that say which of them a row is about.
    """

    kind: type[T]
    about: tuple[str, ...]
    query: Select[Any]

    def answer(self, session: Session, one: int, beside: Iterable[int]) -> list[T]:
        """The rows about one; of things done together, all those beside it are asked for as well.

        What was found of them stands until the session writes a row about the same one.
        """
        ahead = session.info.get(_AHEAD)
        if ahead is None:
            return self._ask(session, {one})[one]
        if self not in ahead:
            ahead[self] = self._ask(session, {one, *beside})
        found: dict[int, list[T]] = ahead[self]
        if one not in found or self._unwritten(session, {one}):
            found |= self._ask(session, {one})
        return list(found[one])

    def _ask(self, session: Session, ids: Collection[int]) -> dict[int, list[T]]:
        found: dict[int, list[T]] = {one: [] for one in ids}
        with nullcontext() if self._unwritten(session, ids) else session.no_autoflush:
            for row in session.scalars(self.query, {ANY.key: list(ids)}):
                for one in self.names(row) & found.keys():
                    found[one].append(row)
        return found

    def _unwritten(self, session: Session, ids: Collection[int]) -> bool:
        """Whether a row about any of these waits to be written."""
        return any(not self.names(row).isdisjoint(ids) for row in _waiting(session, self.kind))

    def names(self, row: Any) -> set[int]:
        """What a row is about."""
        return {getattr(row, name) for name in self.about}


def _waiting(session: Session, *kinds: type[Any]) -> Iterator[Any]:
    """Rows of these kinds that wait to be written.

    The sets of all such rows that a session gives out are made anew each time: with many things
    done together that takes longer than what is asked for.
    """
    for state in chain(session._new, session._dirty_states, session._deleted):
        if issubclass(state.class_, kinds):
            yield state.obj()


@event.listens_for(Session, "after_flush")
def _written(session: Session, flush_context: Any) -> None:
    """What was found about the things that these rows are about may not be so any more."""
    ahead = session.info.get(_AHEAD)
    for question, found in (ahead or {}).items():
        for row in _waiting(session, question.kind):
            for one in question.names(row):
                found.pop(one, None)


@event.listens_for(Session, "do_orm_execute")
def _written_by_statement(state: ORMExecuteState) -> None:
    ahead = state.session.info.get(_AHEAD)
    if ahead and not state.is_select and state.bind_mapper is not None:
        for question in [one for one in ahead if one.kind is state.bind_mapper.class_]:
            del ahead[question]


@event.listens_for(Session, "after_soft_rollback")
def _undone(session: Session, transaction: SessionTransaction) -> None:
    if _AHEAD in session.info:
        session.info[_AHEAD] = {}
    session.info.pop(_KEPT, None)


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KEPT, None)
