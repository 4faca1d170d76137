"""Rules that look every hour decide once about a ticket in its state, however many tickets wait."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from engine.commands import hourly
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.publish import publish_rules
from engine.commands.tickets import change_ticket
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
