"""Opening the database: SQLite made as strict and concurrent as it can be, PostgreSQL as is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from engine.errors import Invalid

WAL_TRIES = 100


class Reading(Session):
    """Asks only: what is changed in memory is never written."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write nothing."""


class Database:
    """One database, two kinds of sessions: `reading` never blocks a writer, `writing` may write.

    On SQLite a writing transaction takes the write lock at its start (BEGIN IMMEDIATE), so two
    commands can never deadlock half-way; a reading one begins deferred and sees one snapshot.
    On PostgreSQL each question sees what is committed, as it does within a transaction there, and
    so none is begun: a rollback at the end would make the driver forget all prepared statements.
    """

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.url = url
        # What was to be written may be a secret, and errors end in logs.
        options: dict[str, Any] = {"hide_parameters": True}
        if url.startswith("sqlite"):
            options["connect_args"] = {"timeout": 30, "check_same_thread": False}
        else:
            options.update(pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
            options["pool_use_lifo"] = True  # the one used last has the statements prepared
        self.pool = _made(url, **options)
        if self.sqlite:
            event.listen(self.pool, "connect", _prepare_sqlite)
            event.listen(self.pool, "begin", _begin_sqlite)
        write = self.pool.execution_options(vorgang_begin="IMMEDIATE")
        level = {} if self.sqlite else {"isolation_level": "AUTOCOMMIT"}
        read = self.pool.execution_options(**level)
        # A few questions that have to agree: all of them see the database as the first one does.
        whole = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        one = self.pool.execution_options(**whole)
        self.snapshot = sessionmaker(one, class_=Reading, expire_on_commit=False)
        self.reading = sessionmaker(read, class_=Reading, expire_on_commit=False)
        self.writing = sessionmaker(write, expire_on_commit=False)

    @cached_property
    def aside(self) -> Engine:
        """PostgreSQL connections on which each statement is a transaction of its own.

        They do not wait for the disk: a later commit that does takes theirs along.
        """
        return create_engine(
            self.url,
            isolation_level="AUTOCOMMIT",
            pool_size=2,
            max_overflow=10,
            pool_pre_ping=True,
            connect_args={"options": "-c synchronous_commit=off"},
        )

    @property
    def sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.pool.dialect.name == "sqlite"

    def close(self) -> None:
        """Give all connections back."""
        self.pool.dispose()
        if "aside" in vars(self):
            self.aside.dispose()


def unpooled(url: str) -> Engine:
    """A connection maker for one-off work such as migrations."""
    made = _made(url, poolclass=NullPool)
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
    return made


def _made(url: str, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except (ArgumentError, ImportError, ValueError) as error:  # none of them may show the password
        raise Invalid(
            "The setting database_url is no address of a database. It looks like "
            "postgresql+psycopg://user:password@host/name or sqlite:////path/to/file, "
            "with %40 for an @ in the password."
        ) from error


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin or commit on its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 30000")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch a new file to WAL. SQLite does not wait for this lock, whatever the busy timeout, so
    where two processes open a new database at once the second one has to ask again."""
    for round_number in range(WAL_TRIES):
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if round_number == WAL_TRIES - 1:
                raise
            time.sleep(0.05)


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("vorgang_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


__all__ = ["Database", "Session", "unpooled"]
