"""An upgrade puts together what happened to the clocks of tickets that were there before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Boolean, Column, delete, false, select

from engine.catalogue.models import Sla
from engine.commands.articles import add_note, customer_answer, reply
from engine.commands.clocks_recount import differing
from engine.commands.tickets import change_ticket, close_ticket, reopen_ticket
from engine.sla.models import CalendarVersion, ClockEvent, TicketClock
from engine.timers.models import Timer
from tests.engine.commands.test_clocks import TRIAGE, fire_all

FIELDS = ("ticket_id", "kind", "sla_id", "target", "left", "started_at", "running_since", "due_at",
          "breached_at", "next_at", "stopped_at")  # fmt: skip


@pytest.fixture(autouse=True)
def as_promised_then(town: Any) -> None:
    """Before the upgrade an SLA warned once, and had no levels behind the breach."""

    def flatten(work: Any) -> None:
        for sla in work.session.scalars(select(Sla)):
            sla.escalate_after, sla.warn_percents = [], [75]

    town.desk.run(flatten)


def remember_again(town: Any) -> None:
    """Let the desk be as it was before the upgrade, then upgrade."""
    step = import_module("engine.db.migrations.versions.0051_clock_events")

    def forget(work: Any) -> None:
        work.session.execute(delete(ClockEvent))
        work.session.execute(delete(CalendarVersion))

    town.desk.run(forget)
    with (
        town.desk.database.pool.begin() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        idle = Column("idle", Boolean, nullable=False, server_default=false())
        op.add_column("ticket_clock", idle)  # as it was then
        step.remember()
        op.drop_column("ticket_clock", "idle")


def rows(town: Any) -> list[dict[str, Any]]:
    def read(work: Any) -> list[dict[str, Any]]:
        found = work.session.scalars(
            select(TicketClock).order_by(TicketClock.ticket_id, TicketClock.kind)
        )
        return [{name: getattr(one, name) for name in FIELDS} for one in found]

    return list(town.desk.read(read))


def a_few_lives(town: Any, clock: Any) -> None:
    waits, ended, again, broken, without = (
        town.report(sla=sla, title=f"About {name}")
        for name, sla in (
            ("waiting", "standard"), ("ended", "gold"), ("again", "standard"), ("broken", "gold"),
            ("none", None),
        )
    )  # fmt: skip
    clock.move(minutes=30)
    for number in (ended, again):
        town.do("agnes", number, lambda w, t: reply(w, t, "We look into it."))
    town.complete("agnes", waits, "triage", TRIAGE)
    clock.move(hours=1)
    fire_all(town)
    town.do("clara", again, lambda w, t: customer_answer(w, t, "And now?"))
    town.do("agnes", without, lambda w, t: add_note(w, t, "Nobody promised anything."))
    town.complete("agnes", waits, "work", {"work_result": "solved", "message": "Done."})
    town.do("agnes", ended, lambda w, t: close_ticket(w, t))
    town.do("agnes", again, lambda w, t: close_ticket(w, t))
    clock.move(hours=2)
    town.do("agnes", again, lambda w, t: reopen_ticket(w, t, "It is back"))
    town.do("ada", broken, lambda w, t: change_ticket(w, t, {"title": "Still broken"}))
    clock.move(hours=1)
    fire_all(town)


def test_the_past_says_the_same_as_the_clocks_did(town, clock):
    a_few_lives(town, clock)
    before = rows(town)
    timers = town.desk.read(lambda w: sorted(w.session.execute(select(Timer.kind, Timer.due_at))))
    remember_again(town)
    assert town.desk.read(lambda w: differing(w.session).differing) == []
    assert fire_all(town) >= 1  # the worker goes through all tickets
    assert rows(town) == before
    after = town.desk.read(lambda w: sorted(w.session.execute(select(Timer.kind, Timer.due_at))))
    assert after == timers


def test_a_desk_without_tickets_has_nothing_to_remember(town):
    remember_again(town)
    assert town.desk.read(lambda w: list(w.session.scalars(select(ClockEvent)))) == []
    assert town.desk.read(lambda w: list(w.session.scalars(select(Timer)))) == []


@pytest.mark.parametrize("sla", ["gold", "standard"])
def test_nobody_is_told_a_second_time_of_what_was_broken(town, clock, sla):
    number = town.report(sla=sla)
    clock.move(hours=5)
    assert fire_all(town) >= 2
    town.do("agnes", number, lambda w, t: add_note(w, t, "It is late."))
    remember_again(town)
    fire_all(town)
    found = town.desk.read(lambda w: differing(w.session).differing)
    assert found == []
    again = town.see(number, lambda w, t: [
        e.what for e in w.session.scalars(select(ClockEvent)) if e.what == "told"
    ])  # fmt: skip
    assert len(again) == 1
