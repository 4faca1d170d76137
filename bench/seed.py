"""Ten thousand tickets with three articles each: some of the desk's own making, and copies."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from sqlalchemy import select, text

from bench import postgres
from bench.company import actor, desk_on, founded, person
from bench.copies import copied, go_on_behind, strides_of
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
    places = ("engine/db/migrations", "rules", "processes", "bench/seed.py", "bench/copies.py",
              "tests/town.py")  # fmt: skip
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
    tables = [metadata.tables[name] for name in COPIED]
    with desk.database.pool.begin() as connection:
        strides, last = strides_of(connection, tables), -(-tickets // made) - 1
        for table in tables if last else ():
            connection.execute(text(copied(table, strides, 1, last)))
        go_on_behind(connection, tables)
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
