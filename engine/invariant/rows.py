"""No row names another one that is not there.

PostgreSQL sees to that itself; SQLite does where it is asked to, which a tool that opens the file
need not do. What is not a key in the database and still names a ticket is looked at as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Column, Table, literal, or_, select, text
from sqlalchemy.orm import Session

from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.tables import metadata

DANGLING = Kind(
    "row.dangling",
    "A row names another one that is not there",
    "%(table)s %(row)s names in %(column)s the %(target)s %(value)s, which is not there.",
    "Put the missing row back from the last backup, or remove this one.",
)
# Columns that name a row by its id without being a key, so that the row may be swept up: these
# may not.
NAMES = {("history", "ticket_id"): "ticket", ("decision_trace", "ticket_id"): "ticket"}


def dangling(table: Table, ground: Ground, span: Span) -> Iterator[Found]:
    """Rows of one table that name what is not there."""
    keys = list(table.primary_key.columns)
    tests = {column: ~_there(column, target) for column, target in _targets(table)}
    where: list[Any] = [or_(*tests.values())]
    home = table.columns.get("id" if table.name == "ticket" else "ticket_id")
    if (walk := walked(table)) is not None:
        where.append(span.on(walk, home))
    query = select(
        *(key.label(f"k{n}") for n, key in enumerate(keys)),
        *(column.label(f"c{n}") for n, column in enumerate(tests)),
        *(test.label(f"t{n}") for n, test in enumerate(tests.values())),
        *([home.label("home")] if home is not None else []),
    ).where(*where)
    for row in ground.session.execute(query):
        said = row._mapping
        name = " ".join(str(said[f"k{n}"]) for n in range(len(keys)))
        for n, (column, target) in enumerate(_targets(table)):
            if not said[f"t{n}"]:
                continue
            values = {
                "table": table.name, "row": name, "column": column.name,
                "target": target.table.name, "value": said[f"c{n}"],
            }  # fmt: skip
            at = int(said["k0"]) if walk is not None else 0
            ticket = said.get("home")
            yield Found(
                DANGLING.code, f"{table.name} {name} {column.name}"[:200], at, ticket, values
            )


def whole(table: Table, session: Session) -> bool:
    """Whether each row of a table names only what is there, asked of all of them at once.

    SQLite goes through its own keys in one pass; PostgreSQL joins column by column.
    """
    targets = _targets(table)
    if session.get_bind().dialect.name == "sqlite":
        broken = session.execute(text(f"PRAGMA foreign_key_check({table.name})"))
        if broken.first() is not None:
            return False
        targets = [one for one in targets if not one[0].foreign_keys]
    for column, target in targets:
        astray = (
            select(literal(1))
            .select_from(table)
            .where(column.is_not(None), ~_named(column, target))
        )
        if session.execute(astray.limit(1)).first() is not None:
            return False
    return True


def _targets(table: Table) -> list[tuple[Column[Any], Column[Any]]]:
    """The columns of a table that name a row, each with the column that it names."""
    found = [(column, key.column) for column in table.columns for key in column.foreign_keys]
    for (name, column), target in NAMES.items():
        if name == table.name:
            found.append((table.columns[column], metadata.tables[target].columns["id"]))
    return found


def _there(column: Column[Any], target: Column[Any]) -> Any:
    """Whether a column names nothing, or something that is there."""
    return or_(column.is_(None), _named(column, target))


def _named(column: Column[Any], target: Column[Any]) -> Any:
    other = target.table.alias()
    return select(other.c[target.name]).where(other.c[target.name] == column).exists()


def walked(table: Table) -> Column[Any] | None:
    """The whole number by which a table is walked: where its key begins with one."""
    first = next(iter(table.primary_key.columns), None)
    return first if first is not None and first.type.python_type is int else None


LOOKS = tuple(
    Look(
        f"rows.{table.name}",
        partial(dangling, table),
        (DANGLING,),
        walked(table),
        by_ticket=walked(table) is not None and {"ticket_id"} <= set(table.columns.keys()),
        holds=partial(whole, table),
    )
    for table in metadata.sorted_tables
    if _targets(table)
)
