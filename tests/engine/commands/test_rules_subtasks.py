"""A rule makes a ticket below another one, and comes to an end."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from engine.commands.between import children_of
from engine.commands.candidates import read_rules
from engine.commands.known_names import publish_known_rules
from engine.commands.own_fields import create_field
from engine.commands.tickets import change_ticket
from engine.errors import Invalid
from engine.rules import explain
from engine.tickets import queries
from engine.tickets.models import Ticket
from tests.town import ROOT

RULE = """ruleset: subtasks
title: {de: A, en: A}
events: [ticket.created]
rules:
  - id: wire
    title: {de: Verkabelung, en: Wiring}
    then: [{create_ticket: {title: Lay the cable, queue: QUEUE}}]
"""


@pytest.fixture
def put(town, tmp_path):
    def publish(queue):
        folder = tmp_path / "rules"
        shutil.copytree(ROOT / "rules", folder)
        (folder / "subtasks.yaml").write_text(RULE.replace("QUEUE", queue), encoding="utf-8")
        rules = read_rules(folder)
        town.desk.run(lambda w: publish_known_rules(w, rules) and None)

    return publish


def test_a_subtask_is_made_in_its_queue_and_makes_none_without_end(town, put):
    put("Network")
    number = town.report()

    def ask(work, ticket):
        made = work.session.scalars(select(Ticket).where(Ticket.id != ticket.id)).all()
        traces = queries.traces(work.session, ticket)
        (trace,) = [one.trace for one in traces if one.ruleset == "subtasks"]
        return [(one.title, one.queue.name) for one in made], trace

    made, trace = town.see(number, ask)
    assert set(made) == {("Lay the cable", "Network")}
    assert len(made) <= 3
    assert "created the subtask “Lay the cable”" in explain(trace, None, "en")
    assert "hat das untergeordnete Ticket „Lay the cable“ angelegt" in explain(trace, None, "de")


def test_a_queue_that_is_not_there_is_found_before(put):
    with pytest.raises(Invalid) as found:
        put("Nowhere")
    assert "unknown-name" in [problem.code for problem in found.value.problems]


def rule(then, events="[ticket.created]"):
    return RULE.replace("[{create_ticket: {title: Lay the cable, queue: QUEUE}}]", then).replace(
        "[ticket.created]", events
    )


@pytest.fixture
def publish(town, tmp_path):
    def put(text):
        folder = tmp_path / "rules"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "rules", folder)
        (folder / "subtasks.yaml").write_text(text, encoding="utf-8")
        rules = read_rules(folder)
        town.desk.run(lambda w: publish_known_rules(w, rules) and None)

    return put


def others(town, number):
    """The other tickets: title, process, and whether they lie below this one."""

    def ask(work, ticket):
        made = work.session.scalars(select(Ticket).where(Ticket.id != ticket.id)).all()
        below = set(children_of(work, ticket.id))
        return [
            (one.title, queries.instance_of(work.session, one).version.key, one.id in below)
            for one in made
        ]

    return town.see(number, ask)


def test_a_process_is_started_below_the_ticket_which_keeps_its_own(town, publish):
    number = town.report()
    publish(rule("[{start_process: {process: change, title: Replace the switch, queue: Network}}]",
                 "[ticket.changed]"))  # fmt: skip
    own = town.see(number, lambda w, t: queries.instance_of(w.session, t).id)
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"priority": 5}) and None)
    assert others(town, number) == [("Replace the switch", "change", True)]
    assert town.see(number, lambda w, t: queries.instance_of(w.session, t).id) == own


def test_rules_that_start_what_starts_them_come_to_an_end(town, publish):
    publish(rule("[{start_process: {process: question}}]"))
    number = town.report()
    assert 0 < len(others(town, number)) <= 3
    said = town.see(number, lambda w, t: [e.what for e in queries.history(w.session, t)])
    assert "created" in said


@pytest.mark.by_turns
@pytest.mark.parametrize("then", [
    "[{start_process: {process: nothing}}]", "[{start_process: {process: rules_approval}}]",
    "[{start_process: {process: question, queue: Nowhere}}]", "[{link: {to: field}}]",
    "[{link: {to: field, field: nothing}}]", "[{set: {state: closed successful}}]",
    "[{set: {state: pending reminder}}]",
])  # fmt: skip
def test_what_could_never_be_done_is_found_before(publish, then):
    with pytest.raises(Invalid) as found:
        publish(rule(then))
    assert "unknown-name" in [problem.code for problem in found.value.problems]


def linked(town, number):
    return town.see(number, lambda w, t: {
        e.after for e in queries.history(w.session, t) if e.what == "link"})  # fmt: skip


def test_a_ticket_is_linked_with_the_customers_last_open_one(town, publish):
    first, closed, foreign = town.report(), town.report(), town.report("sam")
    ended = {"state": "closed successful"}
    town.do("agnes", closed, lambda w, t: change_ticket(w, t, ended) and None)
    publish(rule("[{link: {to: last_open}}]"))
    assert linked(town, town.report()) == {f"related {first}"}
    assert linked(town, foreign) == set()


def test_a_number_in_a_field_links_only_tickets_of_the_same_customer(town, publish):
    field = {"name": "about", "kind": "text", "title": {"de": "Zu", "en": "About"}}
    town.desk.run(lambda w: create_field(w, field) and None, town.actor("ada"))
    own, foreign, number = town.report(), town.report("sam"), town.report()
    publish(rule("[{link: {to: field, field: about}}]", "[ticket.changed]"))
    for about in (foreign, "no number", number, "' or 1=1"):
        wanted = {"custom": {"about": about}}
        town.do("agnes", number, lambda w, t, wanted=wanted: change_ticket(w, t, wanted) and None)
    assert linked(town, number) == set()
    wanted = {"custom": {"about": f" {own} "}}
    town.do("agnes", number, lambda w, t: change_ticket(w, t, wanted) and None)
    assert linked(town, number) == {f"related {own}"}
    assert linked(town, foreign) == set()
