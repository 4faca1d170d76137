"""Bringing a database to the schema of this version: all steps or none, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from engine.db.session import unpooled
from engine.errors import Invalid, Unavailable

LOCK = 0x766F7267616E67  # "vorgang": the advisory lock of whoever migrates on PostgreSQL


def upgrade(database_url: str, country: str = "+49", to: str = "head") -> bool:
    """Take all missing steps (up to the revision `to`) in one transaction; True if there were any.

    `country` is what national telephone numbers that are kept belong to.
    Raises `Invalid` for a database of a newer version, `Unavailable` when it cannot be reached.
    """
    with _locked(database_url) as connection:
        if _state(connection) == "current":
            return False
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["country"] = country
        command.upgrade(config, to)
        return True


def is_current(database_url: str) -> bool:
    """Whether nothing is to be done; raises `Invalid` for a database of a newer version."""
    with _connected(database_url) as connection:
        return _state(connection) == "current"


def _state(connection: Connection) -> str:
    scripts = ScriptDirectory.from_config(_config())
    found = MigrationContext.configure(connection).get_current_revision()
    if found == scripts.get_current_head():
        return "current"
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise Invalid(
            f"The database has been used by a newer version of Vorgang (schema {found}). "
            "Install that version, or restore a backup from before."
        )
    return "behind"


def _config() -> Config:
    config = Config()
    here = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", here.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _locked(database_url: str) -> Iterator[Connection]:
    with _connected(database_url, vorgang_begin="IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        yield connection


@contextmanager
def _connected(database_url: str, **options: str) -> Iterator[Connection]:
    database = unpooled(database_url)
    try:
        opened = database.connect().execution_options(**options)
        with opened as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise Unavailable(f"The database does not answer: {_first_line(error)}.") from error
    finally:
        database.dispose()


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0].rstrip(".") if str(error.orig).strip() else "?"
