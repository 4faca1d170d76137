"""Tickets move through their diagrams: in parallel, by time, by message, each with its cause."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.catalogue.models import State
from engine.catalogue.published import ProcessInForce
from engine.commands.articles import customer_answer
from engine.commands.due import fire_timer
from engine.commands.incidents import retry
from engine.commands.processes import opened, send_message, settle
from engine.errors import Conflict
from engine.health import report
from engine.tickets import queries
from engine.tickets.flow import ProcessInstance, StepLog, Subscription
from engine.tickets.overview import incident_page
from engine.timers.models import Timer
from tests.lost import unmoved

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


def fire_due(town):
    """Everything due now, again until nothing is, as the worker does."""

    def command(work):
        due = select(Timer).where(Timer.due_at <= work.now).order_by(Timer.due_at, Timer.id)
        rows = list(work.session.scalars(due))
        for timer in rows:
            fire_timer(work, timer)
        return len(rows)

    for _ in range(20):
        if not town.desk.run(command):
            return
    raise AssertionError("timers never come to rest")


def state(town, number):
    return town.see(number, lambda w, t: t.state.name)


def test_a_request_is_approved_provided_in_parallel_and_joined(town):
    number = town.report(title="A laptop and access", type="service request")
    town.complete("max", number, "decide", {"decision": "approved"})
    assert sorted(town.steps(number)) == ["provide_access", "provide_hardware"]
    town.complete(
        "bruno", number, "provide_hardware", {"hardware_result": "provided", "asset_tag": "NB-1"}
    )
    assert town.steps(number) == ["provide_access"]
    town.complete(
        "agnes", number, "provide_access", {"access_result": "provided", "account": "clara"}
    )
    assert [s.rsplit("/", 1)[-1] for s in town.steps(number)] == ["confirm"]
    town.complete("clara", number, "confirm", {"settled": "yes"})
    assert state(town, number) == "closed successful"


def test_a_refused_request_is_closed_unsuccessfully_and_the_customer_is_told(town):
    number = town.report(title="A gold laptop", type="service request")
    town.complete("max", number, "decide", {"decision": "refused", "decision_reason": "Too dear."})
    assert state(town, number) == "closed unsuccessful"
    said = town.see(number, lambda w, t: queries.articles(w.session, w.actor, t)[-1])
    assert said.automatic
    assert said.visible


def test_the_customers_silence_closes_a_solved_incident_after_five_days(town, clock):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    clock.move(days=4, hours=23)
    fire_due(town)
    assert state(town, number) == "resolved"
    clock.move(hours=2)
    fire_due(town)
    assert state(town, number) == "closed successful"
    closed = town.see(number, lambda w, t: queries.history(w.session, t))
    ending = next(e for e in closed if e.what == "state" and e.after == "closed successful")
    assert ending.cause == "step"
    assert ending.cause_ref["version"] == "incident v1"


def test_after_an_outage_everything_due_happens_once_and_in_order(town, clock):
    numbers = [town.report(title=f"VPN {n}") for n in range(3)]
    for number in numbers:
        town.complete("agnes", number, "triage", TRIAGE)
        town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which one?"})
        clock.move(minutes=1)
    clock.move(days=30)
    fire_due(town)
    # The reminder has gone out late, so the seven days that follow it begin late too.
    assert {state(town, number) for number in numbers} == {"waiting for customer"}
    clock.move(days=8)
    fire_due(town)
    assert {state(town, number) for number in numbers} == {"closed unsuccessful"}
    assert town.desk.read(lambda w: w.session.scalars(select(Timer)).all()) == []


def test_a_message_nobody_awaits_changes_nothing(town):
    number = town.report()
    assert town.do("agnes", number, lambda w, t: send_message(w, t, "confirm")) is False
    assert town.steps(number) == ["triage"]


def test_rows_tell_what_the_instance_waits_for_and_vanish_with_it(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    waits = select(Subscription.message).distinct()
    messages = set(town.desk.read(lambda w: w.session.scalars(waits).all()))
    assert {"confirm", "reopen", "customer_replied"} <= messages
    town.complete("clara", number, "confirm", {"settled": "yes"})
    assert town.desk.read(lambda w: w.session.scalars(waits).all()) == []


def test_the_path_is_written_down_step_by_step(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    query = select(StepLog.step_id).where(StepLog.outcome == "completed").order_by(StepLog.id)
    path = town.desk.read(lambda w: w.session.scalars(query).all())
    assert path[:4] == ["reported", "set_priority", "route", "triage"]


def test_the_stored_state_holds_no_diagram_and_does_not_grow_with_rework(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)

    def size():
        import json

        row = select(ProcessInstance.document)
        return town.desk.read(lambda w: len(json.dumps(w.session.scalars(row).one())))

    sizes = []
    for _ in range(4):
        town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
        sizes.append(size())
        town.complete("clara", number, "confirm", {"settled": "no", "comment": "Not yet."})
    assert max(sizes) - min(sizes) < 200
    assert max(sizes) < 20_000


def test_no_open_ticket_is_without_somebody_or_something_that_moves_it(town):
    for kind in ("incident", "service request", "question", "change", "complaint"):
        town.report(title=f"About {kind}", type=kind)
    assert unmoved(town.desk) == []


def test_who_approved_a_request_may_read_on_but_not_speak(town):
    import pytest

    from engine.errors import NotAllowed

    number = town.report(title="A laptop", type="service request")
    town.complete("max", number, "decide", {"decision": "approved"})
    assert town.do("max", number, lambda w, t: t.number) == number
    with pytest.raises(NotAllowed):
        town.do("max", number, lambda w, t: customer_answer(w, t, "And a bag."))


def test_a_ticket_that_nothing_places_takes_the_default_process(town):
    number = town.report(title="Hello", type=None)
    key = town.see(number, lambda w, t: queries.instance_of(w.session, t).version.key)
    assert key == "incident"


def test_reclassifying_ends_one_process_and_starts_the_other(town):
    from engine.commands.reclassify import reclassify

    number = town.report()
    town.do("agnes", number, lambda w, t: reclassify(w, t, "complaint", "not a fault"))

    def instances(work, ticket):
        query = select(ProcessInstance).order_by(ProcessInstance.id)
        return [(row.version.key, row.status) for row in work.session.scalars(query)]

    assert town.see(number, instances) == [("incident", "cancelled"), ("complaint", "running")]


def test_another_process_is_given_the_answers_that_it_asks_for_itself(town):
    from engine.catalogue.models import TicketType
    from engine.catalogue.queries import by_name
    from engine.commands.reclassify import outlook, reclassify
    from engine.commands.steps import initial_values

    answers = {"impact": "site", "wish": "Hurry", "work_result": "not one of the answers"}
    number = town.report(type="question", answers=answers)

    def ahead(work, ticket):
        found = outlook(work, ticket, by_name(work.session, TicketType, "incident"))
        return found.begins.key, {one.name: one.value for one in found.answers}

    assert town.see(number, ahead) == ("incident", {"impact": "site"})
    town.do("agnes", number, lambda w, t: reclassify(w, t, "incident"))

    def asked(work, ticket):
        return initial_values(work, queries.open_items(work.session, ticket)[0])

    shown = town.see(number, asked)
    assert shown["impact"] == "site"
    assert "wish" not in shown


def test_a_ticket_that_has_ended_is_not_reclassified(town):
    from engine.commands.reclassify import reclassify
    from engine.commands.tickets import close_ticket

    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    with pytest.raises(Conflict, match="has ended"):
        town.do("agnes", number, lambda w, t: reclassify(w, t, "question"))
    assert town.see(number, lambda w, t: (t.type.name, t.state.ended)) == ("incident", True)


def test_what_a_diagram_does_to_the_clocks_and_the_type_has_the_diagram_as_its_cause(town):
    number = town.report(title="Why does my screen flicker?", type="question", sla="standard")
    town.complete("agnes", number, "answer", {"answer_result": "ask", "message": "Which one?"})
    town.do("clara", number, lambda w, t: customer_answer(w, t, "The left one."))
    town.complete("agnes", number, "answer", {"answer_result": "incident"})
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    moved = [e for e in entries if e.what == "clock" and ("rests" in e.after or "runs" in e.after)]
    kind = [e for e in entries if e.what == "type"]
    assert moved
    assert kind
    assert {(e.cause, e.actor) for e in [*moved, *kind]} == {("step", "Vorgang")}
    assert all(e.reason for e in [*moved, *kind])


def complaint(town):
    """A complaint that has to be acknowledged within four hours."""
    return town.report(title="Nobody called back", type="complaint", queue="Complaints")


def was_told(town, number):
    """Whether somebody was told that the complaint had not been acknowledged."""
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    return any(e.what == "notice" and "not_acknowledged" in e.after for e in entries)


def move_timer(town, due_at):
    def move(work):
        work.session.scalars(select(Timer).where(Timer.kind == "step")).one().due_at = due_at

    town.desk.run(move)


def test_a_step_timer_that_was_moved_earlier_fires_at_its_new_time(town, clock):
    number = complaint(town)
    move_timer(town, clock.now + timedelta(hours=1))
    clock.move(hours=1)
    fire_due(town)
    assert was_told(town, number)


def test_a_step_timer_that_was_moved_later_waits_whatever_else_happens(town, clock):
    number = complaint(town)
    later = clock.now + timedelta(hours=8)
    move_timer(town, later)
    clock.move(hours=5)

    def touch(work, ticket):
        row = queries.instance_of(work.session, ticket)
        definition, instance, hooks = opened(work, ticket, row)
        settle(work, ticket, row, definition, instance, instance.retry(work.now), hooks)

    town.do("ada", number, touch)
    fire_due(town)
    due = select(Timer.due_at).where(Timer.kind == "step")
    assert town.see(number, lambda w, t: w.session.scalars(due).all()) == [later]
    assert not was_told(town, number)
    clock.move(hours=3)
    fire_due(town)
    assert was_told(town, number)


def test_a_step_is_due_when_the_timer_on_its_border_says_so(town, clock):
    number = complaint(town)
    due = clock.now + timedelta(hours=4)

    def acknowledging(work, ticket):
        item = queries.open_items(work.session, ticket)[0]
        return item.due_at, item.soonest <= due

    assert town.see(number, acknowledging) == (due, True)
    clock.move(hours=5)
    fire_due(town)
    assert town.see(number, acknowledging) == (due, True)


def unpublish(town, *keys):
    """Take processes out of force; the rows that put them back."""

    def take_away(work):
        rows = [work.session.get_one(ProcessInForce, key) for key in keys]
        for row in rows:
            work.session.delete(row)
        columns = ProcessInForce.__table__.columns.keys()
        return [{name: getattr(row, name) for name in columns} for row in rows]

    return town.desk.run(take_away)


def test_a_queue_whose_process_is_not_there_takes_the_default_one_and_says_so(town):
    unpublish(town, "change")
    number = town.report(type="change")
    process = town.see(number, lambda w, t: queries.instance_of(w.session, t).version.key)
    assert process == "incident"
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    assert [(e.before, e.after) for e in entries if e.what == "process problem"] == [
        ("change", "incident")
    ]


def test_a_desk_without_any_process_keeps_the_ticket_and_shows_that_it_stands_still(town):
    keys = ("incident", "question", "change", "complaint", "service_request")
    rows = unpublish(town, *keys)
    number = town.report()
    stopped = town.see(number, lambda w, t: queries.incidents(w.session, t))
    assert len(stopped) == 1
    assert "incident" in stopped[0].message
    found = report(town.desk)
    assert found["figures"]["incidents"] == 1
    assert [key for _, key in town.desk.read(lambda w: incident_page(w.session))] == [""]

    def again(work, ticket):
        retry(work, queries.incidents(work.session, ticket)[0])

    town.do("ada", number, again)
    assert len(town.see(number, lambda w, t: queries.incidents(w.session, t))) == 1
    town.desk.run(lambda w: w.session.add_all(ProcessInForce(**row) for row in rows))
    town.do("ada", number, again)
    assert town.see(number, lambda w, t: queries.incidents(w.session, t)) == []
    assert town.steps(number) == ["triage"]


def call_state(town, name, kind):
    change = update(State).where(State.name == name).values(type=kind)
    town.desk.run(lambda w: w.session.execute(change) and None)


def test_a_step_on_the_way_never_ends_the_ticket_whatever_its_state_has_become(town):
    call_state(town, "waiting for customer", "closed successful")
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which client?"})
    assert state(town, number) == "open"


def test_an_end_never_leaves_a_ticket_merged_into_nothing(town):
    call_state(town, "closed unsuccessful", "merged")
    number = town.report(title="A gold laptop", type="service request")
    town.complete("max", number, "decide", {"decision": "refused", "decision_reason": "Too dear."})
    assert state(town, number) == "closed successful"
