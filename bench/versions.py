"""One step of a person as a command, with few and with many process versions in the database.

Once all tickets follow the version in force, as most do; once each its own, so that its diagram has
to be read first. SQLite in a temporary folder. `python -m bench.versions [--small]`
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from sqlalchemy import insert, select, update

from bench.company import actor, founded, person
from bench.figures import Run, number, table, timed
from bench.workflow_step import DIAGRAM
from engine.catalogue.models import TicketType
from engine.catalogue.published import ProcessVersion
from engine.commands.publish import publish_process
from engine.commands.steps import complete_step
from engine.commands.tickets import NewTicket, create_ticket
from engine.desk import Desk
from engine.tickets.flow import ProcessInstance, WorkItem
from engine.work import Work

KEY = "loop"
HEAD = ("versions", "in force p50 ms", "p95 ms", "each its own p50 ms", "p95 ms")


def published(work: Work) -> None:
    """A process of two steps in a loop, and the type whose tickets follow it."""
    publish_process(work, KEY, {"process.bpmn": DIAGRAM.encode()}, {})
    work.session.add(TicketType(name=KEY, process_key=KEY))


def add_versions(work: Work, count: int) -> None:
    """So many earlier versions, each with a diagram of its own."""
    rows = [
        {
            "key": KEY, "digest": f"{n:064x}", "number": n + 1, "shared": {}, "title": {},
            "files": {"process.bpmn": DIAGRAM.replace('id="begin"', f'id="begin" name="v{n}"')},
            "published_at": work.now, "published_by": "bench", "note": "", "approved_by": "",
            "acknowledged": [],
        }
        for n in range(1, count)
    ]  # fmt: skip
    for start in range(0, len(rows), 1_000):
        work.session.execute(insert(ProcessVersion), rows[start : start + 1_000])


def add_tickets(desk: Desk, count: int) -> None:
    """Tickets that wait at the first step."""

    def command(work: Work) -> None:
        for n in range(count):
            new = NewTicket(title=f"Ticket {n}", body="It happens.", channel="web", type=KEY,
                            customer=person(work, "clara"))  # fmt: skip
            create_ticket(work, new)

    desk.run(command)


def spread(work: Work) -> None:
    """Put each running ticket on a version of its own, as far as there are versions."""
    versions = list(
        work.session.scalars(select(ProcessVersion.id).where(ProcessVersion.key == KEY))
    )
    for index, row in enumerate(work.session.scalars(select(ProcessInstance.id))):
        found = versions[index % len(versions)]
        work.session.execute(
            update(ProcessInstance).where(ProcessInstance.id == row).values(version_id=found)
        )


def steps(desk: Desk, times: int) -> Run:
    """Finish open steps, each as a command of its own."""
    agnes = actor(desk, "agnes")
    query = select(WorkItem.id).where(WorkItem.status == "open").order_by(WorkItem.id)
    ids = desk.read(lambda work: list(work.session.scalars(query.limit(times + 5))))
    waiting = iter(ids)

    def one() -> None:
        item_id = next(waiting)
        desk.run(
            lambda work: complete_step(work, work.session.get_one(WorkItem, item_id), {}), agnes
        )

    return timed(one, times, warm=5)


def measured(home: Path, versions: int, times: int) -> list[str]:
    """A fresh desk with so many versions."""
    desk = founded(f"sqlite:///{home}/versions{versions}.db", home)
    desk.run(published)
    desk.run(lambda work: add_versions(work, versions))
    add_tickets(desk, 2 * (times + 5))
    same = steps(desk, times)
    desk.run(spread)
    own = steps(desk, times)
    desk.close()
    figures = [run.at(share) for run in (same, own) for share in (0.5, 0.95)]
    return [str(versions), *map(number, figures)]


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            measured(Path(folder), versions, 3 if given.small else 100)
            for versions in ((1, 3) if given.small else (1, 100, 10_000))
        ]
    told = table("A step of a person, by how many process versions there are", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
