"""Scenarios: the examples beside a diagram pass when it does what they say, and tell where not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow.scenario import run_scenario

STATE = "<spiffworkflow:ticketState>closed successful</spiffworkflow:ticketState>"


@pytest.fixture
def definition(pen: Any, define: Any) -> Any:
    """route → triage → tell → wait for a reply or three days → end."""
    drawn = pen().start().rule("route", "routing").user("triage")
    drawn.service("tell", "notify", to="'customer'", template="'got_it'")
    drawn.gate("eventBased", "wait").catch("quiet", pen.timer_event("P3D"))
    drawn.catch("reply", drawn.message_event("customer_replied")).end(ext=STATE)
    drawn.flow("start", "route", "triage", "tell", "wait", "quiet", "done")
    return define(drawn.flow("wait", "reply", "done"))


GOOD = {
    "name": "Nobody answers",
    "ticket": {"title": "VPN"},
    "rulesets": {"routing": {"queue": "Network"}},
    "steps": [
        {"expect": ["triage"]},
        {"data": {"queue": "Network"}},
        {"complete": "triage", "answers": {"impact": "high"}},
        {"expect": "wait"},
        {"advance": "P3D"},
        {"expect_end": "done", "state": "closed successful"},
    ],
    "effects": ["notify"],
}


def test_a_scenario_passes(definition: Any) -> None:
    assert run_scenario(definition, GOOD) == []


def test_a_message_is_delivered(definition: Any) -> None:
    steps = [{"complete": "triage"}, {"message": "customer_replied"}, {"expect_end": "done"}]
    assert run_scenario(definition, GOOD | {"steps": steps}) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"steps": [{"expect": ["work"]}]}, "step 1: waits at triage"),
        ({"steps": [{"complete": "work"}]}, '"work" is not open'),
        ({"steps": [{"message": "confirm"}]}, "nobody waits"),
        ({"steps": [{"expect_end": "done"}]}, "has not ended"),
        ({"steps": [{"advance": "3 days"}]}, "not a duration"),
        ({"steps": [{"jump": 1}]}, "exactly one of"),
        ({"steps": [{"expect": [], "complete": "x"}]}, "exactly one of"),
        ({"steps": ["expect"]}, "exactly one of"),
        ({"steps": [{"data": {"queue": "HR"}}]}, '"queue" is "Network"'),
        ({"steps": [*GOOD["steps"][:-1], {"expect_end": "start"}]}, "ended at done"),
        (
            {"steps": [*GOOD["steps"][:-1], {"expect_end": "done", "state": "new"}]},
            "sets the state",
        ),
        ({"effects": []}, "effects were notify"),
        ({"ticket": 5}, "cannot be played"),
        ({"steps": 5}, "cannot be played"),
    ],
)
def test_a_scenario_tells_where_it_breaks(definition: Any, change: Any, told: str) -> None:
    problems = run_scenario(definition, GOOD | change)
    assert any(told in text for text in problems), problems


def test_a_failing_step_is_told(definition: Any, desk: Any) -> None:
    desk.broken.add("routing")
    problems = run_scenario(definition, {"steps": [{"expect": ["triage"]}]}, desk)
    assert '"route" failed: routing is broken' in problems
