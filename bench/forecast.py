"""What will be late, asked of 100,000 open tickets and as many closed ones of the last weeks.

`python -m bench.forecast [--small] [--tickets N] [--no-postgres]`
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, select, text

from bench.both import on_both
from bench.company import actor, person
from bench.figures import number, timed
from engine.catalogue.models import Queue, State
from engine.commands.tickets import NewTicket, create_ticket
from engine.desk import Desk
from engine.sla.models import TicketClock
from engine.tickets import kept, search
from engine.tickets.asking import read
from engine.tickets.escalations import sums
from engine.tickets.lines import lines_of
from engine.tickets.models import Ticket
from engine.work import Work

HEAD = ("what", "p50 ms", "p95 ms")
BATCH = 2_000
WEEKS = 4


def filled(desk: Desk, tickets: int) -> Desk:
    """Copies of one ticket: half of them due within a fortnight, half closed in four weeks."""
    desk.run(_report, actor(desk, "clara"))
    dice, now = random.Random(1), desk.clock()
    with desk.database.pool.begin() as connection:
        ticket = dict(connection.execute(select(Ticket.__table__)).mappings().first() or {})
        solution = select(TicketClock.__table__).where(TicketClock.kind == "solution")
        clock = dict(connection.execute(solution).mappings().first() or {})
        queues = list(connection.scalars(select(Queue.id)))
        states = dict(connection.execute(select(State.type, State.id)).all())
        for begin in range(0, 2 * tickets, BATCH):
            rows, clocks = [], []
            for i in range(begin + 2, min(begin + BATCH, 2 * tickets) + 2):
                moment = _moment(i, dice, now)
                state = states["open" if i % 2 else "closed successful"]
                own = {"queue_id": dice.choice(queues), "state_id": state}
                due = moment if i % 2 else None
                rows.append(ticket | own | {"id": i, "number": f"9{i:09d}", "due_at": due})
                ends = {"due_at": due, "stopped_at": None if i % 2 else moment}
                clocks.append(clock | ends | {"id": 10 * tickets + i, "ticket_id": i})
            connection.execute(insert(Ticket), rows)
            connection.execute(insert(TicketClock), clocks)
        connection.execute(text("ANALYZE"))
    return desk


def _moment(place: int, dice: random.Random, now: datetime) -> datetime:
    """When one is due, or has ended."""
    if place % 2:
        return now + timedelta(days=dice.uniform(-1, 13))
    return now - timedelta(days=dice.uniform(0, 7 * WEEKS))


def _report(work: Work) -> None:
    new = NewTicket(title="VPN drops", body="x", channel="web", type="incident", sla="standard",
                    customer=person(work, "clara"))  # fmt: skip
    create_ticket(work, new)


def measured(desk: Desk, times: int) -> list[list[str]]:
    """Each question of the page of escalations."""
    now, agnes = desk.clock(), actor(desk, "agnes")
    until = now + timedelta(hours=24)
    months = [now - timedelta(days=days) for days in (120, 90, 60, 30, 0)]

    def asked(work: Work) -> search.Asked:
        return search.asked(work.session, agnes, read("due:<8h"), now)

    asks: dict[str, Callable[[Work], Any]] = {
        "late or due, first 100": lambda work: search.tickets(
            work.session, agnes, asked(work), sort="due", limit=100
        ),
        "how many, by queue": lambda work: sums(work.session, agnes, asked(work), "queue", now),
        "what will be late": lambda work: lines_of(work.session, agnes, now, until),
        "kept and missed, four months": lambda work: kept.kept(
            work.session, agnes, months, "queue"
        ),
    }
    rows = []
    for name, ask in asks.items():
        run = timed(partial(desk.read, ask), times)
        rows.append([name, number(run.at(0.5)), number(run.at(0.95))])
    return rows


def main(arguments: list[str] | None = None) -> str:
    """Measure and print a table for each database."""
    return on_both(arguments, __doc__, (50, 100_000), filled, measured, _title, HEAD)


def _title(tickets: int, database: str) -> str:
    return f"Escalations of {tickets} open tickets, as many closed in four weeks, {database}"


if __name__ == "__main__":
    main()
