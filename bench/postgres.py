"""A PostgreSQL that keeps its promises (fsync on) and its seeded databases between two runs.

The server from the wheel that the tests use, in a directory of its own outside the checkout; the
tests' settings would make writing look cheaper than it is.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres_server import address, binaries, reachable

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
}
PATIENCE = 60.0


def default_home() -> Path:
    """Where the server lives when nobody says otherwise; a socket's path has to be short."""
    return Path(tempfile.gettempdir()) / f"vorgang-bench-{os.getuid()}"


@contextmanager
def server(home: Path) -> Iterator[Path]:
    """A running server in `home` (one that runs there already is taken as it is)."""
    if answers(home):
        yield home
        return
    process = start(home)
    try:
        yield home
    finally:
        process.send_signal(2)  # SIGINT: a fast shutdown
        process.wait(30)


def start(home: Path) -> subprocess.Popen[bytes]:
    """initdb where there is no data yet, then the server; returns when it answers."""
    found = binaries()
    if found is None:
        raise SystemExit("PostgreSQL is missing; `make bench` installs it.")
    home.mkdir(parents=True, exist_ok=True)
    who: dict[str, Any] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        found = home / "postgres" / "bin"
        if not found.exists():
            found = reachable(binaries() or found, home)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
    data = home / "data"
    env = {"PATH": os.environ.get("PATH", ""), "TMPDIR": str(home), "LC_ALL": "C", "TZ": "UTC"}
    with (home / "log").open("ab") as log:
        common: dict[str, Any] = {"env": env, "cwd": home, "stdout": log, "stderr": log, **who}
        if not data.exists():
            initdb = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "-D", str(data)]
            subprocess.run([str(found / "initdb"), *initdb], check=True, **common)
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [str(found / "postgres"), "-D", str(data), "-k", str(home), *options]
        process = subprocess.Popen(command, start_new_session=True, **common)
    end = time.monotonic() + PATIENCE
    while not answers(home):
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"PostgreSQL did not start; {home / 'log'} says why.")
        time.sleep(0.05)
    return process


def answers(home: Path) -> bool:
    """Whether a server in `home` takes connections."""
    try:
        psycopg.connect(address(home, "postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def databases(home: Path) -> set[str]:
    """The names of all databases there."""
    with psycopg.connect(address(home, "postgres")) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def copy_database(home: Path, source: str, target: str) -> str:
    """A fresh copy of a database, replacing one of that name; its SQLAlchemy address."""
    with psycopg.connect(address(home, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)'.encode())
        connection.execute(
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY'.encode()
        )
    return sqlalchemy_url(home, target)


def create_database(home: Path, name: str) -> str:
    """An empty database, replacing one of that name; its SQLAlchemy address."""
    return copy_database(home, "template1", name)


def rename_database(home: Path, old: str, new: str) -> None:
    """Give a database that nobody is connected to another name."""
    with psycopg.connect(address(home, "postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"'.encode())


def drop_database(home: Path, name: str) -> None:
    """Remove a database, if there is one of that name."""
    with psycopg.connect(address(home, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def sqlalchemy_url(home: Path, name: str) -> str:
    """The address of a database as SQLAlchemy and the desk's settings want it."""
    return address(home, name).replace("postgresql://", "postgresql+psycopg://", 1)
