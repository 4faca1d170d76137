"""What a ticket is, is said by its text before its process begins, and never against a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.commands.rules_history import pasts
from engine.commands.tickets import NewTicket, create_ticket
from engine.tickets import queries


def told(town, title, body="Guten Tag", channel="email", **more):
    def make(work):
        new = NewTicket(title, body, channel, customer=town.person(work, "clara"), **more)
        return create_ticket(work, new).number

    return town.desk.run(make, town.actor("clara"))


def seen(town, number):
    def look(work, ticket):
        row = queries.instance_of(work.session, ticket)
        return {
            "type": ticket.type.name if ticket.type else "",
            "service": ticket.service.name if ticket.service else "",
            "priority": ticket.priority.rank,
            "process": row.version.key if row else "",
        }

    return town.see(number, look)


@pytest.mark.by_turns
@pytest.mark.parametrize(("title", "body", "kind", "process"), [
    ("Der Scanner ist kaputt", "", "incident", "incident"),
    ("Hilfe", "Mein Programm geht nicht mehr.", "incident", "incident"),
    ("Please give me access to the archive", "", "service request", "service_request"),
    ("Zugriff auf das Archiv", "", "service request", "service_request"),
    ("Where do I find the canteen?", "", "question", "question"),
    ("Your service", "I would like to complain about it.", "complaint", "complaint"),
    ("Change request for the firewall", "", "change", "change"),
])  # fmt: skip
def test_the_type_that_the_text_says_begins_its_process(town, title, body, kind, process):
    found = seen(town, told(town, title, body or "Guten Tag"))
    assert (found["type"], found["process"]) == (kind, process)


def test_service_and_priority_are_read_from_the_text(town):
    found = seen(town, told(town, "DATEV startet nicht", "Wir können nicht arbeiten."))
    assert (found["type"], found["service"]) == ("incident", "Business applications")
    assert found["priority"] == 4


@pytest.mark.by_turns
@pytest.mark.parametrize("chosen", [
    {"type": "question"}, {"service": "Onboarding"}, {"priority": 2}, {"priority": 5},
])  # fmt: skip
def test_what_somebody_has_chosen_is_never_overwritten(town, chosen):
    title, body = "Excel is broken", "I cannot work at all."
    number = told(town, title, body, channel="phone", queue="Complaints", placed=True, **chosen)
    first = town.see(number, lambda w, t: pasts(w.session, [t.id]))[0].moments[0].facts
    ((name, value),) = chosen.items()
    assert first[f"ticket.{name}"] == value
    by_rules = town.see(number, lambda w, t: queries.history(w.session, t))
    assert not [e for e in by_rules if e.what == name and "classification" in e.reason]


def test_spam_and_subtasks_are_not_looked_at(town):
    assert seen(town, told(town, "Your printer is broken", tags=["spam"]))["type"] == ""
    assert seen(town, told(town, "Repair what is broken", channel="note"))["type"] == ""


def test_the_history_says_why_and_a_dry_run_asks_at_the_same_moment(town):
    number = told(town, "Der Scanner ist kaputt")
    (trace,) = town.see(number, lambda w, t: list(w.session.scalars(
        select(DecisionTrace).where(DecisionTrace.ruleset == "classification"))))  # fmt: skip
    assert (trace.event, trace.trace["facts"]["ticket.type"]) == ("ticket.arrived", "")
    (past,) = town.see(number, lambda w, t: pasts(w.session, [t.id]))
    (moment,) = [m for m in past.moments if m.event == "ticket.arrived"]
    assert (moment.facts["ticket.type"], moment.facts["ticket.service"]) == ("", "")
    after = next(m for m in past.moments if m.event == "ticket.created")
    assert after.facts["ticket.type"] == "incident"
    release = town.desk.read(lambda w: w.desk.library.release(w.session))
    again = release.evaluate("classification", moment.facts, event=moment.event, now=moment.at)
    assert again.matched == ("incident",)


def test_nobody_is_told_of_a_change_before_the_ticket_is_there(town):
    number = told(town, "Der Scanner ist kaputt")
    events = town.see(number, lambda w, t: list(w.session.scalars(
        select(DecisionTrace.event).order_by(DecisionTrace.id))))  # fmt: skip
    assert events[0] == "ticket.arrived"
    assert "ticket.changed" not in events[: events.index("asked")]


@pytest.mark.by_turns
@pytest.mark.parametrize("text", ["", "\x00", "<b>kaputt</b>" * 3000, "ß\u0130😀" * 500])
def test_odd_texts_are_borne(town, text):
    number = told(town, text[:200].replace("\x00", ""), text)
    assert seen(town, number)["type"] in ("", "incident")
