"""Ten thousand tickets with three articles each: some made by the desk itself, then copied by SQL.

The copies keep everything that belongs to a ticket (process, steps, clocks, timers, history,
traces, full text) with ids moved by a stride per table, so every invariant holds for them as well.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Table, func, select, text

from bench import postgres
from bench.company import actor, desk_on, founded, person
from engine.commands.articles import add_note
from engine.commands.tickets import NewTicket, create_ticket
from engine.desk import Desk
from engine.people.models import Person
from engine.tables import metadata
from engine.tickets.models import Ticket
from engine.work import Work

TEMPLATES = 100
TITLES = (
    "VPN drops every hour",
    "Printer on the second floor jams",
    "Outlook does not open my calendar",
    "SAP is slow since the update",
    "Monitor stays black",
    "Wifi in the meeting room fails",
    "Cannot log in to the CRM",
    "Keyboard lost a key",
)
BODY = "It began this morning and happens again and again. We have tried to restart it. " * 6
COPIED = (
    "ticket",
    "article",
    "history",
    "decision_trace",
    "clock_event",
    "ticket_clock",
    "timer",
    "process_instance",
    "step_log",
    "step_visit",
    "work_item",
    "subscription",
    "ticket_text",
)
# column → the table whose ids it holds
POINTS = {
    "ticket_id": "ticket",
    "article_id": "article",
    "instance_id": "process_instance",
    "trace_id": "decision_trace",
}


def seeded(home: Path, tickets: int, name: str) -> Desk:
    """A desk on a fresh copy of the seeded database, which is made at the first time."""
    template = f"seed_{tickets}_{_digest()}"
    if template not in postgres.databases(home):
        desk = founded(postgres.create_database(home, template + "_new"), home / "files")
        _seed(desk, tickets)
        desk.close()
        postgres.rename_database(home, template + "_new", template)
    return desk_on(postgres.copy_database(home, template, name), home / "files")


def _digest() -> str:
    """Changes with whatever the seeded rows depend on."""
    root = Path(__file__).resolve().parent.parent
    places = ("engine/db/migrations", "rules", "processes", "bench/seed.py", "tests/town.py")
    found = hashlib.sha256()
    for place in places:
        path = root / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.*")):
            if file.suffix in (".py", ".yaml", ".bpmn", ".json"):
                found.update(file.read_bytes())
    return found.hexdigest()[:12]


def _seed(desk: Desk, tickets: int) -> None:
    clara, agnes = actor(desk, "clara"), actor(desk, "agnes")
    made = min(TEMPLATES, tickets)
    for index in range(made):
        number = desk.run(partial(_report, index), clara)
        desk.run(partial(_note, number), agnes)
    with desk.database.pool.begin() as connection:
        strides = {name: _highest(connection, name) for name in COPIED if _has_id(name)}
        for copy in range(1, -(-tickets // made)):
            for name in COPIED:
                connection.execute(text(_copy(metadata.tables[name], copy, strides)))
        for name in strides:
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                     f"(SELECT max(id) FROM {name}))")
            )  # fmt: skip
        connection.execute(text("DELETE FROM outbox"))
    with desk.database.aside.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _report(index: int, work: Work) -> str:
    title = f"{TITLES[index % len(TITLES)]} {index}"
    customer: Person = person(work, "clara")
    new = NewTicket(title=title, body=BODY, channel="web", type="incident", customer=customer)
    return create_ticket(work, new).number


def _note(number: str, work: Work) -> None:
    ticket = work.session.scalars(select(Ticket).where(Ticket.number == number)).one()
    add_note(work.as_desk(), ticket, "Seen before; the driver is to blame.")


def _has_id(name: str) -> bool:
    return "id" in metadata.tables[name].columns


def _highest(connection: Connection, name: str) -> int:
    return int(connection.scalar(select(func.max(metadata.tables[name].c.id))) or 0)


def _copy(table: Table, copy: int, strides: dict[str, int]) -> str:
    """The statement that makes the copy of this number of what the desk itself has made."""
    kinds = "CASE kind WHEN 'clock' THEN {} WHEN 'step' THEN {} ELSE {} END".format(
        *(strides[name] * copy for name in ("ticket_clock", "process_instance", "ticket"))
    )
    values = []
    for column in table.columns:
        name = f'"{column.name}"'
        if column.name == "id":
            values.append(f"id + {strides[table.name] * copy}")
        elif column.name in POINTS:
            values.append(f"{name} + {strides[POINTS[column.name]] * copy}")
        elif (table.name, column.name) == ("ticket", "number"):
            values.append(f"number || '{copy:03d}'")
        elif (table.name, column.name) == ("timer", "subject"):
            values.append(f"(subject::int + {kinds})::text")
        elif (table.name, column.name) == ("article", "message_id"):
            values.append(f"'<{copy}.' || substr(message_id, 2)")
        else:
            values.append(name)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    key = "ticket_id" if "ticket_id" in table.columns else "instance_id"
    key = "id" if table.name == "ticket" else key
    limit = strides["process_instance" if key == "instance_id" else "ticket"]
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {table.name} "
        f"WHERE {key} <= {limit}"
    )
