"""Moving running tickets to another version: the dry run, the move, and the way back.

Beside them, in the same run, what one step of a person costs as a command. The tickets are those of
`bench.desk`; their process gets another version with a step more.
`python -m bench.migrating [--small] [--tickets N]`
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from sqlalchemy import select

from bench import postgres
from bench.company import actor
from bench.figures import Run, number, table
from bench.seed import seeded
from engine.commands.dry_run import dry_run, version_of
from engine.commands.migrations import start_migration, undo_migration, work_on
from engine.commands.publish import publish_process
from engine.commands.steps import complete_step
from engine.desk import Desk
from engine.tickets.flow import WorkItem
from engine.work import Work

KEY = "incident"
TRIAGE = {"queue": "Network::VPN", "impact": "team", "priority": "3 normal"}
HEAD = ("what", "tickets", "whole s", "ms each", "in steps")


def publish_another(work: Work) -> None:
    """The incident with a step more behind the work."""
    version = work.desk.library.in_force(work.session, KEY)
    files, shared = version.as_bytes()
    text = files["process.bpmn"].decode()
    files["process.bpmn"] = text.replace("Solve the fault", "Solve the fault for good").encode()
    publish_process(work, KEY, files, shared)


def steps(desk: Desk, times: int) -> Run:
    """Finish the first step of so many tickets, each as a command of its own."""
    agnes = actor(desk, "agnes")
    query = select(WorkItem.id).where(WorkItem.status == "open", WorkItem.step_id == "triage")
    ids = desk.read(lambda w: list(w.session.scalars(query.order_by(WorkItem.id).limit(times + 5))))
    run = Run("")
    for index, item_id in enumerate(ids):
        before = time.perf_counter()
        desk.run(
            lambda w, one=item_id: complete_step(w, w.session.get_one(WorkItem, one), TRIAGE), agnes
        )
        if index >= 5:  # the first ones read the diagram and the rules
            run.seconds.append(time.perf_counter() - before)
    return run


def moved(desk: Desk, migration_id: int) -> float:
    """Work on a move until it is over; the seconds that took."""
    before = time.perf_counter()
    while work_on(desk, migration_id):
        pass
    return time.perf_counter() - before


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    parser.add_argument("--tickets", type=int)
    parser.add_argument("--home", type=Path, default=postgres.default_home())
    given = parser.parse_args(arguments)
    tickets = given.tickets or (40 if given.small else 1_000)
    with postgres.server(given.home):
        desk = seeded(given.home, tickets, "migrating")
        step = steps(desk, 10 if given.small else 200).at(0.5)
        desk.run(publish_another)
        olga = actor(desk, "olga")
        before = time.perf_counter()
        tried = desk.read(lambda w: dry_run(w, version_of(w, KEY)), olga)
        looked = time.perf_counter() - before
        count = tried.movable
        moving = desk.run(lambda w: start_migration(w, version_of(w, KEY)).id, olga)
        there = moved(desk, moving)
        desk.run(lambda w: undo_migration(w, moving).id, olga)
        back = moved(desk, moving)
        desk.close()
        postgres.drop_database(given.home, "migrating")
    rows = [["a step of a person", "1", number(step / 1000), number(step), "1"]]
    for what, seconds in (("dry run", looked), ("move", there), ("way back", back)):
        each = seconds * 1000 / (count or 1)
        rows.append([what, str(count), number(seconds), number(each), number(each / (step or 1))])
    told = table("Running tickets to another version, PostgreSQL", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
