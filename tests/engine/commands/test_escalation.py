"""From a clock that runs out to the owner, the lead, the manager and the process, as delivered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.catalogue.models import Queue, Sla
from engine.commands.due import fire_timer
from engine.commands.tickets import change_ticket
from engine.tickets import queries
from engine.timers.sweep import sweep
from tests.engine.commands.test_leads import leading, managed
from tests.engine.commands.test_templates import begin, stands
from tests.town import Town


@pytest.fixture
def levels(town: Town) -> None:
    """A solution is promised within four hours, with two warnings and three levels after it."""

    def promise(work: Any) -> None:
        sla = work.session.query(Sla).filter_by(name="gold").one()
        sla.first_response, sla.solution = None, 4 * 3600
        sla.warn_percents, sla.escalate_after = [50, 90], [3600, 2 * 3600, 3 * 3600]
        for queue in work.session.query(Queue):
            queue.sla_id = sla.id

    town.desk.run(promise)


@pytest.fixture
def led(town: Town, levels: None) -> None:
    """Agnes leads, ada is above her."""
    leading(town, "agnes", group="network")
    leading(town, "agnes", group="service desk")
    managed(town, "agnes", "ada")


def pass_time(town: Town, clock: Any, **by: float) -> None:
    until = clock() + timedelta(**by)
    while clock() < until:
        clock.move(minutes=12)
        while sweep(town.desk, fire_timer):
            pass


def told(town: Town, number: str) -> list[str]:
    """Who was told what by a clock, the first first."""
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    said = [entry.after for entry in reversed(entries) if entry.what == "notice"]
    return [one for one in said if one.startswith(("clock", "escalated"))]


def test_each_mark_is_told_once_to_whom_it_concerns(town: Town, led: None, clock: Any) -> None:
    number = town.report(queue="Network", type="question", priority="2 low")
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"owner": "ada@example.com"}))
    pass_time(town, clock, hours=3.8)
    assert told(town, number) == ["clock_warning → Ada Vogt", "clock_last_warning → Ada Vogt"]
    pass_time(town, clock, minutes=24)
    assert told(town, number)[2:] == ["clock_breached → Ada Vogt"]
    assert town.see(number, lambda w, t: (t.priority.rank, t.tags)) == (4, ["breached"])
    pass_time(town, clock, hours=1)
    assert told(town, number)[3:] == ["clock_escalated → Agnes Meier"]
    assert town.see(number, lambda w, t: t.priority.rank) == 5
    assert town.see(number, lambda w, t: t.owner.login) == "ada@example.com"
    pass_time(town, clock, hours=24)
    assert town.see(number, lambda w, t: t.owner.login) == "agnes@example.com"
    assert told(town, number)[4:] == ["clock_escalated → Ada Vogt"] * 2


def test_a_breach_at_the_first_step_of_an_incident_is_told(
    town: Town, levels: None, clock: Any
) -> None:
    number = town.report(queue="Network", type="incident")
    pass_time(town, clock, hours=4.2)
    said = [one for one in told(town, number) if one.startswith("clock_breached")]
    assert sorted(said) == ["clock_breached → Ada Vogt", "clock_breached → Agnes Meier"]


def test_a_breach_while_an_incident_is_worked_on_is_told_once(
    town: Town, levels: None, clock: Any
) -> None:
    number = town.report(queue="Network", type="incident")
    triage = {"queue": "Network", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", triage)
    town.do(
        "agnes", number, lambda w, t: change_ticket(w, t, {"owner": "ada@example.com"}) and None
    )
    pass_time(town, clock, hours=4.2)
    said = [one for one in told(town, number) if one.startswith("clock_breached")]
    assert said == ["clock_breached → Ada Vogt"]


def test_without_a_lead_the_queue_is_told_and_the_owner_stays(
    town: Town, levels: None, clock: Any
) -> None:
    number = town.report(queue="HR", type="question")
    town.do("bruno", number, lambda w, t: change_ticket(w, t, {"owner": "bruno@example.com"}))
    pass_time(town, clock, hours=5.4)
    assert told(town, number)[-2:] == [
        "clock_escalated → Bruno Keller",
        "clock_escalated → Ada Vogt",
    ]
    pass_time(town, clock, hours=24)
    assert town.see(number, lambda w, t: t.owner.login) == "bruno@example.com"


def test_the_process_hears_of_each_mark(town: Town, led: None, clock: Any) -> None:
    number = begin(town, "watched_promise")
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"owner": "ada@example.com"}))
    pass_time(town, clock, hours=2.4)
    assert stands(town, number) == ["in_time", "work"]
    # The rule and the diagram say so, and she hears it once.
    assert told(town, number) == ["clock_warning → Ada Vogt"]
    pass_time(town, clock, hours=2)
    assert stands(town, number) == ["in_time", "work"]
    pass_time(town, clock, hours=1)
    assert stands(town, number) == ["take_over"]
    assert "escalated → Agnes Meier" in told(town, number)
