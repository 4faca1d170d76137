"""Bringing a database to the schema of this version: all steps or none, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from engine.db.session import unpooled
from engine.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

STEPS = Path(__file__).parent / "migrations" / "versions"
LOCK = 0x766F7267616E67  # "vorgang": the advisory lock of whoever migrates on PostgreSQL


def upgrade(database_url: str, country: str = "+49", to: str = "head", *, secret: str = "") -> bool:
    """Take all missing steps (up to the revision `to`) in one transaction; True if there were any.

    `country` is what national telephone numbers that are kept belong to; `secret` is the desk's,
    with which is sealed what nobody shall read from the database.
    Raises `Invalid` for a database of a newer version, `Unavailable` when it cannot be reached.
    """
    from alembic import command

    with _locked(database_url) as connection:
        if _state(connection) == "current":
            return False
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["country"] = country
        config.attributes["secret"] = secret
        command.upgrade(config, to)
        return True


def is_current(database_url: str) -> bool:
    """Whether nothing is to be done; raises `Invalid` for a database of a newer version.

    Every command asks this at its start, so the usual answer does without Alembic, whose import
    takes longer than most commands.
    """
    with _connected(database_url) as connection:
        if inspect(connection).has_table("alembic_version"):
            here = connection.scalar(text("SELECT version_num FROM alembic_version"))
            if here == newest():
                return True
        return _state(connection) == "current"


def newest() -> str:
    """The revision that the last step leads to: steps are numbered, the last file is the newest."""
    return max(path.name for path in STEPS.glob("[0-9]*_*.py")).partition("_")[0]


def _state(connection: Connection) -> str:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

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
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(STEPS.parent).replace("%", "%%"))
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
