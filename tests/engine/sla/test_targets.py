"""The SLA file: what is shipped works, and every mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engine.errors import Invalid
from engine.sla.calendars import load_calendars
from engine.sla.targets import entry_of, load_slas

RULES = Path(__file__).parents[3] / "rules"


def test_the_shipped_slas():
    calendars = load_calendars((RULES / "calendars.yaml").read_text("utf-8"))
    found = load_slas((RULES / "slas.yaml").read_text("utf-8"), calendars)
    standard, gold = found["standard"], found["gold"]
    assert (standard.first_response, standard.solution) == (4 * 3600, 24 * 3600)
    assert (gold.first_response, gold.solution) == (3600, 8 * 3600)
    assert (standard.warn_percents, gold.warn_percents) == ((75,), (50, 75, 90))
    assert gold.calendar == "extended"
    assert gold.title == {"de": "Gold", "en": "Gold"}


def test_one_promise_is_enough():
    found = load_slas("slas: {a: {calendar: c, solution: PT1H30M15S}}")["a"]
    assert (found.first_response, found.solution, found.warn_percents) == (None, 5415, (75,))


def test_updates_levels_and_states_that_rest():
    found = load_slas(
        "slas: {a: {calendar: c, update: PT8H, update_counts: each_contact, warn_percent: "
        "[90, 50, 50], escalate_after: [PT8H, PT2H], rests_in: [waiting for customer]}}"
    )["a"]
    assert (found.update, found.update_counts) == (8 * 3600, "each_contact")
    assert (found.warn_percents, found.escalate_after) == ((50, 90), (7200, 28800))
    assert found.rests_in == ("waiting for customer",)
    again = yaml.safe_dump({"slas": {"a": entry_of(found, "PT{}S".format)}})
    assert load_slas(again)["a"] == found


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{solution: PT1H}", "calendar"),
        ("{calendar: other, solution: PT1H}", "calendar"),
        ("{calendar: c}", "promise"),
        ("{calendar: c, first_response: PT2H, solution: PT1H}", "promise"),
        ("{calendar: c, solution: P1D}", "duration"),
        ("{calendar: c, solution: PT0H}", "duration"),
        ("{calendar: c, solution: PT}", "duration"),
        ("{calendar: c, solution: [1]}", "duration"),
        ("{calendar: c, solution: 8}", "duration"),
        ("{calendar: c, solution: PT1H, warn_percent: 100}", "percent"),
        ("{calendar: c, solution: PT1H, warn_percent: soon}", "percent"),
        ("{calendar: c, solution: PT1H, warn_percent: [50, {a: b}]}", "percent"),
        ("{calendar: c, update: PT1H, update_counts: sometimes}", "update"),
        ("{calendar: c, update: PT1H, update_counts: [unanswered]}", "update"),
        ("{calendar: c, solution: PT1H, escalate_after: [PT1H, soon]}", "duration"),
        ("{calendar: c, solution: PT1H, rests_in: [[open]]}", "state"),
        ("{calendar: c, solution: PT1H, rests_in: ['']}", "state"),
        ("{calendar: c, solution: PT1H, rests_in: [a, b, c, d, e, f, g, h, i, j]}", "too_many"),
        ("{calendar: c, solution: PT1H, warn: 5}", "unknown_key"),
        ("[]", "not_a_mapping"),
    ],
)
def test_every_mistake_is_named(entry, code):
    with pytest.raises(Invalid) as caught:
        load_slas(f"slas:\n  a: {entry}", {"c"})
    assert code in {problem.code for problem in caught.value.problems}
    assert all(problem.line == 2 for problem in caught.value.problems)


@pytest.mark.parametrize("name", ["x" * 81, "a/b", "..", "' '", '"a\\nb"'])
def test_a_name_that_no_row_or_address_could_hold_is_refused_with_its_line(name):
    with pytest.raises(Invalid) as caught:
        load_slas(f"slas:\n  {name}: {{calendar: c, solution: PT1H}}", {"c"})
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [("name", 2)]
