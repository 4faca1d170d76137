"""A promise that was changed reaches open tickets; what was used stays used."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.catalogue.models import Queue
from engine.commands import promises
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.publish import publish_rules
from engine.commands.structure import FIELDS, change_queue
from engine.commands.tickets import change_ticket, close_ticket
from engine.tickets import queries
from engine.tickets.flow import ProcessInstance
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from tests.engine.commands.drawn import Pen, take
from tests.engine.commands.drawn import publish as draw
from tests.engine.commands.test_clocks import HOUR, clocks, fire_all, sla_of

ROOT = Path(__file__).parents[3]


def promise(town, queue, sla):
    """Let an admin give a queue another SLA."""

    def command(work):
        row = work.session.scalars(select(Queue).where(Queue.name == queue)).one()
        values = {name: getattr(row, name, "") for name in FIELDS}
        parent, _, short = queue.rpartition("::")
        values |= {"name": short, "parent": parent, "group": row.group.name, "sla": sla,
                   "process": row.process_key}  # fmt: skip
        change_queue(work, row, values)

    town.desk.run(command, town.actor("ada"))
    sweep(town.desk, fire_timer)


@pytest.fixture
def rules(tmp_path):
    """A copy of the starter rules to change and publish."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    return tmp_path / "rules"


def publish(town, folder, name, old, new):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    candidate = read_rules(folder)
    town.desk.run(lambda w: publish_rules(w, candidate) and None)
    sweep(town.desk, fire_timer)


def at(town, number):
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "HR"}) and None)


def anew(town, number):
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    return sorted(h.before for h in entries if (h.what, h.after) == ("clock", "anew"))


def test_the_sla_of_a_queue_reaches_every_open_ticket_there(town, clock, monkeypatch):
    monkeypatch.setattr(promises, "AT_ONCE", 2)
    numbers = [town.report(queue="HR", type=None, sla=None) for _ in range(5)]
    for number in numbers:
        at(town, number)
    given = town.report(sla="gold")
    at(town, given)
    town.do("ada", numbers[4], lambda w, t: close_ticket(w, t))
    clock.move(hours=1)
    promise(town, "HR", "standard")
    assert [sla_of(town, n) for n in numbers[:4]] == [("standard", "queue")] * 4
    assert clocks(town, numbers[3])["first_response"][1] == 3 * HOUR
    assert anew(town, numbers[0]) == ["first_response", "solution"]
    assert sla_of(town, numbers[4])[0] is None
    assert sla_of(town, given) == ("gold", "given")
    promise(town, "HR", "")
    assert sla_of(town, numbers[0])[0] is None
    assert clocks(town, numbers[0]) == {}
    left = town.desk.read(lambda w: w.session.scalars(select(Timer.kind)).all())
    assert promises.TIMER not in left


def test_another_length_of_the_same_sla_reaches_running_clocks(town, clock, rules):
    number = town.report(sla="standard")
    clock.move(hours=1)
    publish(town, rules, "slas.yaml", "solution: PT24H", "solution: PT8H")
    found = clocks(town, number)
    assert found["solution"][1] == 7 * HOUR
    assert found["first_response"][1] == 3 * HOUR
    assert anew(town, number) == ["solution"]


def test_a_new_holiday_moves_what_is_due(town, rules):
    number = town.report(sla="standard")
    assert clocks(town, number)["solution"][0] == datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    publish(town, rules, "calendars.yaml", "region: DE", "holidays: [DE, 2026-03-03]")
    assert clocks(town, number)["solution"][0] == datetime(2026, 3, 5, 15, 0, tzinfo=UTC)


def test_a_new_holiday_moves_the_times_of_steps_that_count_working_time(town, rules):
    """What passes as time passes stays; both are counted in the calendar of the ticket's SLA."""
    pen = Pen("patient").start().user("work").end()
    ext = "<spiffworkflow:timerBasis>working</spiffworkflow:timerBasis>"
    pen.border("late", "work", pen.timer_event("P2D"), ext=ext)
    draw(town, pen.flow("start", "work", "done").flow("late", "done"))
    plain = Pen("plain").start().user("work").end()
    plain.border("late", "work", plain.timer_event("P2D"))
    draw(town, plain.flow("start", "work", "done").flow("late", "done"))
    numbers = [take(town, key, sla="standard") for key in ("patient", "plain")]

    def due(number):
        wanted = select(Timer.due_at).where(Timer.kind == "step")
        return town.see(
            number, lambda w, t: w.session.scalar(wanted.where(Timer.ticket_id == t.id))
        )

    assert [due(n).day for n in numbers] == [4, 4]
    publish(town, rules, "calendars.yaml", "region: DE", "holidays: [DE, 2026-03-03]")
    assert [due(n).day for n in numbers] == [5, 4]
    assert town.see(numbers[0], lambda w, t: queries.open_items(w.session, t)[0].due_at.day) == 5


def test_a_promise_that_can_be_kept_again_is_no_longer_broken(town, clock, rules):
    number = town.report(sla="gold")
    clock.move(minutes=61)
    fire_all(town)
    assert clocks(town, number)["first_response"][4] is not None
    publish(town, rules, "slas.yaml", "first_response: PT1H", "first_response: PT3H")
    assert clocks(town, number)["first_response"][3:] == (None, None)
    clock.move(hours=2)
    fire_all(town)
    fire_all(town)
    assert clocks(town, number)["first_response"][4] == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_publishing_what_promises_the_same_touches_no_ticket(town, rules):
    number = town.report(sla="standard")
    version = town.see(number, lambda w, t: t.version)
    publish(town, rules, "slas.yaml", "# What", "# That which")
    assert anew(town, number) == []
    assert town.see(number, lambda w, t: t.version) == version
    timers = town.desk.read(lambda w: w.session.scalars(select(Timer.kind)).all())
    assert promises.TIMER not in timers


def test_a_ticket_whose_process_is_damaged_keeps_the_promise_of_no_other(town):
    triage = {"queue": "Network", "impact": "person", "priority": "3 normal"}
    damaged, sound = town.report(queue="Network"), town.report(queue="Network")
    for number in (damaged, sound):
        town.complete("agnes", number, "triage", triage)
        solved = {"work_result": "solved", "message": "Done."}
        town.complete("agnes", number, "work", solved)

    def damage(work, ticket):
        query = select(ProcessInstance).where(ProcessInstance.ticket_id == ticket.id)
        work.session.scalars(query).one().document = {}

    town.do("ada", damaged, damage)
    promise(town, "Network", "gold")
    assert sla_of(town, sound) == ("gold", "queue")
    told = town.see(damaged, lambda w, t: queries.history(w.session, t))
    assert "promise problem" in {entry.what for entry in told}
