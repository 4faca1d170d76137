"""Rules that look every hour decide once about a ticket in its state, however many tickets wait."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from engine.catalogue.models import State
from engine.commands import hourly
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.hourly_reach import reach_of
from engine.commands.publish import publish_rules
from engine.commands.tickets import change_ticket
from engine.health import report
from engine.tickets import queries
from engine.timers.sweep import sweep
from tests.town import ROOT

MONDAY = datetime(2026, 5, 11, 7, 10, tzinfo=UTC)  # ten past nine in Berlin
RULES = """ruleset: jobs
title: {de: A, en: A}
events: [hour.passed]
default: [{note: never}]
rules:
  - id: waits
    title: {de: A, en: A}
    when:
      all:
        - {fact: ticket.title, op: starts_with, value: Wait}
        - {fact: ticket.state_working_minutes, op: gte, value: 120}
    then: [{note: waits long}]
"""


@pytest.fixture
def jobs(town, tmp_path, clock):
    """Rules that look every hour are in force since Monday morning."""

    def publish(text):
        folder = tmp_path / "rules"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "rules", folder)
        (folder / "jobs.yaml").write_text(text, encoding="utf-8")
        rules = read_rules(folder)
        town.desk.run(lambda w: publish_rules(w, rules) and None)

    clock.set(MONDAY)
    publish(RULES)
    return publish


def hours(town, clock, count):
    for _ in range(count):
        clock.move(hours=1)
        sweep(town.desk, fire_timer)


def notes(town, number):
    def ask(work, ticket):
        entries = queries.history(work.session, ticket)
        return sum(e.what == "article" and e.after.startswith("note") for e in entries)

    return town.see(number, ask)


def test_a_rule_decides_once_while_the_ticket_stays_in_its_state(town, jobs, clock):
    number, other = town.report(title="Wait"), town.report(title="Other")
    hours(town, clock, 1)
    assert notes(town, number) == 0
    hours(town, clock, 4)
    assert (notes(town, number), notes(town, other)) == (1, 0)
    open_now = {"state": "waiting for customer"}
    town.do("agnes", number, lambda w, t: change_ticket(w, t, open_now) and None)
    hours(town, clock, 1)
    assert notes(town, number) == 1
    hours(town, clock, 2)
    assert notes(town, number) == 2


def test_why_is_kept_like_any_decision(town, jobs, clock):
    number = town.report(title="Wait")
    hours(town, clock, 3)
    traces = town.see(number, lambda w, t: queries.traces(w.session, t))
    (kept,) = [trace for trace in traces if trace.event == "hour.passed"]
    assert kept.trace["facts"]["ticket.state_working_minutes"] >= 120


def test_a_round_takes_a_few_tickets_at_a_time_and_reaches_all(town, jobs, clock, monkeypatch):
    monkeypatch.setattr(hourly, "AT_ONCE", 2)
    numbers = [town.report(title="Wait") for _ in range(5)]
    hours(town, clock, 3)
    assert [notes(town, number) for number in numbers] == [1] * 5


def test_nobody_looks_where_no_rule_listens(town, jobs, clock, monkeypatch):
    asked = []
    monkeypatch.setattr(hourly, "_ask", lambda *args: asked.append(args))
    jobs(RULES.replace("hour.passed", "ticket.created"))
    town.report(title="Wait")
    hours(town, clock, 3)
    assert asked == []


@pytest.fixture
def asked(monkeypatch):
    """The numbers of the tickets about which rules were asked."""
    found = []
    ask = hourly._ask

    def told(work, ticket, *more):
        found.append(ticket.number)
        ask(work, ticket, *more)

    monkeypatch.setattr(hourly, "_ask", told)
    return found


NARROW = """ruleset: jobs
title: {de: A, en: A}
events: [hour.passed]
default: []
rules:
  - id: waits
    title: {de: A, en: A}
    when:
      all:
        - {fact: ticket.state, op: in, value: [waiting for customer, resolved]}
        - {fact: ticket.priority, op: lt, value: 4}
        - any:
            - {fact: ticket.queue, op: is, value: "Network::VPN"}
            - {fact: ticket.queue, op: starts_with, value: Serv}
        - {fact: ticket.title, op: is_empty, value: false}
    then: [{note: waits long}]
"""


def put(town, number, **values):
    town.do("ada", number, lambda w, t: change_ticket(w, t, values) and None)


@pytest.mark.both_databases
def test_only_what_a_rule_can_be_about_is_looked_at(town, jobs, clock, asked, monkeypatch):
    monkeypatch.setattr(hourly, "AT_ONCE", 2)
    jobs(NARROW)
    numbers = [town.report(type="question", queue="Network::VPN") for _ in range(9)]
    for number in numbers[:6]:
        put(town, number, state="waiting for customer")
    put(town, numbers[0], priority="5 very high")
    put(town, numbers[1], queue="HR")
    put(town, numbers[2], queue="Service Desk::Hardware")
    hours(town, clock, 1)
    assert sorted(asked) == sorted(numbers[2:6])
    assert [notes(town, number) for number in numbers] == [0, 0, 1, 1, 1, 1, 0, 0, 0]
    hours(town, clock, 3)
    assert len(asked) == 4  # each has decided, and decides again in another state only
    put(town, numbers[3], state="open")
    put(town, numbers[3], state="waiting for customer")
    hours(town, clock, 2)
    assert asked[4:] == [numbers[3]]


@pytest.mark.both_databases
def test_a_round_goes_from_state_to_state_by_the_index(town, jobs, clock, asked):
    jobs(NARROW)
    for number in [town.report(type="question", queue="Network") for _ in range(3)]:
        put(town, number, state="waiting for customer")

    def queries_of(work):
        reach = reach_of(work, work.desk.library.release(work.session))
        states = [state.id for state in work.session.query(State) if "waiting for customer" in
                  state.name or state.name == "resolved"]  # fmt: skip
        return sorted(states) == sorted(reach.states), [
            hourly.tickets_of(reach, state, 1).limit(25) for state in reach.states
        ]

    exact, found = town.desk.read(queries_of)
    assert exact
    with town.desk.database.pool.connect() as connection:
        if not town.desk.database.sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for query in found:
            sql = query.compile(connection, compile_kwargs={"literal_binds": True})
            word = "EXPLAIN QUERY PLAN" if town.desk.database.sqlite else "EXPLAIN"
            rows = connection.exec_driver_sql(f"{word} {sql}".replace("%", "%%")).all()
            plan = "\n".join(str(row[-1]) for row in rows)
            assert "state_id" in plan
            assert "SCAN ticket" not in plan
            assert "Seq Scan on ticket" not in plan
            assert "TEMP B-TREE" not in plan


@pytest.mark.both_databases
def test_a_round_that_takes_long_is_told_and_goes_on_where_it_was(
    town, jobs, clock, asked, monkeypatch
):
    monkeypatch.setattr(hourly, "AT_ONCE", 2)
    numbers = [town.report(title="Wait") for _ in range(6)]
    put(town, numbers[0], state="open")
    clock.move(hours=1)
    sweep(town.desk, fire_timer, limit=1)
    before = list(asked)
    assert 0 < len(before) < 6
    assert not [one for one in report(town.desk)["problems"] if "every hour" in one]
    clock.move(hours=1, minutes=5)
    assert [one for one in report(town.desk)["problems"] if "every hour" in one]
    while sweep(town.desk, fire_timer, limit=1):
        pass
    assert asked[: len(before)] == before
    assert sorted(asked) == sorted(numbers)
    assert not [one for one in report(town.desk)["problems"] if "every hour" in one]
