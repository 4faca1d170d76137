"""kill -9 of the worker while tickets are moved: each is whole on one version, none twice."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from tests.journeys.served import ROOT, Served, new_home
from tests.smtp_sink import free_port

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.work import Work

TRIAGE = {"queue": "Service Desk", "impact": "person", "priority": "3 normal"}
STATIONS = ("triage", "work", "await_answer", "confirm")


@pytest.fixture
def served(tmp_path: Path, peopled: Path) -> Iterator[Served]:
    """A desk with people, not started yet; its mails stay in the outbox."""
    home = Path(shutil.copytree(peopled, tmp_path / "home"))
    desk = new_home(home, smtp=f"smtp://127.0.0.1:{free_port()}")
    yield desk
    desk.stop()


def tickets(desk: Desk, count: int) -> None:
    """Tickets at every station of an incident: a few by the desk, then copies of their rows."""
    from engine.people.queries import actor_of, person_by_login

    def who(login: str) -> Any:
        return desk.read(lambda w: actor_of(w.session, person_by_login(w.session, login)))

    agnes, clara = who("agnes.meier@example.com"), who("clara.huber@example.org")
    for station in STATIONS:
        number = desk.run(lambda work: report(work), clara)
        for step, answers in ways(station):
            desk.run(lambda work, n=number, s=step, a=answers: finish(work, n, s, a), agnes)
    desk.run(lambda work: copies(work, count // len(STATIONS) - 1))


def report(work: Work) -> str:
    from engine.commands.tickets import NewTicket, create_ticket
    from engine.people.queries import person_by_login

    clara = person_by_login(work.session, "clara.huber@example.org")
    new = NewTicket(title="Screen", body="It is black.", type="incident", channel="web",
                    customer=clara)  # fmt: skip
    return create_ticket(work, new).number


def ways(station: str) -> list[tuple[str, dict[str, Any]]]:
    """What has to be done for a ticket to stand there."""
    done: list[tuple[str, dict[str, Any]]] = []
    if station != "triage":
        done.append(("triage", TRIAGE))
    if station == "await_answer":
        done.append(("work", {"work_result": "ask", "message": "Which one?"}))
    if station == "confirm":
        done.append(("work", {"work_result": "solved", "message": "It works again."}))
    return done


def finish(work: Work, number: str, step: str, answers: dict[str, Any]) -> None:
    from engine.commands.steps import complete_step
    from engine.tickets.access import ticket_for
    from engine.tickets.queries import open_items

    items = open_items(work.session, ticket_for(work, number))
    complete_step(work, next(i for i in items if i.step_id.rsplit("/", 1)[-1] == step), answers)


def copies(work: Work, times: int) -> None:
    """Every row by which the tickets stand, again and again with ids of their own."""
    from engine.sla.models import TicketClock
    from engine.tickets.flow import ProcessInstance, StepLog, StepVisit, Subscription, WorkItem
    from engine.tickets.models import Ticket
    from engine.timers.models import Timer

    points = {"ticket_id": Ticket, "instance_id": ProcessInstance}
    models = (
        Ticket,
        ProcessInstance,
        WorkItem,
        Subscription,
        StepLog,
        StepVisit,
        TicketClock,
        Timer,
    )
    rows = {
        model: [dict(row._mapping) for row in work.session.execute(select(model.__table__))]
        for model in models
    }
    stride = {m: max((row.get("id", 0) for row in rows[m]), default=0) for m in models}
    kinds = {"step": ProcessInstance, "clock": TicketClock}
    for copy in range(1, times + 1):
        for model in models:
            made = []
            for row in rows[model]:
                new = dict(row)
                if "id" in new:
                    new["id"] += stride[model] * copy
                for name, target in points.items():
                    if name in new:
                        new[name] += stride[target] * copy
                if model is Ticket:
                    new["number"] = f"{row['number']}{copy:05d}"
                if model is Timer:
                    new["subject"] = str(
                        int(row["subject"]) + stride[kinds.get(row["kind"], Ticket)] * copy
                    )
                made.append(new)
            if made:
                work.session.execute(insert(model.__table__), made)


def publish_another(desk: Desk, folder: Path) -> None:
    """A second version of the incident: a step more, another name, a time more."""
    from engine.cli.publishing import publish_folder

    shutil.copytree(ROOT / "processes", folder)
    path = folder / "incident" / "process.bpmn"
    text = path.read_text("utf-8")
    for old, new in (("Solve the fault", "Solve the fault for good"), ("PT4H", "PT5H")):
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    publish_folder(desk, folder)


def under_fire(served: Served, folder: Path, count: int, kills: int) -> float:
    """Move them all while the worker is killed; how long that took."""
    from engine.commands.dry_run import version_of
    from engine.commands.migrations import start_migration

    with served.open() as desk:
        tickets(desk, count)
        publish_another(desk, folder)
        before = desk.read(standing)
        served.start()
        begun = time.monotonic()
        moving = desk.run(lambda w: start_migration(w, version_of(w, "incident"), note="new").id)
        for kill in range(1, kills + 1):
            goal = count * kill // (kills + 2)
            served.until(lambda goal=goal: done(desk, moving) > goal, "it goes on", 900)
            time.sleep(random.uniform(0.0, 0.2))
            pid = served.pid("worker")
            assert served.kill("worker")
            served.until(
                lambda pid=pid: served.worker_works(but=pid), "another worker is there", 300
            )
        served.until(lambda: over(desk, moving), "it ends", 3000)
        took = time.monotonic() - begun
        assert desk.read(lambda w: whole(w, moving)) == []
        after = desk.read(standing)
    assert len(before) == count
    assert after == before
    return took


def done(desk: Desk, moving: int) -> int:
    from engine.tickets.moves import counts_of

    return desk.read(lambda w: counts_of(w.session, [moving])[moving]).get("moved", 0)


def over(desk: Desk, moving: int) -> bool:
    from engine.tickets.moves import Migration

    return bool(desk.read(lambda w: w.session.get_one(Migration, moving).status) == "done")


def standing(work: Work) -> dict[str, Any]:
    """By ticket its open steps, its timer and what it waits for: nothing of it changes."""
    from engine.tickets.flow import ProcessInstance, Subscription, WorkItem
    from engine.timers.models import Timer

    session = work.session
    number = dict(session.execute(select(ProcessInstance.id, ProcessInstance.ticket_id)).all())
    found: dict[str, Any] = {str(one): [] for one in number.values()}
    for item in session.scalars(select(WorkItem).where(WorkItem.status == "open")):
        found[str(item.ticket_id)].append(("item", item.task_id, item.step_id, item.person_id))
    for row in session.scalars(select(Subscription)):
        found[str(number[row.instance_id])].append(("message", row.task_id, row.message))
    for timer in session.scalars(select(Timer).where(Timer.kind == "step")):
        found[str(timer.ticket_id)].append(("time", timer.due_at.isoformat()))
    return {one: sorted(map(repr, rows)) for one, rows in found.items()}


def whole(work: Work, moving: int) -> list[str]:
    """What is wrong with any ticket: its state on its version, beside its rows and its history."""
    from engine.audit.models import HistoryEntry
    from engine.tickets.flow import ProcessInstance, WorkItem
    from engine.tickets.moves import MigrationTicket
    from engine.workflow import Instance

    session, wrong = work.session, []
    told = Counter(
        session.scalars(select(HistoryEntry.ticket_id).where(HistoryEntry.what == "migrated"))
    )
    entries = session.execute(
        select(MigrationTicket.instance_id, MigrationTicket.status).where(
            MigrationTicket.migration_id == moving
        )
    ).all()
    status = dict(entries)
    items: dict[int, set[tuple[str, str]]] = {}
    for item in session.scalars(select(WorkItem).where(WorkItem.status == "open")):
        items.setdefault(item.instance_id, set()).add((item.task_id, item.title["en"]))
    for row in session.scalars(select(ProcessInstance)):
        definition = work.desk.library.definition(row.version)
        instance = Instance.load(definition, row.document, _Nobody())
        shown = {(i.task_id, i.step.title["en"]) for i in instance.work_items}
        if (row.version.number, status[row.id], told[row.ticket_id]) != (2, "moved", 1):
            wrong.append(f"{row.ticket_id}: v{row.version.number} {status[row.id]}")
        if shown != items.get(row.id, set()):
            wrong.append(f"{row.ticket_id}: {shown} is not {items.get(row.id)}")
    count = session.scalar(select(func.count(ProcessInstance.id)))
    return [*wrong[:5], *([] if len(status) == count else ["some were never entered"])]


class _Nobody:
    """Nothing is asked where nothing is moved."""

    def decide(self, *_: Any) -> dict[str, Any]:
        return {}

    def effect(self, *_: Any) -> None:
        return None

    def signal(self, *_: Any) -> None:
        return None

    def working_time(self, start: Any, days: int, seconds: int) -> Any:
        return start


def test_a_move_survives_a_worker_that_is_killed_twice(served: Served, tmp_path: Path) -> None:
    under_fire(served, tmp_path / "processes", 100, 2)


@pytest.mark.long
def test_ten_thousand_tickets_are_moved_over_two_deaths(served: Served, tmp_path: Path) -> None:
    took = under_fire(served, tmp_path / "processes", 10_000, 2)
    print(f"10,000 tickets in {took:.0f} s, the worker killed twice")
