"""A benchmark of a filled desk, on SQLite and on PostgreSQL."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import postgres
from bench.company import founded
from bench.figures import table
from engine.desk import Desk

Rows = list[list[str]]


def on_both(
    arguments: list[str] | None,
    about: str | None,
    sizes: tuple[int, int],
    fill: Callable[[Desk, int], Desk],
    measure: Callable[[Desk, int], Rows],
    title: Callable[[int, str], str],
    head: tuple[str, ...],
) -> str:
    """Fill, measure and print a table for each database; `sizes` are tickets, small and usual."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    parser.add_argument("--tickets", type=int)
    parser.add_argument("--no-postgres", action="store_true", help="only SQLite")
    parser.add_argument("--home", type=Path, default=postgres.default_home())
    given = parser.parse_args(arguments)
    tickets = given.tickets or sizes[0 if given.small else 1]
    times = 2 if given.small else 15
    told = []

    def one(url: str, home: Path, database: str) -> None:
        desk = fill(founded(url, home), tickets)
        told.append(table(title(tickets, database), head, measure(desk, times)))
        desk.close()

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        one(f"sqlite:///{home}/bench.db", home, "SQLite")
        if not given.no_postgres:
            with postgres.server(given.home):
                one(postgres.create_database(given.home, "filled"), home, "PostgreSQL")
                postgres.drop_database(given.home, "filled")
    print("\n".join(told))
    return "\n".join(told)
