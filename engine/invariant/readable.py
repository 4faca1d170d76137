"""What stands in a row can be read: documents are documents, moments are moments.

PostgreSQL takes nothing else into such a column but for a document of another form; SQLite takes
any text, which a tool that opens the file may leave there, and whoever reads the row then fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Date,
    String,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from engine.db.base import Base, Utc
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.invariant.rows import walked
from engine.tables import metadata

UNREADABLE = Kind(
    "row.unreadable",
    "A row cannot be read",
    "What stands in %(column)s of %(table)s %(row)s cannot be read.",
    "Put the row back from the last backup.",
)
A_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
FORMS = {"dict": "object", "list": "array"}  # by what the program makes of a document


def unreadable(table: Table, ground: Ground, span: Span) -> Iterator[Found]:
    """Rows of one table in which something stands that is no value of its column."""
    keys = list(table.primary_key.columns)
    tests = _tests(table, ground.session)
    where: list[Any] = [or_(*tests.values())]
    home = table.columns.get("id" if table.name == "ticket" else "ticket_id")
    if (walk := walked(table)) is not None:
        where.append(span.on(walk, home))
    query = select(
        *(type_coerce(key, String).label(f"k{n}") for n, key in enumerate(keys)),
        *(test.label(f"t{n}") for n, test in enumerate(tests.values())),
        *([home.label("home")] if home is not None else []),
    ).where(*where)
    for row in ground.session.execute(query):
        said = row._mapping
        name = " ".join(str(said[f"k{n}"]) for n in range(len(keys)))
        at = int(said["k0"]) if walk is not None else 0
        for n, column in enumerate(tests):
            if said[f"t{n}"]:
                values = {"table": table.name, "row": name, "column": column}
                key = f"{table.name} {name} {column}"[:200]
                yield Found(UNREADABLE.code, key, at, said.get("home"), values)


def whole(table: Table, session: Session) -> bool:
    """Whether everything in a table can be read, asked of all of it at once."""
    tests = _tests(table, session)
    if not tests:
        return True
    broken = select(literal(1)).select_from(table).where(or_(*tests.values()))
    return session.execute(broken.limit(1)).first() is None


def _tests(table: Table, session: Session) -> dict[str, ColumnElement[bool]]:
    """By column, that what stands in it cannot be read."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    found = {}
    for column in table.columns:
        if isinstance(column.type, JSON):
            found[column.name] = _no_document(column, sqlite)
        elif sqlite and isinstance(column.type, (Utc, Date)):
            text = type_coerce(column, String)
            moment = and_(text.op("GLOB")(A_DAY), func.julianday(text).is_not(None))
            found[column.name] = and_(text.is_not(None), ~moment)
    return found


def _no_document(column: Column[Any], sqlite: bool) -> ColumnElement[bool]:
    form = _form(column)
    if not sqlite:
        wrong = func.jsonb_typeof(column) != form if form else literal(False)
        return and_(column.is_not(None), wrong)
    text = type_coerce(column, String)
    other = func.json_type(text) != form if form else literal(False)
    return and_(text.is_not(None), case((func.json_valid(text) == 0, True), else_=other))


def _form(column: Column[Any]) -> str:
    """Which form the document in a column has; empty where it may have any."""
    return _forms().get((column.table.name, column.name), "")


@cache
def _forms() -> dict[tuple[str, str], str]:
    found = {}
    for mapper in Base.registry.mappers:
        for name, said in mapper.class_.__annotations__.items():
            column = mapper.columns.get(name)
            form = next((FORMS[word] for word in FORMS if f"[{word}[" in str(said)), "")
            if form and column is not None and column.table is not None:
                found[column.table.name, column.name] = form
    return found


def _asked(table: Table) -> bool:
    """Whether a table has columns in which something unreadable can stand."""
    return any(isinstance(column.type, (JSON, Utc, Date)) for column in table.columns)


LOOKS = tuple(
    Look(
        f"readable.{table.name}",
        partial(unreadable, table),
        (UNREADABLE,),
        walked(table),
        by_ticket=walked(table) is not None and {"ticket_id"} <= set(table.columns.keys()),
        holds=partial(whole, table),
    )
    for table in metadata.sorted_tables
    if _asked(table)
)
