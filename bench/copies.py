"""Copies of tickets that the desk itself has made, with whatever belongs to them, by SQL.

The copies keep everything that belongs to a ticket (process, steps, clocks, timers, history, …)
with ids moved by a stride per table, so every invariant holds for them as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Table, func, select, text

from engine.db.base import Utc

# column → the table whose ids it holds
POINTS = {
    "ticket_id": "ticket",
    "instance_id": "process_instance",
    "article_id": "article",
    "notification_id": "notification",
    "item_id": "work_item",
    "trace_id": "decision_trace",
}
# kind of a timer → the table whose id is its subject; of all others it is the ticket
SUBJECTS = {"clock": "ticket_clock", "step": "process_instance", "reminder": "reminder"}
Strides = Mapping[str, int]


def strides_of(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """By how much the ids of each table are moved from one copy to the next: its highest one."""
    return {
        one.name: int(connection.scalar(select(func.max(one.c.id))) or 0)
        for one in tables
        if "id" in one.columns
    }


def copied(
    table: Table, strides: Strides, first: int, last: int, *, above: int = 0, moment: str = "{0}"
) -> str:
    """The statement that makes copies `first` to `last` of what the desk has made in a table.

    Only what is about tickets `above` an id; `moment` says how a time (`{0}`) of copy `n` is told.
    """
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = []
    for column in table.columns:
        value = _value(table.name, column.name, strides)
        values.append(moment.format(value) if isinstance(column.type, Utc) else value)
    key = next((one for one in POINTS if one in table.columns), "id")
    highest = strides[POINTS.get(key, "ticket")]
    return (
        f"WITH RECURSIVE copies(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM copies "
        f"WHERE n < {last}) INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} "
        f"FROM {table.name} o CROSS JOIN copies WHERE o.{key} > {above} AND o.{key} <= {highest}"
    )


def go_on_behind(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL give ids behind those of the copies; SQLite does by itself."""
    if connection.dialect.name == "sqlite":
        return
    for name in (one.name for one in tables if "id" in one.columns):
        sequence = f"pg_get_serial_sequence('{name}', 'id')"
        connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {name}))"))


def _value(table: str, column: str, strides: Strides) -> str:
    name = f'o."{column}"'
    if column == "id":
        return f"o.id + n * {strides[table]}"
    if column in POINTS:
        return f"{name} + n * {strides.get(POINTS[column], 0)}"
    if (table, column) == ("ticket", "number"):
        return "o.number || n"
    if (table, column) == ("article", "message_id"):
        return "'<' || n || '.' || substr(o.message_id, 2)"
    if (table, column) == ("timer", "subject"):
        moves = "".join(
            f" WHEN '{kind}' THEN {strides.get(of, 0)}" for kind, of in SUBJECTS.items()
        )
        by = f"CASE o.kind{moves} ELSE {strides['ticket']} END"
        moved = f"CAST(CAST(o.subject AS BIGINT) + n * ({by}) AS VARCHAR(80))"
        return f"CASE o.kind WHEN 'message' THEN o.subject || n ELSE {moved} END"
    return name
