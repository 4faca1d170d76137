"""The heat map on 10,000 tickets with 12 stays each, beside a bare count of the same rows.

`python -m bench.heat [--small] [--tickets N] [--no-postgres]`
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select, text

from bench.both import on_both
from bench.company import actor, person
from bench.figures import number, timed
from engine.commands.tickets import NewTicket, create_ticket
from engine.desk import Desk
from engine.tickets.flow import ProcessInstance, StepVisit
from engine.tickets.models import Ticket
from engine.tickets.step_times import Scope, outlier_count, outliers, standing_now, step_times
from engine.work import Work

HEAD = ("what", "p50 ms", "p95 ms", "÷ bare count")
STEPS = (
    ("reported", 0), ("set_priority", 0), ("route", 0), ("triage", 4_000), ("work", 40_000),
    ("done_or_not", 0), ("ask", 90_000), ("work", 30_000), ("done_or_not", 0), ("ok", 0),
    ("confirm", 200_000), ("solved", 0),
)  # fmt: skip
DAYS = 365
BATCH = 2_000


def filled(desk: Desk, tickets: int) -> Desk:
    """Copies of one ticket that the desk has made, with stays of a year behind them."""
    desk.run(_report, actor(desk, "clara"))
    dice, now = random.Random(1), desk.clock()
    with desk.database.pool.begin() as connection:
        one = {
            model: dict(connection.execute(select(model.__table__)).mappings().first() or {})
            for model in (Ticket, ProcessInstance)
        }
        connection.execute(StepVisit.__table__.delete())
        for begin in range(0, tickets, BATCH):
            ids = range(begin + 2, min(begin + BATCH, tickets) + 2)
            rows = [one[Ticket] | {"id": i, "number": f"9{i:09d}"} for i in ids]
            connection.execute(insert(Ticket), rows)
            rows = [one[ProcessInstance] | {"id": i, "ticket_id": i} for i in ids]
            connection.execute(insert(ProcessInstance), rows)
            visits = [v for i in ids for v in _visits(one, i, dice, now)]
            connection.execute(insert(StepVisit), visits)
        connection.execute(text("ANALYZE"))
    return desk


def _report(work: Work) -> None:
    customer = person(work, "clara")
    create_ticket(
        work, NewTicket(title="VPN drops", body="x", channel="web", type="incident",
                        customer=customer)
    )  # fmt: skip


def _visits(
    one: dict[Any, dict[str, Any]], ticket: int, dice: random.Random, now: datetime
) -> Iterator[dict[str, Any]]:
    """One ticket's way; every tenth has not come to its end."""
    at = now - timedelta(days=dice.random() * DAYS)
    last = len(STEPS) - 2 if ticket % 10 == 0 else len(STEPS)
    for place, (step, usual) in enumerate(STEPS[: last + 1]):
        seconds = int(dice.expovariate(1 / usual)) if usual else 0
        open_now = place == last
        left = at + timedelta(seconds=seconds)
        yield {
            "instance_id": ticket, "ticket_id": ticket, "task_id": f"{ticket}-{place}",
            "version_id": one[ProcessInstance]["version_id"], "step_id": step, "actor": "",
            "queue_id": one[Ticket]["queue_id"], "entered_at": at,
            "left_at": None if open_now else left, "seconds": None if open_now else seconds,
            "worked": None if open_now else seconds // 3,
            "outcome": "" if open_now else "completed",
        }  # fmt: skip
        at = left


def measured(desk: Desk, times: int) -> list[list[str]]:
    """Each question of the page, and what it costs in bare counts."""
    now, agnes = desk.clock(), actor(desk, "agnes")
    version = desk.read(lambda work: work.session.scalar(select(ProcessInstance.version_id)))
    every = Scope((version or 0,))
    month = Scope((version or 0,), now - timedelta(days=30))
    found = desk.read(lambda work: step_times(work.session, every))
    limits = {one.step_id: one.far for one in found if one.far and one.outliers}
    count = select(func.count(StepVisit.id)).where(every.here)
    asks: dict[str, Callable[[Work], Any]] = {
        "bare count": lambda work: work.session.scalar(count),
        "figures of all time": lambda work: step_times(work.session, every),
        "figures of 30 days": lambda work: step_times(work.session, month),
        "waiting now, for whom": lambda work: standing_now(work.session, every),
        "outliers by step": lambda work: outlier_count(work.session, every, limits),
        "tickets of outliers": lambda work: outliers(work.session, agnes, every, limits),
    }
    rows: list[list[str]] = []
    bare = 0.0
    for name, ask in asks.items():
        run = timed(partial(desk.read, ask), times)
        bare = bare or run.at(0.5)
        ratio = number(run.at(0.5) / bare) if bare else "–"
        rows.append([name, number(run.at(0.5)), number(run.at(0.95)), ratio])
    return rows


def main(arguments: list[str] | None = None) -> str:
    """Measure and print a table for each database."""
    return on_both(arguments, __doc__, (50, 10_000), filled, measured, _title, HEAD)


def _title(tickets: int, database: str) -> str:
    stays = f"{tickets} tickets with {len(STEPS)} stays each"
    return f"The heat map of a process, {stays}, {database}"


if __name__ == "__main__":
    main()
