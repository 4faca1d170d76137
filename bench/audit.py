"""A look over the whole desk, beside a bare reading of all rows of the same tables.

`python -m bench.audit [--small] [--tickets N] [--no-postgres]`, for example `--tickets 1000000`.

Some tickets are made by the desk itself (new, waiting, laid aside, solved, closed, by mail with a
file) and copied by the database, a few statements for all of them, with whatever belongs to them.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, func, inspect, select, text, update

from bench.both import on_both
from bench.company import actor, person
from bench.copies import POINTS, copied, strides_of
from bench.figures import number
from engine.catalogue.models import Queue, Sla
from engine.commands.articles import add_note, reply
from engine.commands.pending import set_pending
from engine.commands.steps import complete_step
from engine.commands.tickets import NewTicket, close_ticket, create_ticket
from engine.desk import Desk
from engine.invariant.looking import walk
from engine.invariant.looks import LOOKS
from engine.mail_door import take
from engine.notify.models import Notification
from engine.outbox.models import OutboxRow
from engine.tables import metadata
from engine.tickets.models import Article, InboundMessage, Ticket
from engine.tickets.queries import open_items
from engine.work import Work

HEAD = ("what", "rows", "s", "µs each", "÷ bare reading")
EACH = 4  # tickets of each life, which are copied
AT_ONCE = 500  # copies of one statement
HASTE = ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000", "temp_store = MEMORY")
# What is about nobody's ticket, would be doubled, or is large and not looked at.
APART = frozenset({"inbound_message", "decision_trace", "audit_finding", "outbox", "reminder",
                   "rule_figures_mark"})  # fmt: skip
TRIAGE = {"queue": "Service Desk", "impact": "person", "priority": "3 normal"}
MAIL = """From: Clara <clara@example.org>
To: desk@example.com
Subject: The scanner is loud {n}
Message-ID: <loud-{n}@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>It <b>howls</b> {n}.</p>
--b
Content-Type: text/plain; name=log.txt
Content-Disposition: attachment; filename=log.txt

