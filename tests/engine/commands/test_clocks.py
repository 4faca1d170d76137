"""Clocks count working time, rest while the customer is asked, warn, break and stop."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engine.catalogue.models import Queue, Service, Sla
from engine.commands import clock_promises
from engine.commands import due as due_timers
from engine.commands.articles import reply
from engine.commands.clocks import seconds_left
from engine.commands.clocks_recount import differing
from engine.commands.due import fire_timer
from engine.commands.tickets import change_ticket, close_ticket, reopen_ticket
from engine.errors import Invalid
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
    """Let everything due happen, one after the other; how much that was."""

    def command(work):
        due = select(Timer).where(Timer.due_at <= work.now).order_by(Timer.due_at, Timer.id)
        timer = work.session.scalars(due).first()
        if timer is not None:
            fire_timer(work, timer)
        return timer is not None

    return next(count for count in range(1000) if not town.desk.run(command))


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
    assert events.count("clock.warning") == 3  # gold warns at 50, 75 and 90 percent
    assert events.count("clock.breached") == 1
    assert town.see(number, lambda w, t: t.priority.rank) == 4


def test_an_answer_in_the_second_in_which_it_is_due_is_kept_whoever_comes_first(
    town, clock, monkeypatch
):
    usual, heard = due_timers.follow_up, []

    def hear(work, ticket, event, **facts):
        heard.append((ticket.number, event, facts["clock__left_minutes"]))
        usual(work, ticket, event, **facts)

    monkeypatch.setattr(due_timers, "follow_up", hear)
    answered, ignored = town.report(sla="gold"), town.report(sla="gold")
    clock.move(minutes=60)
    fire_all(town)
    assert clocks(town, answered)["first_response"][4] is None
    town.do("agnes", answered, lambda w, t: reply(w, t, "Just in time."))
    clock.move(seconds=1)
    fire_all(town)
    due = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    breached = [clocks(town, number)["first_response"][4] for number in (answered, ignored)]
    assert breached == [None, due]
    breaches = [one for one in heard if one[1] == "clock.breached"]
    assert breaches == [(ignored, "clock.breached", 0)]


@pytest.mark.parametrize("before", ["", "gold"])
def test_what_a_refused_change_did_to_the_clocks_is_undone_with_it(town, before):
    number = town.report(sla=before or None)

    def again(work, ticket):
        with suppress(Invalid), work.session.begin_nested():
            change_ticket(work, ticket, {"sla": "" if before else "standard"})
            raise Invalid("Not like this.")
        change_ticket(work, ticket, {"sla": "standard"})

    town.do("ada", number, again)
    assert len(clocks(town, number)) == 2
    assert town.desk.read(lambda work: differing(work.session).differing) == []


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


def set_sla(town, number, name, by="ada"):
    town.do(by, number, lambda w, t: change_ticket(w, t, {"sla": name}))


def timers(town):
    query = select(Timer.due_at).where(Timer.kind == "clock").order_by(Timer.due_at)
    return list(town.desk.read(lambda w: w.session.scalars(query).all()))


def promise_of(town, **slas):
    """Let queues and services (`Network__VPN="gold"`) promise an SLA."""

    def command(work):
        for name, sla in slas.items():
            full = name.replace("__", "::").replace("_", " ")
            kind = Service if work.session.scalar(select(Service).filter_by(name=full)) else Queue
            row = work.session.scalars(select(kind).filter_by(name=full)).one()
            row.sla_id = work.session.scalars(select(Sla.id).filter_by(name=sla)).one()

    town.desk.run(command)


def sla_of(town, number):
    return town.see(number, lambda w, t: (t.sla.name if t.sla else None, t.sla_source))


def test_a_ticket_without_an_sla_has_no_clocks_and_all_its_time_counts_for_the_next(town, clock):
    number = town.report(sla="standard")
    clock.move(hours=1)
    set_sla(town, number, "")
    assert clocks(town, number) == {}
    assert timers(town) == []
    clock.move(hours=1)
    set_sla(town, number, "standard")
    found = clocks(town, number)
    assert found["first_response"][:3] == (datetime(2026, 3, 2, 13, 0, tzinfo=UTC), 2 * HOUR, None)
    assert found["solution"][1:3] == (22 * HOUR, None)
    assert len(timers(town)) == 2


def test_a_reply_while_no_sla_promised_one_is_measured_by_none(town, clock):
    number = town.report(sla="standard")
    set_sla(town, number, "")
    town.do("agnes", number, lambda w, t: reply(w, t, "We are on it."))
    set_sla(town, number, "standard")
    found = clocks(town, number)
    assert list(found) == ["solution"]
    assert found["solution"][2] is None


def test_an_sla_that_comes_after_the_reply_promises_no_first_response(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: reply(w, t, "We are on it."))
    set_sla(town, number, "standard")
    assert list(clocks(town, number)) == ["solution"]


def test_an_sla_that_comes_while_the_customer_is_asked_rests_at_once(town, clock):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    set_sla(town, number, "standard")
    clock.move(hours=2)
    assert clocks(town, number)["solution"][:2] == (None, 24 * HOUR)


def test_another_sla_after_a_breach_warns_and_breaks_anew(town, clock):
    number = town.report(sla="gold")
    clock.move(minutes=61)
    fire_all(town)
    assert clocks(town, number)["first_response"][4] is not None
    set_sla(town, number, "standard")
    assert clocks(town, number)["first_response"][3:] == (None, None)
    clock.move(hours=3)
    fire_all(town)
    fire_all(town)
    assert clocks(town, number)["first_response"][4] == datetime(2026, 3, 2, 13, 0, tzinfo=UTC)

    def breaches(work, ticket):
        entries = queries.history(work.session, ticket)
        return [h for h in entries if (h.what, h.after) == ("clock", "breached")]

    assert len(town.see(number, breaches)) == 2


def test_another_sla_that_is_broken_too_stays_broken(town, clock):
    number = town.report(sla="gold")
    clock.move(hours=5)
    fire_all(town)
    set_sla(town, number, "standard")
    assert clocks(town, number)["first_response"][4] is not None


def test_an_sla_on_an_ended_ticket_starts_nothing(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    set_sla(town, number, "standard")
    assert (clocks(town, number), timers(town)) == ({}, [])


def test_a_reopened_ticket_has_its_solution_clock_again(town, clock):
    number = town.report(sla="standard")
    clock.move(hours=1)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    clock.move(hours=2)
    town.do("agnes", number, lambda w, t: reopen_ticket(w, t, "It is back"))
    found = clocks(town, number)
    assert found["solution"][1:3] == (23 * HOUR, None)
    assert found["first_response"][2] is not None


def test_a_service_does_not_overwrite_an_sla_that_somebody_gave(town):
    promise_of(town, Workplace="standard")
    number = town.report(sla="gold")
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"service": "Workplace"}))
    assert sla_of(town, number) == ("gold", "given")


def test_a_service_fills_an_empty_sla_and_replaces_that_of_a_queue(town):
    promise_of(town, Workplace="gold", HR="standard")
    number = town.report(queue="HR", type="question")
    assert sla_of(town, number) == ("standard", "queue")
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"service": "Workplace"}))
    assert sla_of(town, number) == ("gold", "service")
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Purchasing"}))
    assert sla_of(town, number) == ("gold", "service")


def test_the_sla_of_a_queue_follows_the_move_and_keeps_the_time_used(town, clock):
    promise_of(town, HR="standard", Purchasing="gold")
    number = town.report(queue="HR", type="question")
    clock.move(hours=1)
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Purchasing"}))
    assert sla_of(town, number) == ("gold", "queue")
    assert clocks(town, number)["solution"][1] == 7 * HOUR
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Postmaster"}))
    assert (sla_of(town, number), clocks(town, number)) == ((None, ""), {})


def test_rules_that_move_a_ticket_bring_the_sla_of_its_queue(town):
    # Routing sends what mentions a VPN to Network::VPN.
    promise_of(town, Network__VPN="gold")
    number = town.report()
    assert town.see(number, lambda w, t: t.queue.name) == "Network::VPN"
    assert sla_of(town, number) == ("gold", "queue")
    assert clocks(town, number)["solution"][1] == 8 * HOUR


def test_an_sla_that_somebody_gave_stays_when_the_ticket_moves(town):
    promise_of(town, HR="standard", Purchasing="standard")
    number = town.report(queue="HR", type="question")
    set_sla(town, number, "gold")
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Purchasing"}))
    assert sla_of(town, number) == ("gold", "given")


def test_calendars_that_other_threads_forget_meanwhile_are_read_again(town, monkeypatch):
    class Forgetful(dict):
        def __setitem__(self, key, value):
            pass

    monkeypatch.setattr(clock_promises, "_CALENDARS", Forgetful())
    number = town.report(sla="standard")
    town.do("agnes", number, lambda w, t: reply(w, t, "We come and look.") and None)
    assert clocks(town, number)["first_response"][2] is not None
