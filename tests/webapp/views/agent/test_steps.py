"""Steps are taken, given back, handed over and finished; what was typed wrongly stays."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.tickets.models import Ticket

ANSWERS = {"queue": "Network", "impact": "team", "priority": "4 high"}


@pytest.fixture
def item(web: Any) -> tuple[str, int]:
    """A ticket's number and the id of its first step, with Agnes logged in."""
    from engine.tickets.queries import open_items

    number = web.town.report()
    web.login("agnes")
    return number, web.town.see(number, lambda w, t: open_items(w.session, t)[0].id)


def holder(web: Any, number: str) -> str | None:
    """Who has the first open step."""
    from engine.tickets.queries import open_items

    def name(work: Any, ticket: Any) -> str | None:
        person = open_items(work.session, ticket)[0].person
        return person.login if person else None

    return web.town.see(number, name)  # type: ignore[no-any-return]


def test_taking_and_giving_back(web: Any, item: tuple[str, int]) -> None:
    number, step = item
    web.post(f"/steps/{step}/claim")
    assert holder(web, number) == "agnes@example.com"
    web.post(f"/steps/{step}/unclaim")
    assert holder(web, number) is None


def test_whoever_is_too_late_is_told(web: Any, item: tuple[str, int]) -> None:
    number, step = item
    web.post(f"/steps/{step}/claim")
    web.login("ada").post(f"/steps/{step}/claim", status=409)
    assert holder(web, number) == "agnes@example.com"


def test_handing_over_to_a_colleague_but_to_no_stranger(web: Any, item: tuple[str, int]) -> None:
    number, step = item
    web.post(f"/steps/{step}/hand-over", {"person": "ada@example.com"})
    assert holder(web, number) == "ada@example.com"
    web.post(f"/steps/{step}/hand-over", {"person": "olga@example.com"}, status=400)
    web.post(f"/steps/{step}/hand-over", {"person": "nobody"}, status=400)
    assert holder(web, number) == "ada@example.com"


@pytest.mark.parametrize("verb", ["claim", "unclaim", "hand-over", "complete", "draft"])
@pytest.mark.parametrize("who", ["olga", "clara"])
def test_a_foreign_step_does_not_exist(
    web: Any, item: tuple[str, int], verb: str, who: str
) -> None:
    web.login(who).post(f"/steps/{item[1]}/{verb}", {"draft": "{}"}, status=404)


def test_a_finished_form_moves_the_ticket_on(web: Any, item: tuple[str, int]) -> None:
    number, step = item
    web.post(f"/steps/{step}/complete", ANSWERS)
    assert web.town.see(number, lambda w, t: (t.queue.name, t.priority.rank)) == ("Network", 4)
    assert web.town.steps(number) != []
    late = web.post(f"/steps/{step}/complete", ANSWERS | {"hint": "the old router"}, status=409)
    assert "finished already" in late
    assert 'id="wrote"' in late
    assert "the old router" in late


def test_missing_answers_bring_back_what_was_typed(web: Any, item: tuple[str, int]) -> None:
    number, step = item
    typed = {"queue": "Network", "hint": "look at <b>the</b> router"}
    page = web.post(f"/steps/{step}/complete", typed, status=422)
    assert "look at &lt;b&gt;the&lt;/b&gt; router" in page.text
    assert "error-summary" in page.text
    assert web.town.see(number, lambda w, t: t.queue.name) != "Network" or holder(web, number)


def test_only_what_is_offered_can_be_chosen(web: Any, item: tuple[str, int]) -> None:
    page = web.post(f"/steps/{item[1]}/complete", ANSWERS | {"queue": "No such"}, status=422)
    assert "error-summary" in page.text


def test_a_draft_comes_back_and_a_broken_one_is_refused(web: Any, item: tuple[str, int]) -> None:
    number, step = item
    web.post(f"/steps/{step}/draft", {"draft": '{"hint": "half a th", "impact": ["team"]}'}, 200)
    page = web.get(f"/tickets/{number}")
    assert "half a th" in page.text
    web.post(f"/steps/{step}/draft", {"draft": "{"}, status=400)
    web.post(f"/steps/{step}/draft", {"draft": "[" * 5000}, status=400)


def test_a_message_that_reaches_nobody_is_said_at_once_and_stands_on_the_ticket(web: Any) -> None:
    from engine.tickets.queries import open_items

    fields = {"title": "Screen is black", "body": "Since noon.", "queue": "Service Desk"}
    web.login("agnes").post("/tickets/new", fields | {"name": "Nora", "phone": "0711 123456"})
    number = web.town.desk.read(lambda w: w.session.scalars(select(Ticket.number)).one())

    def first(work: Any, ticket: Any) -> int:
        return open_items(work.session, ticket)[0].id  # type: ignore[no-any-return]

    triage = {"queue": "Service Desk", "impact": "person", "priority": "3 normal"}
    web.post(f"/steps/{web.town.see(number, first)}/complete", triage)
    ask = {"work_result": "ask", "message": "Which screen?"}
    done = web.post(f"/steps/{web.town.see(number, first)}/complete", ask)
    page = web.get(done.location.removeprefix("http://localhost")).text
    assert page.count("Please call the customer.") >= 2
