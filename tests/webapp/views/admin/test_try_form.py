"""An owner sees how a form would look to somebody, and which rule made each question so."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.rules_drafts import edit_rules
from tests.ruled import answer, form, form_rules, rule

FAULT = form("request/report_fault")
VIP = "{fact: customer.vip, op: is, value: true}"
TRY = "/rules/try-form?language=en&form=request/report_fault&was=request/report_fault"
SEEN = "&-seen=affected&-seen=impact&-seen=title&-seen=since&-seen=body&-seen=colleagues"


@pytest.fixture
def owner(web: Any) -> Any:
    form_rules(
        web.town,
        rule("hide: colleagues", FAULT, answer("affected", "printer"), name="printers"),
        rule("hide: impact", FAULT, name="impact"),
        rule("require: since", FAULT, VIP, name="vips"),
    )
    return web.login("olga")


def question(page: Any, name: str) -> str:
    return " ".join(page.html.select_one(f"[data-question={name}]").text.split())


def test_why_a_question_is_missing(owner: Any) -> None:
    page = owner.get(TRY)
    assert "left out" not in question(page, "colleagues")
    page = owner.get(f"{TRY}{SEEN}&affected=printer&title=Hello")
    assert "Hello" in page
    said = question(page, "colleagues")
    assert "left out" in said
    assert "Rule printers: leave out the question “colleagues”" in said
    assert "the answer “affected” is “printer”" in said
    assert page.html.select_one("[name=colleagues]") is None


def test_what_the_form_needs_is_told(owner: Any) -> None:
    said = question(owner.get(TRY), "impact")
    assert "Rule impact" in said
    assert "the form cannot do without an answer" in said


def test_it_is_seen_with_the_eyes_of_whoever_reports(owner: Any) -> None:
    def honour(work: Any) -> None:
        owner.town.person(work, "clara").vip = True

    owner.town.desk.run(honour)
    assert "Rule vips" not in question(owner.get(TRY), "since")
    assert "Rule vips" in question(owner.get(f"{TRY}&login=clara@example.org"), "since")
    assert "There is nobody with this login." in owner.get(f"{TRY}&login=nobody")


def test_drafts_are_tried_before_they_are_in_force(owner: Any) -> None:
    def draft(work: Any) -> None:
        edit_rules(work, "forms", 0, lambda text: text + rule("hide: since", FAULT, name="new"))

    owner.town.desk.run(draft, owner.town.actor("ada"))
    assert "left out" not in question(owner.get(TRY), "since")
    assert "left out" in question(owner.get(f"{TRY}&drafts=1"), "since")


def test_a_step_is_tried_about_a_ticket_that_the_owner_may_read(owner: Any) -> None:
    number = owner.town.report(title="Something odd", service="E-mail")
    step = "/rules/try-form?language=en&form=step/incident/triage"
    assert "There is no such ticket." in owner.get(f"{step}&ticket={number}")
    assert owner.get(f"{step}&ticket=4711").status_int == 200
    assert "What is asked" in owner.login("ada").get(f"{step}&ticket={number}")


def test_the_way_to_it_stands_where_tickets_cannot_be_tried(owner: Any) -> None:
    assert "/rules/try-form" in owner.get("/rules/live-count?ruleset=forms&rule=vips")
    answer = owner.get("/rules/matched-tickets?ruleset=forms&rule=vips", status=303)
    assert answer.location.endswith("/rules/try-form")
    for name in ("agnes", "clara"):
        owner.login(name).get("/rules/try-form", status=404)
