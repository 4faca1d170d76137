"""The catalogue in memory: small tables that every command asks for, read anew only when changed.

Triggers give the database's stamp a new random value with every change of one of these tables, by
whoever and however. A transaction reads the stamp once; while it is the one that the rows in memory
were read under, they are used. So no process decides by old rows, and none reads them twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import column, event, inspect, select
from sqlalchemy import table as bare_table
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from engine.catalogue.models import (
    CalendarRow,
    CustomField,
    Priority,
    Queue,
    Service,
    Sla,
    State,
    TicketType,
)
from engine.catalogue.notice_texts import NoticeInForce, NoticeText
from engine.catalogue.published import ProcessInForce, ProcessVersion, RulesInForce, RulesRelease

Row = TypeVar("Row")

KINDS: tuple[type[Any], ...] = (
    Queue,
    State,
    Priority,
    TicketType,
    Service,
    Sla,
    CalendarRow,
    CustomField,
    ProcessInForce,
    RulesInForce,
    NoticeInForce,
)
_WATCHED: tuple[type[Any], ...] = (*KINDS, ProcessVersion, RulesRelease, NoticeText)
_STAMP = bare_table("catalogue_stamp", column("value"))
_READ_STAMP = select(_STAMP.c.value)
_FIELDS = ("queue", "state", "priority", "type", "service", "sla")


class _Stock:
    """Rows as they were under one stamp; never handed out, only copied into sessions."""

    def __init__(self, session: Session, stamp: str) -> None:
        self.stamp = stamp
        self.rows: dict[type[Any], dict[Any, Any]] = {}
        for kind in KINDS:
            self.rows[kind] = {_key(row): row for row in _detached(session, kind)}
        in_force = [row.version_id for row in self.rows[ProcessInForce].values()]
        releases = [row.release_id for row in self.rows[RulesInForce].values()]
        texts = [row.text_id for row in self.rows[NoticeInForce].values()]
        self.rows[ProcessVersion] = {
            row.id: row for row in _detached(session, ProcessVersion, in_force)
        }
        self.rows[NoticeText] = {row.id: row for row in _detached(session, NoticeText, texts)}
        self.rows[RulesRelease] = {
            row.id: row for row in _detached(session, RulesRelease, releases)
        }
        self.names = {
            kind: {row.name: key for key, row in self.rows[kind].items()}
            for kind in KINDS
            if hasattr(kind, "name")
        }


_stocks: WeakKeyDictionary[Any, _Stock] = WeakKeyDictionary()  # by connection pool
_lock = threading.Lock()


class Shelf:
    """The catalogue for one transaction: rows from memory, as objects of its session."""

    def __init__(self, session: Session, stock: _Stock) -> None:
        self._session = session
        self._stock = stock
        self._taken: dict[tuple[type[Any], Any], Any] = {}  # held, since sessions forget

    @property
    def stamp(self) -> str:
        """Under which the rows were read; another one once anything of them has changed."""
        return self._stock.stamp

    def get(self, kind: type[Row], key: Any) -> Row | None:
        """The row with this primary key, or None."""
        taken: Row | None = self._taken.get((kind, key))
        if taken is not None:
            return taken
        row = self._stock.rows[kind].get(key)
        if row is None:
            return self._session.get(kind, key)
        known: Row | None = self._session.identity_map.get(inspect(row).key)
        found = known if known is not None else self._session.merge(row, load=False)
        self._taken[kind, key] = found
        return found

    def has(self, kind: type[Any], key: Any) -> bool:
        """Whether there is a row of one of `KINDS` with this key; never asks the database."""
        return key in self._stock.rows[kind]

    def named(self, kind: type[Row], name: str) -> Row | None:
        """The row of this name, or None; one renamed in this transaction goes by its new name."""
        key = self._stock.names[kind].get(name)
        found: Any = self.get(kind, key) if key is not None else None
        if found is None or found.name != name:
            table: Any = kind
            found = self._session.scalar(select(table).where(table.name == name))
        row: Row | None = found
        return row

    def keys(self, kind: type[Row], wanted: Callable[[Row], bool]) -> Iterator[Any]:
        """The primary keys of such rows, as all see them; none of them joins the session."""
        return (key for key, row in self._stock.rows[kind].items() if wanted(row))

    def all(self, kind: type[Row]) -> list[Row]:
        """Every row of a kind that was there when the transaction began."""
        found = (self.get(kind, key) for key in self._stock.rows[kind])
        return [row for row in found if row is not None]


def shelf(session: Session) -> Shelf:
    """The catalogue as it is for the transaction that this session is in."""
    known = session.info.get("shelf")
    if known is not None and known[0] is session.get_transaction():
        return known[1]  # type: ignore[no-any-return]
    with session.no_autoflush:
        made = Shelf(session, _stock(session))
    session.info["shelf"] = (session.get_transaction(), made)
    return made


def shelve(session: Session, ticket: Any) -> Any:
    """Give a loaded ticket its queue, state, priority and so on without asking the database."""
    mine = shelf(session)
    loaded = inspect(ticket).dict
    for name in _FIELDS:
        key = loaded.get(f"{name}_id")
        if name not in loaded and f"{name}_id" in loaded:
            kind = type(ticket).__mapper__.relationships[name].mapper.class_
            set_committed_value(ticket, name, mine.get(kind, key) if key is not None else None)
    return ticket


@event.listens_for(Session, "after_flush")
def _changed_here(session: Session, flush_context: Any) -> None:
    """A transaction that changes the catalogue itself reads it anew."""
    if "shelf" in session.info and any(
        isinstance(row, _WATCHED) for rows in (session.new, session.dirty, session.deleted)
        for row in rows
    ):  # fmt: skip
        del session.info["shelf"]


@event.listens_for(Session, "after_bulk_update")
@event.listens_for(Session, "after_bulk_delete")
def _changed_in_bulk(context: Any) -> None:
    if context.mapper.class_ in _WATCHED:
        context.session.info.pop("shelf", None)


def shelve_version(session: Session, instance: Any) -> Any:
    """Give a loaded process instance its version without asking, where that is in force."""
    loaded = inspect(instance).dict
    if "version" not in loaded and "version_id" in loaded:
        set_committed_value(
            instance, "version", shelf(session).get(ProcessVersion, loaded["version_id"])
        )
    return instance


def _stock(session: Session) -> _Stock:
    stamp = session.scalar(_READ_STAMP) or ""
    pool = session.get_bind().engine.pool
    with _lock:
        known = _stocks.get(pool)
    if known is not None and stamp and known.stamp == stamp:
        return known
    made = _Stock(session, stamp)
    with _lock:
        _stocks[pool] = made
    return made


def _detached(session: Session, kind: type[Any], keys: list[int] | None = None) -> Iterator[Any]:
    """The rows of a table as objects that belong to no session; all, or those with these ids."""
    columns = [c for c in kind.__mapper__.column_attrs if not c.deferred]
    query = select(*[c.expression for c in columns])
    if keys is not None:
        query = query.where(kind.id.in_(keys))
    for values in session.execute(query):
        row = kind(**{c.key: v for c, v in zip(columns, values, strict=True)})
        make_transient_to_detached(row)
        yield row


def _key(row: Any) -> Any:
    return inspect(row).identity[0]
