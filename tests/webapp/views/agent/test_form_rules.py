"""Form rules at a step: agents and customers are asked what rules leave, wherever they answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.steps import complete_step
from engine.errors import Invalid
from engine.tickets.models import Ticket
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


NEW = form("new_ticket")
CALL = {"title": "Screen is black", "body": "Since noon.", "channel": "phone"}


def newest(web: Any) -> tuple[str, str]:
    """Queue and priority of the last ticket."""

    def tell(work: Any) -> tuple[str, str]:
        ticket = work.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
        return ticket.queue.name, ticket.priority.name

    return web.town.desk.read(tell)  # type: ignore[no-any-return]


@pytest.fixture
def call(web: Any) -> dict[str, Any]:
    """What Agnes types when Clara calls; a rule asks for no priority, but for faults."""
    form_rules(
        web.town,
        rule("hide: priority", NEW),
        rule("show: priority, require: priority", NEW, answer("offer", "report_fault"), name="f"),
        rule("only_choices: {field: queue, choices: [Network, HR]}", NEW, name="q"),
        rule("hide: queue", NEW, name="h"),
    )
    web.login("agnes")
    return CALL | {"customer": web.town.desk.read(lambda w: web.town.person(w, "clara").id)}


def test_an_agent_is_asked_what_rules_leave(web: Any, call: Any) -> None:
    page = web.get("/tickets/new")
    assert asked(page) == ["title", "body", "offer", "queue", "channel"]
    piece = web.post("/tickets/new/ask", call | {"offer": "report_fault"}, status=200)
    assert asked(piece) == ["title", "body", "offer", "priority", "channel"]
    assert "Since noon." in piece


def test_only_what_was_asked_is_taken_of_a_call(web: Any, call: Any) -> None:
    web.post("/tickets/new", call | {"queue": "Network", "priority": "5 very high"})
    assert newest(web) == ("Network", "3 normal")
    again = web.post("/tickets/new", call | {"queue": "Service Desk"}, status=422)
    assert "Since noon." in again
    again = web.post("/tickets/new", call | {"offer": "report_fault"}, status=422)
    assert "#f-priority" in again
    web.post("/tickets/new", call | {"offer": "report_fault", "priority": "4 high", "queue": "HR"})
    assert newest(web) == ("Service Desk::Hardware", "4 high")  # not where it was sent


def test_queues_that_an_agent_may_not_open_tickets_in_are_not_told(web: Any, call: Any) -> None:
    piece = web.post("/tickets/new/ask", call, status=200)
    offered = {one["value"] for one in piece.html.select("select[name=queue] option")}
    assert offered == {"", "Network"}
    web.login("clara").post("/tickets/new/ask", call, status=404)
