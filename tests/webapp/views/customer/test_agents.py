"""Agents are customers too: on the customers' pages, with the rights of customers alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.articles import NewFile, add_article, add_note
from engine.tickets.models import Attachment
from engine.tickets.queries import open_items


@pytest.fixture
def number(web: Any) -> str:
    """A fault of bruno's, who works for other teams, to which the network team has asked back."""
    number = web.town.report(by="bruno")
    answers = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    web.town.complete("agnes", number, "triage", answers)
    web.town.do("agnes", number, lambda w, t: add_note(w, t, "He never reads the manual."))
    answers = {"work_result": "solved", "message": "Please try it again."}
    web.town.complete("agnes", number, "work", answers)
    return str(number)


def step_of(web: Any, number: str) -> int:
    return int(web.town.see(number, lambda w, t: open_items(w.session, t)[0].id))


def test_today_leads_an_agent_who_is_asked_to_their_own_request(web: Any, number: str) -> None:
    page = web.login("bruno").get("/today").text
    assert f'href="/requests/{number}"' in page
    assert f"/tickets/{number}" not in page


def test_an_agent_reads_the_own_request_as_a_customer(web: Any, number: str) -> None:
    web.login("bruno").get(f"/tickets/{number}", status=404)
    web.post(f"/tickets/{number}/reply", {"body": "From inside."}, status=404)
    page = web.get(f"/requests/{number}").text
    assert "Please try it again." in page
    assert "manual" not in page


def test_an_agent_answers_what_the_own_request_asks(web: Any, number: str) -> None:
    step = step_of(web, number)
    page = web.login("bruno").get(f"/requests/{number}")
    assert f'action="/requests/{number}/steps/{step}"' in page.text
    web.post(f"/requests/{number}/steps/{step}", {f"s{step}-settled": "yes", "settled": "yes"})
    assert web.town.see(number, lambda w, t: t.state.name) == "closed successful"


def test_files_of_the_own_request_open_and_those_of_notes_do_not(web: Any, number: str) -> None:
    def sent(work: Any, ticket: Any) -> list[int]:
        more = {"channel": "web", "body": "Look", "files": [NewFile("a.txt", "text/plain", b"A")]}
        add_article(work, ticket, direction="out", visible=True, **more)
        add_article(work, ticket, direction="internal", visible=False, **more)
        return list(work.session.scalars(select(Attachment.id).order_by(Attachment.id)))

    shown, hidden = web.town.do("agnes", number, sent)
    web.login("bruno").get(f"/files/{shown}/a.txt")
    web.get(f"/files/{hidden}/a.txt", status=404)


def test_a_manager_who_works_here_decides_as_a_customer(web: Any) -> None:
    def make_agent(work: Any) -> None:
        web.town.person(work, "clara").manager = web.town.person(work, "agnes")

    web.town.desk.run(make_agent)
    number = web.town.report(title="A laptop, please", type="service request", queue="Purchasing")
    web.login("agnes").get(f"/tickets/{number}", status=404)
    step = step_of(web, number)
    assert f'href="/requests/{number}"' in web.get("/today").text
    fields = {"decision": "approved", f"s{step}-decision": "approved"}
    web.get(f"/requests/{number}")
    web.post(f"/requests/{number}/steps/{step}", fields)
    assert step not in web.town.see(number, lambda w, t: [i.id for i in open_items(w.session, t)])


def test_the_rail_offers_agents_to_ask_for_something_themselves(web: Any) -> None:
    page = web.login("bruno").get("/today").text
    assert 'href="/requests"' in page
    assert 'href="/report"' in page
    portal = web.get("/requests").text
    assert 'href="/today"' in portal
    assert 'href="/queues"' not in portal
    web.get("/report/report_fault")
