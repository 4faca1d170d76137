"""A form that is sent again because no answer came is carried out once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.tickets import queries
from engine.tickets.models import Article, Ticket
from engine.work import SYSTEM

pytestmark = pytest.mark.both_databases


def form_at(page: Any, field: str) -> Any:
    """The form of a page that asks for this."""
    return next(f for f in page.forms.values() if field in f.fields and "once" in f.fields)


def bodies(web: Any, number: str) -> list[str]:
    return web.town.see(
        number, lambda w, t: [a.body for a in queries.articles(w.session, SYSTEM, t)]
    )


def count(web: Any, kind: Any) -> int:
    return web.town.desk.read(lambda w: w.session.query(kind).count())


@pytest.mark.parametrize("kind", ["reply", "note", "forward"])
def test_what_an_agent_says_is_said_once(web: Any, kind: str) -> None:
    number = web.town.report()
    form = form_at(web.login("agnes").get(f"/tickets/{number}"), "kind")
    form["kind"], form["body"], form["address"] = kind, "Said once.", "lab@example.net"
    first = form.submit(status=303)
    assert form.submit(status=303).location == first.location
    assert sum("Said once." in body for body in bodies(web, number)) == 1


def test_an_answer_is_given_once_but_other_words_are_another(web: Any) -> None:
    number = web.town.report("clara", "A request", offer="report_fault")
    form = form_at(web.login("clara").get(f"/requests/{number}"), "body")
    form["body"] = "It still smokes."
    form.submit(status=303)
    form.submit(status=303)
    assert bodies(web, number).count("It still smokes.") == 1
    form["body"] = "Now it burns."  # after going back: not the same message
    form.submit(status=303)
    assert "Now it burns." in bodies(web, number)


def test_a_report_becomes_one_request(web: Any) -> None:
    form = form_at(web.login("clara").get("/report/report_fault"), "title")
    for name, value in {"title": "Smoke", "affected": "printer", "impact": "limited",
                        "body": "Room 312."}.items():  # fmt: skip
        form[name] = value
    first = form.submit(status=303)
    before = count(web, Ticket), count(web, Article)
    assert form.submit(status=303).location == first.location
    assert (count(web, Ticket), count(web, Article)) == before


def test_a_call_becomes_one_ticket(web: Any) -> None:
    form = form_at(web.login("agnes").get("/tickets/new"), "title")
    form["title"], form["body"], form["name"], form["phone"] = "Smoke", "Room 3", "Nora", "030 1"
    form["queue"] = "Service Desk"
    first = form.submit(status=303)
    before = count(web, Ticket)
    assert form.submit(status=303).location == first.location
    assert count(web, Ticket) == before


def test_a_key_is_its_owners_alone(web: Any) -> None:
    """Who gets hold of somebody's key does not get what was made with it."""
    number = web.town.report("clara", "A request", offer="report_fault")
    form = form_at(web.login("clara").get("/report/report_fault"), "title")
    fields = {"title": "Smoke", "affected": "printer", "impact": "limited", "body": "Room 312.",
              "once": form["once"].value}  # fmt: skip
    hers = web.post("/report/report_fault", fields).location
    his = web.login("sam").post("/report/report_fault", fields).location
    assert hers != his
    assert number not in his
