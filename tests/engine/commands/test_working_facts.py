"""Rules see the day, the hour, who works now, and how long a ticket waits in working time."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.catalogue.models import CalendarRow, Queue, Sla
from engine.commands.candidates import read_rules
from engine.commands.facts import facts_of
from engine.commands.known_names import publish_known_rules
from engine.commands.own_fields import create_field
from engine.commands.rules_history import pasts
from engine.commands.tickets import change_ticket
from engine.rules import Asked
from engine.rules.facts import Facts
from engine.tickets.models import Ticket
from tests.town import ROOT

OFFICE = {"zone": "Europe/Berlin", "hours": {"mon-fri": ["08:00-17:00"]}}
NIGHT = {"zone": "Europe/Berlin", "hours": {"mon-sun": ["00:00-08:00", "17:00-24:00"]}}
FRIDAY = datetime(2026, 5, 8, 14, 30, tzinfo=UTC)  # half past four in Berlin


@pytest.fixture
def number(town, clock):
    """A ticket that came on a Friday at half past four, in a desk with office hours and a night."""

    def found(work):
        work.session.merge(CalendarRow(name="standard", document=OFFICE, free_days=""))
        work.session.merge(CalendarRow(name="night", document=NIGHT, free_days=""))

    town.desk.run(found)
    clock.set(FRIDAY)
    return town.report()


def test_a_weekend_adds_nothing_to_a_working_age(town, clock, number):
    assert town.see(number, facts_of)["time.weekday"] == "fri"
    clock.set(datetime(2026, 5, 11, 6, 15, tzinfo=UTC))  # Monday, a quarter past eight
    facts = town.see(number, facts_of)
    assert facts["ticket.working_minutes"] == 30 + 15
    assert (facts["time.weekday"], facts["time.hour"]) == ("mon", 8)
    assert {"standard", "night"} & set(facts["time.calendars"]) == {"standard"}
    clock.set(datetime(2026, 5, 11, 17, 0, tzinfo=UTC))
    open_now = town.see(number, facts_of)["time.calendars"]
    assert {"standard", "night"} & set(open_now) == {"night"}


def test_the_calendar_of_the_queue_s_promise_counts(town, clock, number):
    def promise(work):
        sla = Sla(name="By night", calendar="night", first_response=60, solution=60)
        work.session.add(sla)
        work.session.flush()
        work.session.get(Queue, work.session.query(Ticket).one().queue_id).sla_id = sla.id

    town.desk.run(promise)
    clock.set(datetime(2026, 5, 8, 16, 0, tzinfo=UTC))
    assert town.see(number, facts_of)["ticket.working_minutes"] == 60


def test_the_past_is_told_with_the_working_time_of_its_moments(town, clock, number):
    clock.set(datetime(2026, 5, 11, 7, 0, tzinfo=UTC))
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"priority": 5}) and None)
    (past,) = town.see(number, lambda w, t: pasts(w.session, [t.id]))
    (moment,) = [
        m for m in past.moments if m.event == "ticket.changed" and "ticket.priority" in m.changed
    ]
    assert moment.facts["ticket.working_minutes"] == 30 + 60
    assert moment.facts["time.weekday"] == "mon"


JOBS = """ruleset: jobs
title: {de: J, en: J}
events: [ticket.changed]
rules:
  - id: old
    title: {de: A, en: A}
    when: {all: [{fact: ticket.created, op: older_than_working_hours, value: 1}]}
    then: [{add_tag: old}]
  - id: due
    title: {de: A, en: A}
    when: {all: [{fact: custom.due, op: due_in_working_hours, value: 9}]}
    then: [{add_tag: due}]
  - id: by-day
    title: {de: A, en: A}
    when: {all: [{fact: ticket.created, op: within_calendar, value: standard}]}
    then: [{add_tag: by-day}]
  - id: by-night
    title: {de: A, en: A}
    when: {all: [{fact: ticket.created, op: within_calendar, value: night}]}
    then: [{add_tag: by-night}]
"""


@pytest.fixture
def jobs(town, tmp_path):
    """Rules that reckon with dates are in force, beside an own field for one."""
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    (folder / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    due = {"name": "due", "kind": "date", "title": {"de": "Termin", "en": "Due"}}
    town.desk.run(lambda w: create_field(w, due) and None, town.actor("ada"))
    rules = read_rules(folder)
    town.desk.run(lambda w: publish_known_rules(w, rules) and None)


def test_any_date_is_reckoned_in_working_hours_and_the_answer_is_kept(town, clock, number, jobs):
    clock.set(datetime(2026, 5, 11, 6, 30, tzinfo=UTC))  # Monday, half past eight: one hour
    change(town, number, {"custom": {"due": "2026-05-12"}})
    assert tags(town, number) == {"due", "by-day"}
    clock.set(datetime(2026, 5, 11, 6, 31, 1, tzinfo=UTC))
    change(town, number, {"priority": 5})
    assert "old" in tags(town, number)
    trace = town.see(number, lambda w, t: last_trace(w, t))
    assert trace["facts"]["ticket.created.working_minutes"] == 61
    assert trace["facts"]["ticket.created.calendars"] == ["always", "extended", "standard"]
    asked = Asked(
        town.desk.read(lambda w: w.desk.library.release(w.session)).rulesets["jobs"], trace
    )
    assert asked.why_not("old").kind == "fired"
    assert asked.why_not("by-night").kind == "conditions"


def test_a_dry_run_reckons_as_it_was_then(town, clock, number, jobs):
    clock.set(datetime(2026, 5, 11, 6, 30, tzinfo=UTC))
    change(town, number, {"priority": 5})
    clock.set(datetime(2026, 6, 11, 6, 30, tzinfo=UTC))
    release = town.desk.read(lambda w: w.desk.library.release(w.session))
    (past,) = town.see(number, lambda w, t: pasts(w.session, [t.id]))
    found = {
        rule
        for m in past.of("jobs", ["ticket.changed"])
        for rule in release.answer(
            "jobs", Facts(m.facts, m.changed, m.at, m.times), event=m.event, now=m.at
        )[1]
    }
    assert found == {"by-day"}


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
def test_a_date_ages_away_is_passed_over(town, clock, number, jobs, due):
    change(town, number, {"custom": {"due": due}})
    assert "due" not in tags(town, number)


def change(town, number, wanted):
    town.do("agnes", number, lambda w, t: change_ticket(w, t, wanted) and None)


def tags(town, number):
    return set(town.see(number, lambda w, t: list(t.tags)))


def last_trace(work, ticket):
    query = select(DecisionTrace).where(DecisionTrace.ruleset == "jobs")
    return work.session.scalars(query.order_by(DecisionTrace.id.desc())).first().trace
