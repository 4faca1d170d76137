"""An example of a finished ticket plays as the ticket went, and holds nothing that was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from engine.commands.articles import customer_answer
from engine.commands.courses import example_of
from engine.commands.due import fire_timer
from engine.errors import Invalid
from engine.tickets.finished import finished
from engine.tickets.flow import WorkItem
from engine.timers.sweep import sweep
from engine.workflow.play import recorded, stage
from engine.workflow.scenario import run_scenario

SORT = {"queue": "Network", "impact": "team", "priority": "4 high", "hint": "Clara is cross"}
ASK = {"work_result": "ask", "message": "Secret question to Clara"}


def definition_of(town: Any, number: str) -> Any:
    from engine.tickets.queries import instance_of

    return town.see(
        number, lambda w, t: w.desk.library.definition(instance_of(w.session, t).version)
    )


def lived(town: Any, clock: Any) -> str:
    """Sorted, asked, reminded, never answered."""
    number: str = town.report(title="Secret title", body="Secret body")
    town.complete("agnes", number, "triage", SORT)
    town.complete("agnes", number, "work", ASK)
    for days in (4, 8):
        clock.move(days=days)
        sweep(town.desk, fire_timer)
    return number


def test_a_ticket_is_told_as_it_went_and_without_its_texts(town: Any, clock: Any) -> None:
    number = lived(town, clock)
    key, scenario, notes = town.see(number, example_of)
    assert (key, notes) == ("incident", [])
    assert [s.get("complete") or s.get("advance") for s in scenario["steps"]] == [
        "triage", "work", "P3D", "P7D",
    ]  # fmt: skip
    assert scenario["steps"][0]["answers"]["impact"] == "team"
    text = json.dumps(scenario)
    for secret in ("Secret", "cross", "Clara", "clara", number):
        assert secret not in text
    definition = definition_of(town, number)
    assert stage(definition, scenario).ended == ("closed_without_answer",)
    assert run_scenario(definition, recorded(definition, scenario | {"name": "Told"})) == []


def test_what_was_answered_stays_with_the_step_without_what_was_written(
    town: Any, clock: Any
) -> None:
    number = town.report()
    town.complete("agnes", number, "triage", SORT)
    kept = town.see(
        number,
        lambda w, t: [i.answers for i in w.session.query(WorkItem).filter_by(status="done")],
    )
    assert kept[0]["impact"] == "team"
    assert kept[0]["queue"] == "Network"
    assert "cross" not in kept[0]["hint"]


def test_of_steps_finished_before_it_says_that_answers_were_not_kept(town: Any, clock: Any) -> None:
    number = lived(town, clock)
    town.desk.run(lambda work: work.session.execute(update(WorkItem).values(answers=None)))
    _, scenario, notes = town.see(number, example_of)
    assert len(scenario["steps"]) == 4
    assert {note.values["step"] for note in notes} == {"triage", "work"}
    assert "Secret" not in json.dumps(scenario)


def test_one_under_way_has_no_example(town: Any) -> None:
    with pytest.raises(Invalid):
        town.see(town.report(), example_of)


def test_the_customers_answer_is_a_message(town: Any, clock: Any) -> None:
    number = town.report()
    town.complete("agnes", number, "triage", SORT)
    town.complete("agnes", number, "work", ASK)
    town.do("clara", number, lambda w, t: customer_answer(w, t, "My secret"))
    town.complete("agnes", number, "work", {"work_result": "close"})
    _, scenario, notes = town.see(number, example_of)
    assert notes == []
    assert "customer_replied" in [step.get("message") for step in scenario["steps"]]
    assert "secret" not in json.dumps(scenario)
    assert stage(definition_of(town, number), scenario).ended == ("closed",)


def test_who_may_not_read_a_ticket_is_not_offered_it(town: Any, clock: Any) -> None:
    number = lived(town, clock)
    listed = {
        who: town.desk.read(lambda work, who=who: [
            ticket.number for ticket, _ in finished(work.session, town.actor(who), "incident")
        ])
        for who in ("agnes", "bruno", "olga")
    }  # fmt: skip
    assert listed == {"agnes": [number], "bruno": [], "olga": []}
