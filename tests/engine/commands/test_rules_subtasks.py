"""A rule makes a ticket below another one, and comes to an end."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from engine.commands.candidates import read_rules
from engine.commands.known_names import publish_known_rules
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