one two three {n}
--b--
"""


def filled(desk: Desk, tickets: int) -> Desk:
    """A desk with so many tickets, of which nothing is lost."""
    desk.run(_promise)
    clara, agnes = actor(desk, "clara"), actor(desk, "agnes")
    for n in range(EACH):
        for life in (_new, _waiting, _aside, _solved, _closed):
            ticket = desk.run(partial(_report, f"{life.__name__} {n}"), clara)
            desk.run(partial(_live, ticket, life), agnes)
        take(desk, MAIL.format(n=n).encode())
    desk.run(_sent)
    with desk.database.pool.connect() as connection, _in_haste(connection):
        _copy_all(connection, tickets)
    desk.database.close()  # what the haste has set does not hold for what is measured
    return desk


@contextmanager
def _in_haste(connection: Connection) -> Iterator[None]:
    """Without waiting for the disk or asking for keys, and with indexes made at the end."""
    sqlite = connection.dialect.name == "sqlite"
    made = [
        index
        for table in metadata.sorted_tables
        if _belongs(table)
        for index in table.indexes
        if not index.unique and inspect(connection).has_index(table.name, str(index.name))
    ]
    for index in made:
        index.drop(connection)
    connection.commit()
    if sqlite:
        raw: Any = connection.connection.driver_connection
        for setting in HASTE:
            raw.execute(f"PRAGMA {setting}")
    else:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET synchronous_commit = off"))
        connection.commit()
    yield
    for index in made:
        index.create(connection)
    connection.commit()
    if sqlite:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        return
    connection.execute(text("SET session_replication_role = DEFAULT"))
    connection.commit()
    whole = connection.execution_options(isolation_level="AUTOCOMMIT")
    whole.exec_driver_sql("VACUUM ANALYZE")


def _promise(work: Work) -> None:
    standard = work.session.scalar(select(Sla.id).where(Sla.name == "standard"))
    work.session.execute(update(Queue).values(sla_id=standard))


def _report(title: str, work: Work) -> int:
    new = NewTicket(
        title=title, body="It began this morning. " * 8, channel="web", type="incident",
        customer=person(work, "clara"),
    )  # fmt: skip
    return create_ticket(work, new).id


def _live(ticket_id: int, life: Any, work: Work) -> None:
    life(work, work.session.get_one(Ticket, ticket_id))


def _do(work: Work, ticket: Ticket, answers: dict[str, Any]) -> None:
    work.session.flush()
    complete_step(work, open_items(work.session, ticket)[0], answers)


def _new(work: Work, ticket: Ticket) -> None:
    add_note(work, ticket, "Seen before; the driver is to blame.")


def _waiting(work: Work, ticket: Ticket) -> None:
    _do(work, ticket, TRIAGE)
    _do(work, ticket, {"work_result": "ask", "message": "Which one?"})


def _aside(work: Work, ticket: Ticket) -> None:
    set_pending(work, ticket, work.now + timedelta(days=30))


def _solved(work: Work, ticket: Ticket) -> None:
    _do(work, ticket, TRIAGE)
    _do(work, ticket, {"work_result": "solved", "message": "It was cleaned."})


def _closed(work: Work, ticket: Ticket) -> None:
    reply(work, ticket, "It works again.")
    close_ticket(work, ticket, "closed successful", "it works again")


def _sent(work: Work) -> None:
    """As if all messages had left long ago."""
    session = work.session
    session.execute(update(Article).where(Article.delivery == "waiting").values(delivery="sent"))
    session.query(OutboxRow).delete()
    session.query(InboundMessage).update({"ticket_id": None, "article_id": None, "outcome": "held"})
    session.execute(update(Notification).values(decided_at=work.now))


def _copy_all(connection: Connection, tickets: int) -> None:
    tables = [table for table in metadata.sorted_tables if _belongs(table)]
    strides = strides_of(connection, tables)
    connection.commit()
    copies = -(-tickets // (6 * EACH)) - 1
    for first in range(1, copies + 1, AT_ONCE):
        for table in tables:
            last = min(first + AT_ONCE - 1, copies)
            connection.execute(text(copied(table, strides, first, last)))
        connection.commit()


def _belongs(table: Table) -> bool:
    own = {*POINTS} & {column.name for column in table.columns}
    return table.name == "ticket" or (bool(own) and table.name not in APART)


def measured(desk: Desk, times: int) -> list[list[str]]:
    """Each question of a look with its rows and seconds, and all beside a bare reading."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows: Counter[str] = Counter()
    seconds: dict[str, float] = {}
    found = 0
    looks = [look for look in LOOKS if not look.deep]
    for part in walk(desk, looks):
        name = "rows.*" if part.look.name.startswith("rows.") else part.look.name
        rows[name] += part.rows
        seconds[name] = seconds.get(name, 0.0) + part.seconds
        found += len(part.found)
    whole, bare = sum(seconds.values()), _bare(desk)
    tickets = desk.read(lambda work: work.session.scalar(select(func.count(Ticket.id)))) or 1
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    told = [
        [name, str(rows[name]), number(spent), number(spent / max(1, rows[name]) * 1e6), ""]
        for name, spent in sorted(seconds.items(), key=lambda one: -one[1])[:10]
    ]
    told.append(["all questions", str(tickets), number(whole), number(whole / tickets * 1e6),
                 number(whole / bare)])  # fmt: skip
    told.append(["bare reading", str(tickets), number(bare), number(bare / tickets * 1e6), "1.00"])
    told.append([f"found {found}, memory grown by {grown:.0f} MB", "", "", "", ""])
    return told


def _bare(desk: Desk) -> float:
    """Seconds for reading all rows of the same tables, with nothing made of them."""
    begun = time.perf_counter()
    with desk.database.pool.connect() as connection:
        for table in metadata.sorted_tables:
            if not _belongs(table):
                continue
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            streamed = connection.execution_options(stream_results=True, yield_per=1000)
            for _ in streamed.execute(text(f"SELECT {names} FROM {table.name}")):
                pass
        connection.rollback()
    return time.perf_counter() - begun


def main(arguments: list[str] | None = None) -> str:
    """Measure, print and return the tables."""
    return on_both(
        arguments, __doc__, (48, 10_000), filled, measured,
        lambda tickets, database: f"A look over {tickets} tickets ({database})", HEAD,
    )  # fmt: skip


if __name__ == "__main__":
    main()
