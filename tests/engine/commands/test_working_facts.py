"""Rules see the day, the hour, who works now, and how long a ticket waits in working time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.catalogue.models import CalendarRow, Queue, Sla
from engine.commands.facts import facts_of
from engine.commands.rules_history import pasts
from engine.commands.tickets import change_ticket
from engine.tickets.models import Ticket

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
