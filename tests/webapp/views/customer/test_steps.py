"""What the process asks of customers and their managers: on top of the page, done with one form."""

from __future__ import annotations

import pytest

from engine.tickets import queries

ORDER = {"offer": "request_access", "type": "service request"}


def item(web, number: str, step: str) -> int:
    def ask(work, ticket):
        return next(i.id for i in queries.open_items(work.session, ticket) if i.step_id == step)

    return web.town.see(number, ask)


@pytest.fixture
def order(web) -> tuple[str, str]:
    number = web.town.report("clara", "Access to the archive", **ORDER)
    return number, f"/requests/{number}/steps/{item(web, number, 'decide')}"


def test_the_manager_decides_and_the_customer_is_told(web, order) -> None:
    number, action = order
    assert "Wir warten auf die Entscheidung von Max Lang." in web.login("clara").get("/requests")
    web.login("max")
    assert "Clara Huber is waiting for your decision." in web.get("/requests")
    assert action in web.get(f"/requests/{number}")
    answer = web.post(action, {"decision": "approved"})
    assert action not in web.get(answer.location)
    assert "Wir richten Ihren Zugang ein" in web.login("clara").get(f"/requests/{number}")


def test_a_refusal_needs_a_reason_and_keeps_what_was_chosen(web, order) -> None:
    number, action = order
    page = web.login("max").post(action, {"decision": "refused", "cost_centre": "K<1"}, status=422)
    assert "K&lt;1" in page
    assert web.town.steps(number) == ["decide"]


def test_nobody_else_decides(web, order) -> None:
    number, action = order
    for name in ("clara", "sam", "agnes"):
        web.login(name).post(action, {"decision": "approved"}, status=404)
    other = web.town.report("max", "His own")
    foreign = action.replace(number, other)
    web.login("max").post(foreign, {"decision": "approved"}, status=404)
    assert web.town.steps(number) == ["decide"]


def test_a_step_is_answered_once(web, order) -> None:
    _, action = order
    web.login("max").post(action, {"decision": "approved"})
    late = web.post(action, {"decision": "refused", "comment": "far too dear"}, status=409)
    assert 'id="wrote"' in late
    assert "far too dear" in late
    for odd in ("9" * 20, "9" * 5000):
        web.post(f"{action.rsplit('/', 1)[0]}/{odd}", {}, status=404)
    assert web.get("/requests").status_int == 200


def test_what_a_question_is_about_stands_beside_it(web, order) -> None:
    number, _ = order
    page = web.login("max").get(f"/requests/{number}?language=en").html
    said = page.select_one(".now .last-word").text
    assert "Clara Huber wrote" in said
    assert "It happens every hour." in said
    folded = page.select_one("details.fold form[action$='/answer']")
    assert folded is not None
    clara = web.login("clara").get(f"/requests/{number}").html
    assert clara.select_one(".last-word") is None
    assert clara.select_one("section.card form[action$='/answer']") is not None
