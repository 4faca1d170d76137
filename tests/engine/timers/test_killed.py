"""Workers that are killed while they fire what was due in an outage: each once, and in order."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.audit.models import HistoryEntry
from engine.catalogue.models import Queue, Sla
from engine.clock import now
from engine.commands.pending import set_pending
from engine.commands.reminders import remind
from engine.notify.models import Notification
from engine.tickets.models import Reminder
from engine.timers.models import Timer
from engine.work import Work
from tests.desks import MovableClock
from tests.served import ROOT, until
from tests.town import Town

# What `vorgang worker` does every two seconds, at once; its lease is short, since tests are.
WORKER = """
import sys, time
from datetime import timedelta
from engine.timers import claims, sweep
claims.LEASE = sweep.LEASE = timedelta(seconds=3)
claims.SKEW = timedelta(seconds=1)
sweep.BATCH = 12
from engine.commands.due import fire_timer
from engine.desk import open_desk
from engine.settings import load_settings
desk = open_desk(load_settings())
print("ready", flush=True)
if desk.database.sqlite:
    sweep.release_claims(desk)
while True:
    sweep.sweep(desk, fire_timer)
    time.sleep(0.1)
"""


def due_now(town: Town) -> int:
    query = select(func.count(Timer.id)).where(Timer.due_at <= now())
    return town.desk.read(lambda work: work.session.scalar(query) or 0)


def outage(town: Town, clock: MovableClock, tickets: int) -> None:
    """Tickets of ten days ago, each with clocks, a reminder of two people and a date."""
    clock.set(now() - timedelta(days=10))

    def promise(work: Work) -> None:
        sla = work.session.scalar(select(Sla.id).where(Sla.name == "standard"))
        work.session.query(Queue).update({"sla_id": sla})

    town.desk.run(promise)
    for n in range(tickets):
        number = town.report(title=f"VPN drops {n}")
        for who, hours in (("agnes", 30), ("ada", 31)):
            at = clock.now + timedelta(hours=hours, seconds=n)
            town.do(who, number, lambda work, ticket, at=at: remind(work, ticket, at))  # type: ignore[misc]
        state = "pending auto close" if n % 3 == 0 else "pending reminder"
        at = clock.now + timedelta(days=8, seconds=n)
        town.do("ada", number, lambda w, t, at=at, state=state: set_pending(w, t, at, state))  # type: ignore[misc]
    clock.set(now())


@contextmanager
def worker(town: Town) -> Iterator[subprocess.Popen[bytes]]:
    settings = town.desk.settings
    more = {
        "VORGANG_HOME": str(settings.home), "VORGANG_DATABASE_URL": settings.database_url,
        "VORGANG_SECRET": settings.secret, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VORGANG_")}
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER], env=kept | more, cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()  # what is left of its words, and its end


def killed(town: Town, workers: int, kills: int) -> None:
    """Let workers fire, kill one after the other at any moment, until nothing is due."""
    for _ in range(kills):
        if not due_now(town):
            break
        with worker(town) as first:
            if workers > 1:
                with worker(town) as second:
                    time.sleep(random.uniform(0.05, 0.6))
                    second.send_signal(signal.SIGKILL)
            time.sleep(random.uniform(0.05, 0.6))
            first.send_signal(signal.SIGKILL)
    with worker(town):
        until(lambda: not due_now(town), 300)


def all_happened_once(town: Town, tickets: int) -> None:
    def found(work: Work) -> dict[str, Any]:
        session = work.session
        entries = session.scalars(select(HistoryEntry).order_by(HistoryEntry.id)).all()
        told = select(Notification.person_id, Notification.ticket_id)
        reminded = session.execute(told.where(Notification.kind == "remind_me")).all()
        return {
            "late": [(e.ticket_id, e.cause_ref["due"]) for e in entries if "due" in e.cause_ref],
            "once": Counter(
                (e.ticket_id, e.what, e.before, e.after, e.cause_ref.get("level"))
                for e in entries
                if e.what in ("clock", "state", "process") and "due" in e.cause_ref
            ),
            "reminded": Counter(map(tuple, reminded)),
            "left": session.scalar(
                select(func.count(Reminder.id)).where(Reminder.told_at.is_(None))
            ),
            "failing": session.scalars(
                select(Timer.last_error).where(Timer.last_error != "")
            ).all(),
        }  # fmt: skip

    seen = town.desk.read(found)
    assert seen["failing"] == []
    assert (seen["left"], len(seen["reminded"])) == (0, 2 * tickets)
    assert set(seen["reminded"].values()) == {1}
    assert set(seen["once"].values()) == {1}, seen["once"].most_common(3)
    states = {ticket for ticket, what, *_ in seen["once"] if what == "state"}
    assert len(states) == tickets
    for ticket in states:
        order = [due for of, due in seen["late"] if of == ticket]
        assert order == sorted(order), order


def test_a_few_kills_lose_and_double_nothing(town: Town, clock: MovableClock) -> None:
    outage(town, clock, 8)
    killed(town, 1 if town.desk.database.sqlite else 2, 2)
    all_happened_once(town, 8)


@pytest.mark.long
def test_many_kills_lose_and_double_nothing(town: Town, clock: MovableClock) -> None:
    outage(town, clock, 400)
    killed(town, 1 if town.desk.database.sqlite else 2, 25)
    all_happened_once(town, 400)
