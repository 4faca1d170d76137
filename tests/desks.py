"""A desk for a test: its own home, a database with the whole schema, a clock that can be moved.

`--db sqlite|postgres|both` says on which databases tests with the `desk` fixture run. Those of the
engine run on both. Tests of pages and of attacks by page take turns: one half on each, the other
way round in `make test-long`, unless they are marked `both_databases`. So do the cases of a test
marked `by_turns`, case by case: one differs from the next in words that no database minds. The
schema is migrated once per worker; a test gets a copy (SQLite) or a database emptied before
(PostgreSQL).
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from engine.db.migrate import upgrade
from engine.settings import Settings, load_settings
from engine.tables import metadata
from tests.quick import keep_connections

if TYPE_CHECKING:
    from engine.desk import Desk

DATABASES = ("sqlite", "postgres")
# What these ask the database, they ask through the engine, whose own tests run on both.
BY_TURNS = {Path(__file__).parent / room for room in ("webapp", "security")}
# A Monday morning in Berlin, well within anybody's working hours.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MovableClock:
    """A clock that stands still until the test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The present moment of the test."""
        return self.now

    def move(self, **by: float) -> datetime:
        """Move on (or back) by `timedelta` arguments and say what time it is then."""
        self.now += timedelta(**by)
        return self.now

    def set(self, now: datetime) -> datetime:
        """Jump to a moment, which needs a time zone."""
        self.now = now.astimezone(UTC)
        return self.now


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--db` with both databases as the default, as in CI."""
    parser.addoption(
        "--db", choices=(*DATABASES, "both"), default="both", help="databases to run on"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One run per database for each test that stands on `database_kind` (so, on `desk`)."""
    if "database_kind" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--db")
        kinds = DATABASES if wanted == "both" else (wanted,)
        later = other_turn(metafunc) if wanted == "both" else ""
        marked = [
            pytest.param(
                kind,
                marks=[pytest.mark.postgres] * (kind == "postgres")
                + [pytest.mark.long] * (kind == later),
            )
            for kind in kinds
        ]
        metafunc.parametrize("database_kind", marked, scope="session")


def other_turn(metafunc: pytest.Metafunc) -> str:
    """The database on which only `make test-long` runs this test; "" where both always count.

    By name and not by place, so that a test stays where it is when others come and go.
    """
    test = metafunc.definition
    by_turns = BY_TURNS.intersection((test.path, *test.path.parents))
    if not by_turns or test.get_closest_marker("both_databases"):
        return ""
    return DATABASES[zlib.crc32(f"{test.path.stem}.{test.name}".encode()) % 2]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Of each case of a test marked `by_turns` one database is left to `make test-long`."""
    if not isinstance(item, pytest.Function) or item.get_closest_marker("by_turns") is None:
        return
    if item.config.getoption("--db") == "both":
        kind = item.callspec.params["database_kind"]
        words = item.callspec.id.replace(kind, "", 1)
        name = f"{item.path.stem}.{item.originalname}{words}"
        if kind == DATABASES[hashlib.sha256(name.encode()).digest()[0] % 2]:
            item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set in the environment must not reach a test."""
    for name in [name for name in os.environ if name.startswith("VORGANG_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_log_outlives_its_test() -> Iterator[None]:
    """The command line, called within a test, logs to that test's folder, which goes with it."""
    yield
    root = logging.getLogger()
    for handler in [one for one in root.handlers if getattr(one, "vorgang", False)]:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture
def clock() -> MovableClock:
    """A clock that `move(hours=2)` and `set(moment)` move; the `desk` goes by it."""
    return MovableClock()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the whole schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("template") / "vorgang.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """This worker's PostgreSQL database, migrated once."""
    upgrade(postgres_url)
    keep_connections(postgres_url)
    return postgres_url


@pytest.fixture(scope="session")
def emptied_postgres(migrated_postgres: str) -> Iterator[Callable[[], str]]:
    """Deletes every row of this worker's PostgreSQL database, and says where it is.

    Deleting is far quicker than TRUNCATE on tables that are nearly empty.
    """
    deletes = ";".join(f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables)
    deletes += "; UPDATE catalogue_stamp SET value = gen_random_uuid()"  # no trigger does it then
    with psycopg.connect(migrated_postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "CREATE FUNCTION empty_all() RETURNS void LANGUAGE plpgsql AS "
            f"$empty$ BEGIN {deletes}; END $empty$".encode()
        )

        def empty() -> str:
            connection.execute("SELECT empty_all()")
            return migrated_postgres

        yield empty


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with the whole schema and no rows."""
    if database_kind == "sqlite":
        target = tmp_path / "home" / "vorgang.db"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), target)
        return f"sqlite:///{target}"
    if "town" in request.fixturenames:  # which empties the database itself
        return str(request.getfixturevalue("migrated_postgres"))
    return str(request.getfixturevalue("emptied_postgres")())


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a desk whose home is the test's own folder."""
    (tmp_path / "home").mkdir(exist_ok=True)
    return load_settings(
        {"home": tmp_path / "home", "database_url": database_url, "secret": "for tests only"}
    )


@pytest.fixture
def desk(settings: Settings, clock: MovableClock) -> Iterator[Desk]:
    """A desk without any rows that goes by `clock`; runs once per database of `--db`."""
    from engine.desk import open_desk

    opened = open_desk(settings)
    opened.clock = clock
    yield opened
    opened.close()


@pytest.fixture
def fresh_desk(settings: Settings, clock: MovableClock) -> Iterator[Callable[[], Desk]]:
    """A function that opens further desks on the same home: other processes of the same desk."""
    from engine.desk import open_desk

    opened: list[Desk] = []

    def make() -> Desk:
        another = open_desk(settings)
        another.clock = clock
        opened.append(another)
        return another

    yield make
    for one in opened:
        one.close()
