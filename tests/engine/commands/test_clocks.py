"""Clocks count working time, rest while the customer is asked, warn, break and stop."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from engine.commands.articles import reply
from engine.commands.clocks import seconds_left
from engine.commands.due import fire_timer
from engine.commands.tickets import change_ticket, close_ticket
from engine.tickets import queries
from engine.timers.models import Timer

HOUR = 3600
TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


def clocks(town, number):
    def read(work, ticket):
        return {
            c.kind: (c.due_at, seconds_left(work, c), c.stopped_at, c.warned_at, c.breached_at)
            for c in queries.clocks(work.session, ticket)
        }

    return town.see(number, read)


def fire_all(town):
    def command(work):
        due = select(Timer).where(Timer.due_at <= work.now).order_by(Timer.due_at, Timer.id)
        rows = list(work.session.scalars(due))
        for timer in rows:
            fire_timer(work, timer)
        return len(rows)

    return town.desk.run(command)


def test_both_clocks_run_in_working_time_from_the_start(town):
    # Monday 10:00 in Berlin; standard promises 4 working hours and 24 working hours, 8 to 17.
    number = town.report(sla="standard")
    found = clocks(town, number)
    assert found["first_response"][0] == datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    assert found["solution"][0] == datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    assert town.see(number, lambda w, t: t.due_at) == found["first_response"][0]


def test_the_first_reply_stops_the_first_clock_only(town, clock):
    number = town.report(sla="standard")
    clock.move(hours=1)
    town.do("agnes", number, lambda w, t: reply(w, t, "We are on it."))
    found = clocks(town, number)
    assert found["first_response"][1:3] == (3 * HOUR, clock.now)
    assert found["solution"][2] is None


def test_waiting_for_the_customer_rests_the_solution_clock(town, clock):
    number = town.report(sla="standard")
    town.complete("agnes", number, "triage", TRIAGE)
    clock.move(hours=2)
    town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    before = clocks(town, number)["solution"]
    assert before[0] is None
    assert before[1] == 22 * HOUR
    clock.move(hours=1)
    assert clocks(town, number)["solution"][1] == 22 * HOUR
    town.complete("clara", number, "confirm", {"settled": "no", "comment": "It still drops."})
    assert clocks(town, number)["solution"][1] == 22 * HOUR


def test_warning_and_breach_reach_the_rules_once_each(town, clock):
    number = town.report(sla="gold")
    clock.move(minutes=46)
    fire_all(town)
    clock.move(minutes=20)
    fire_all(town)
    assert fire_all(town) == 0
    found = clocks(town, number)["first_response"]
    assert found[3] is not None
    assert found[4] == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    events = town.see(number, lambda w, t: [t.event for t in queries.traces(w.session, t)])
    assert events.count("clock.warning") == 1
    assert events.count("clock.breached") == 1
    assert town.see(number, lambda w, t: t.priority.rank) == 4


def test_another_sla_keeps_the_time_already_used(town, clock):
    number = town.report(sla="standard")
    clock.move(hours=1)
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"sla": "gold"}))
    assert clocks(town, number)["solution"][1] == 7 * HOUR


def test_closing_stops_every_clock_and_its_timers(town):
    number = town.report(sla="standard")
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    assert all(found[2] is not None for found in clocks(town, number).values())
    left = town.desk.read(lambda w: w.session.scalars(select(Timer.kind)).all())
    assert "clock" not in left
