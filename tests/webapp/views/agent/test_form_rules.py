"""Form rules at a step: agents and customers are asked what rules leave, wherever they answer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.commands.steps import complete_step
from engine.errors import Invalid
from engine.tickets.queries import open_items
from tests.ruled import answer, form, form_rules, rule

TRIAGE = form("step/incident/triage")
TYPED = {"queue": "Network", "impact": "team", "priority": "4 high"}


@pytest.fixture
def step(web: Any) -> tuple[str, int]:
    """A ticket's number and the id of its first step, with Agnes logged in."""
    number = web.town.report(title="Something odd", service="E-mail")
    web.login("agnes")
    return number, web.town.see(number, lambda w, t: open_items(w.session, t)[0].id)


def asked(page: Any) -> list[str]:
    return re.findall(r'data-name="([^"]+)"', page.text)


def facts(web: Any, number: str) -> tuple[str, str, str]:
    """Queue, service and priority of a ticket."""
    return web.town.see(  # type: ignore[no-any-return]
        number, lambda w, t: (t.queue.name, t.service.name if t.service else "", t.priority.name)
    )


def test_a_question_appears_by_an_answer_and_by_the_ticket(web: Any, step: Any) -> None:
    number, item = step
    mail = "{fact: ticket.service, op: is, value: E-mail}"
    form_rules(
        web.town,
        rule("hide: hint", TRIAGE, mail),
        rule("show: hint", TRIAGE, answer("impact", "site"), name="site"),
    )
    page = web.get(f"/tickets/{number}")
    assert asked(page) == ["queue", "impact", "priority", "service"]
    assert f'data-ask-url="/steps/{item}/ask"' in page
    piece = web.post(f"/steps/{item}/ask", TYPED | {"impact": "site"}, status=200)
    assert asked(piece) == ["queue", "impact", "priority", "service", "hint"]


def test_queues_that_are_not_offered_cannot_be_chosen(web: Any, step: Any) -> None:
    number, item = step
    form_rules(web.town, rule("without_choices: {field: queue, choices: [HR]}", TRIAGE))
    page = web.get(f"/tickets/{number}").html.select_one("form[action$='/complete']")
    offered = [option["value"] for option in page.select("select[name=queue] option")]
    assert "Network" in offered
    assert "HR" not in offered
    again = web.post(f"/steps/{item}/complete", TYPED | {"queue": "HR"}, status=422)
    assert "#f-queue" in again
    web.post(f"/steps/{item}/complete", TYPED)
    assert facts(web, number)[0] == "Network"


def test_what_is_only_shown_stays_whatever_is_sent(web: Any, step: Any) -> None:
    number, item = step
    form_rules(web.town, rule("read_only: service", TRIAGE), rule("hide: hint", TRIAGE, name="h"))
    assert 'class="answer plain"' in web.get(f"/tickets/{number}")
    web.post(f"/steps/{item}/complete", TYPED | {"service": "Onboarding", "hint": "secret"})
    assert facts(web, number)[1] == "E-mail"


def test_a_step_can_be_completed_whatever_rules_say(web: Any, step: Any) -> None:
    number, item = step
    none = "only_choices: {field: %s, choices: [nothing]}"
    rules = ["hide: queue", none % "impact", none % "priority", "read_only: priority"]
    form_rules(web.town, *(rule(then, TRIAGE, name=f"r{i}") for i, then in enumerate(rules)))
    assert asked(web.get(f"/tickets/{number}"))[:3] == ["queue", "impact", "priority"]
    web.post(f"/steps/{item}/complete", TYPED)
    assert web.town.steps(number) == ["work"]


def test_who_comes_without_a_page_is_asked_the_same(web: Any, step: Any) -> None:
    number, _ = step
    form_rules(
        web.town,
        rule("require: hint", TRIAGE, answer("impact", "site")),
        rule("hide: service", TRIAGE, name="s"),
    )

    def complete(work: Any, ticket: Any, **more: str) -> None:
        complete_step(work, open_items(work.session, ticket)[0], TYPED | more)

    with pytest.raises(Invalid) as refused:
        web.town.do("agnes", number, lambda w, t: complete(w, t, impact="site"))
    assert refused.value.fields == {"hint": "required"}
    web.town.do("agnes", number, lambda w, t: complete(w, t, service="Onboarding"))
    assert facts(web, number)[1] == "E-mail"


@pytest.mark.parametrize("name", ["bruno", "clara", "olga"])
def test_nobody_else_learns_how_a_step_is_asked(web: Any, step: Any, name: str) -> None:
    _, item = step
    form_rules(web.town, rule("hide: hint", TRIAGE))
    assert web.login(name).post(f"/steps/{item}/ask", TYPED, status="*").status_int in (403, 404)
    assert web.post("/steps/999999/ask", {}, status=404)


def test_a_manager_is_asked_by_rules_about_managers(web: Any) -> None:
    number = web.town.report("clara", "Access", offer="request_access", type="service request")
    item = web.town.see(number, lambda w, t: open_items(w.session, t)[0])
    decide = form(f"step/service_request/{item.step_id}")
    form_rules(
        web.town,
        rule("hide: cost_centre", decide),
        rule("show: cost_centre", decide, answer("decision", "approved"), name="agreed"),
    )
    path = f"/requests/{number}/steps/{item.id}"
    page = web.login("max").get(f"/requests/{number}")
    assert "cost_centre" not in page
    assert f'data-ask-url="{path}/ask"' in page
    assert "cost_centre" in web.post(f"{path}/ask", {"decision": "approved"}, status=200)
    web.login("clara").post(f"{path}/ask", {"decision": "approved"}, status=404)
    web.login("max").post(path, {"decision": "approved", "cost_centre": "K 1"})
