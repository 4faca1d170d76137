"""A form rule is written as a form: its own actions, the forms and questions of this desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ruled import answer, form, form_rules, rule
from tests.webapp.views.admin.test_rule_form import form_of, press, rule_of

FAULT = form("request/report_fault")


@pytest.fixture
def owner(web: Any) -> Any:
    then = "only_choices: {field: affected, choices: [email, network]}"
    form_rules(
        web.town, rule(then, FAULT), rule("hide: since", answer("affected", "email"), name="s")
    )
    return web.login("olga")


def test_forms_questions_and_answers_are_chosen(owner: Any) -> None:
    page = owner.get("/rules/forms/rule/s?language=en").html
    verbs = [option["value"] for option in page.select("[name=a0-verb] option")]
    assert {"show", "hide", "prefill"} <= set(verbs)
    assert "notify" not in verbs
    asked = {o["value"]: o.text for o in page.select("[name=a0-value] option")}
    assert asked["since"] == "Since when? (since)"
    page = owner.get("/rules/forms/rule/r?language=en").html
    forms = {o["value"]: o.text for o in page.select("[name=w1-value] option")}
    assert forms["request/report_fault"] == "Report a fault"
    assert forms["step/incident/triage"].endswith(": Sort the fault")
    assert page.select_one("textarea[name=a0-value-choices]").text.split() == ["email", "network"]
    other = owner.get("/rules/routing/rule/vpn").html
    assert "hide" not in [option["value"] for option in other.select("[name=a0-verb] option")]


def test_what_nobody_touches_stays_and_what_is_typed_is_kept(owner: Any) -> None:
    before = rule_of(owner, "r", "forms")["then"]
    press(owner.get("/rules/forms/rule/r"), "save")
    assert rule_of(owner, "r", "forms")["then"] == before
    page = owner.get("/rules/forms/rule/r")
    form_of(page)["a0-value-choices"] = "email\r\n printer \r\n"
    press(page, "save")
    then = [{"only_choices": {"field": "affected", "choices": ["email", "printer"]}}]
    assert rule_of(owner, "r", "forms")["then"] == then


def test_what_is_wrong_with_a_form_rule_is_said_in_german(owner: Any) -> None:
    page = owner.get("/rules/forms/rule/s")
    form_of(page)["a0-value"].force_value("sinse")
    press(page, "save")
    said = owner.get("/rules/forms?language=de")
    assert "Kein Formular, um das es in dieser Regel geht, fragt nach" in said


def test_a_form_rule_reads_as_a_sentence(owner: Any) -> None:
    said = owner.get("/rules/forms/rule/r?language=en").html.select_one(".rule-said").text
    assert "offer only email or network for affected" in " ".join(said.split())


def test_nothing_is_counted_on_tickets_of_the_past(owner: Any) -> None:
    said = owner.get("/rules/live-count?ruleset=forms&rule=s&language=en")
    assert "cannot be tried on tickets of the past" in said
