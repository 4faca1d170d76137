"""The life of a ticket: created, worked through its process, closed, reopened, merged."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.commands.articles import add_note, customer_answer, forward
from engine.commands.changes import add_tag
from engine.commands.merge import merge_tickets
from engine.commands.steps import form_of
from engine.commands.tickets import (
    change_ticket,
    close_ticket,
    reopen_ticket,
)
from engine.errors import Conflict, Invalid
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.flow import ProcessInstance
from engine.tickets.fulltext import matching
from engine.tickets.models import Participant


def test_a_report_gets_a_number_a_queue_by_rule_and_a_step_that_waits(town):
    number = town.report(title="VPN drops")
    assert number.startswith("20260302")
    assert len(number) == 16
    assert town.see(number, lambda w, t: t.queue.name) == "Network::VPN"
    assert town.steps(number) == ["triage"]
    history = town.see(number, lambda w, t: queries.history(w.session, t))
    moved = next(entry for entry in history if entry.what == "queue")
    assert (moved.cause, moved.after) == ("rule", "Network::VPN")
    assert moved.trace_id is not None
    assert moved.cause_ref["ruleset"] == "routing"


def test_a_ticket_is_worked_confirmed_and_closed_by_its_last_end_event(town):
    number = town.report()
    town.complete(
        "agnes",
        number,
        "triage",
        {"queue": "Network::VPN", "impact": "person", "priority": "4 high"},
    )
    town.complete(
        "agnes", number, "work", {"work_result": "solved", "message": "Please try again."}
    )
    assert town.see(number, lambda w, t: t.state.name) == "resolved"
    town.complete("clara", number, "confirm", {"settled": "yes"})
    assert town.see(number, lambda w, t: (t.state.name, t.closed_at is not None)) == (
        "closed successful",
        True,
    )
    assert town.steps(number) == []


def test_closing_by_hand_cancels_the_process_with_the_cause(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t, reason="reported twice"))
    assert town.steps(number) == []
    history = town.see(number, lambda w, t: queries.history(w.session, t))
    ended = next(e for e in history if e.what == "process" and e.after == "cancelled")
    assert ended.reason == "reported twice"


def test_reopening_after_the_real_end_starts_a_new_instance(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    town.do("agnes", number, lambda w, t: reopen_ticket(w, t, "it is back"))
    query = select(ProcessInstance.status).order_by(ProcessInstance.id)
    assert town.see(number, lambda w, t: w.session.scalars(query).all()) == ["cancelled", "running"]
    assert town.see(number, lambda w, t: t.state.name) in ("new", "open")


def test_an_answer_to_a_solved_ticket_brings_it_back_to_the_agents(town):
    number = town.report()
    town.complete(
        "agnes",
        number,
        "triage",
        {"queue": "Network::VPN", "impact": "person", "priority": "4 high"},
    )
    town.complete(
        "agnes", number, "work", {"work_result": "solved", "message": "Please try again."}
    )
    town.do("clara", number, lambda w, t: customer_answer(w, t, "Still broken."))
    assert town.steps(number) == ["work"]
    assert town.see(number, lambda w, t: t.state.name) == "open"


def test_moving_the_ticket_takes_its_free_steps_along_and_frees_them_for_the_new_team(town):
    number = town.report()
    from engine.commands.steps import claim
    from engine.commands.tickets import change_ticket

    def take(work, ticket):
        claim(work, queries.open_items(work.session, ticket)[0])

    town.do("agnes", number, take)
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Purchasing"}))

    def where(work, ticket):
        item = queries.open_items(work.session, ticket)[0]
        return item.queue.name, item.person_id, ticket.owner_id

    assert town.see(number, where) == ("Purchasing", None, None)


def test_merging_moves_the_articles_and_ends_the_source(town):
    first, second = town.report(title="VPN one"), town.report(title="VPN two")

    def merge(work):

        merge_tickets(work, ticket_for(work, first), ticket_for(work, second))

    town.desk.run(merge, town.actor("agnes"))
    assert town.see(first, lambda w, t: (t.state.name, t.merged_into.number)) == ("merged", second)
    texts = town.see(
        second, lambda w, t: [a.subject for a in queries.articles(w.session, w.actor, t)]
    )
    assert "VPN one" in texts
    assert "VPN two" in texts


def test_numbers_stay_unique_when_many_are_made_at_once(town):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: town.report(title=f"VPN {n}"), range(12)))
    assert len(set(numbers)) == 12


def test_a_question_that_is_an_incident_goes_on_in_the_process_of_incidents(town):
    number = town.report(title="Why does my screen flicker?", type="question")
    form = town.see(number, lambda w, t: form_of(w, queries.open_items(w.session, t)[0]).schema)
    outcome = next(
        name for name, field in form["properties"].items() if "incident" in field.get("enum", [])
    )
    town.complete("agnes", number, "answer", {outcome: "incident"})
    assert town.see(number, lambda w, t: t.type.name) == "incident"
    assert town.see(number, lambda w, t: t.state.ended) is False
    assert town.steps(number) == ["triage"]


def test_a_ticket_is_moved_only_to_where_one_may_put_tickets(town):
    number = town.report()
    for queue in ("Purchasing", "No such queue"):
        with pytest.raises(Invalid) as caught:
            town.do("agnes", number, lambda w, t, q=queue: change_ticket(w, t, {"queue": q}))
        assert caught.value.fields == {"queue": "unknown"}
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"queue": "Service Desk"}))
    assert town.see(number, lambda w, t: t.queue.name) == "Service Desk"


def merged(town, first, second, by="agnes"):
    def merge(work):
        merge_tickets(work, ticket_for(work, first), ticket_for(work, second))

    town.desk.run(merge, town.actor(by))


def said(town, number, reader=None):
    """The subjects or, where there is none, the texts that somebody reads on a ticket."""
    actor = town.actor(reader) if reader else None

    def read(work, ticket):
        rows = queries.articles(work.session, actor or work.actor, ticket)
        return [row.subject or row.body for row in rows]

    return town.see(number, read)


def test_merging_tickets_of_two_customers_takes_nothing_from_either(town):
    first, second = town.report(by="clara", title="VPN one"), town.report(by="sam", title="VPN two")
    town.do("agnes", first, lambda w, t: add_note(w, t, "The tunnel is broken."))
    merged(town, first, second)
    assert "VPN one" not in said(town, second)
    assert "The tunnel is broken." in said(town, second)
    assert "The tunnel is broken." not in said(town, second, "sam")
    assert said(town, first, "clara")[0] == "VPN one"


def test_who_took_part_in_a_merged_ticket_is_no_stranger_on_the_other(town):
    first, second = town.report(title="VPN one"), town.report(title="VPN two")
    vendor = "help@vendor.example"
    town.do("agnes", first, lambda w, t: forward(w, t, vendor, "Please look."))
    town.do("agnes", second, lambda w, t: forward(w, t, vendor, "Please look."))
    town.do("agnes", first, lambda w, t: forward(w, t, "second@vendor.example", "You too."))
    merged(town, first, second)

    def taking_part(work, ticket):
        query = select(Participant.address).where(Participant.ticket_id == ticket.id)
        return sorted(work.session.scalars(query))

    assert town.see(second, taking_part) == [vendor, "second@vendor.example"]
    assert town.see(first, taking_part) == []


def test_a_merged_ticket_is_found_by_what_moved_to_it(town):
    first, second = town.report(title="VPN one"), town.report(title="VPN two")
    town.do("agnes", first, lambda w, t: add_note(w, t, "Seen with the Zyxelator."))
    merged(town, first, second)

    def found(work):
        wanted = queries.Filter(text_ids=matching(work.session, "zyxelator"))
        return {row.number for row in queries.tickets(work.session, work.actor, wanted)}

    assert second in town.desk.read(found)


def test_nothing_is_merged_without_saying_into_what(town):
    number = town.report()
    for command in (
        lambda w, t: change_ticket(w, t, {"state": "merged"}),
        lambda w, t: close_ticket(w, t, "merged"),
    ):
        with pytest.raises(Invalid, match="into which"):
            town.do("agnes", number, command)
    assert town.steps(number) == ["triage"]


def test_a_customers_answer_opens_an_ended_ticket_again_whatever_the_door(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    town.do("clara", number, lambda w, t: customer_answer(w, t, "It is back.", channel="api"))
    assert town.steps(number) == ["triage"]
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    states = [(e.before, e.after) for e in entries if e.what == "state"]
    assert ("closed successful", "open") in states


def test_a_queue_that_takes_no_answers_to_ended_tickets_refuses_them_and_keeps_none(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    town.do("agnes", number, lambda w, t: setattr(t.queue, "follow_up", "reject"))
    with pytest.raises(Conflict, match="send a new one"):
        town.do("clara", number, lambda w, t: customer_answer(w, t, "It is back."))
    assert "It is back." not in said(town, number)


def test_what_happens_in_the_same_instant_is_a_change_all_the_same(town):
    """The clock of the town stands still, so that nothing else tells the two changes apart."""
    number = town.report()
    town.do("agnes", number, lambda w, t: add_note(w, t, "First.") and None)
    seen = town.see(number, lambda w, t: t.edition)
    town.do("agnes", number, lambda w, t: add_tag(w, t, "printer") and None)
    with pytest.raises(Conflict):
        town.do("agnes", number, lambda w, t: change_ticket(w, t, {"title": "x"}, version=seen))
