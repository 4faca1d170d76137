"""A customer's request from the number to the end: plain sentences, and nothing from inside."""

from __future__ import annotations

import pytest

from engine.commands.articles import add_note, reply
from engine.commands.changes import apply_changes
from engine.commands.tickets import close_ticket
from engine.tickets import queries

TRIAGE = {"impact": "one", "urgency": "normal"}


def path(number: str, rest: str = "") -> str:
    return f"/requests/{number}{rest}"


@pytest.fixture
def number(web) -> str:
    return web.town.report("clara", "VPN drops", offer="report_fault")


def closed(web, number: str) -> None:
    web.town.do("agnes", number, lambda w, t: close_ticket(w, t, "closed successful"))


def test_the_start_page_says_what_each_request_waits_for(web, number) -> None:
    page = web.login("clara").get("/requests")
    assert "VPN drops" in page
    assert "Wir ordnen Ihre Meldung ein." in page
    closed(web, number)
    assert "Vor Kurzem abgeschlossen" in web.get("/requests")


def test_nothing_from_inside_is_on_any_page(web, number) -> None:
    web.town.do("agnes", number, lambda w, t: add_note(w, t, "CANARY-NOTE"))
    web.town.do("agnes", number, lambda w, t: reply(w, t, "We look into it."))
    web.login("clara")
    pages = [web.get(path(number, rest)).text for rest in ("", "/live", "/diagram.bpmn")]
    pages.append(web.get("/requests").text)
    together = "".join(pages)
    assert "We look into it." in together
    assert "Agnes Meier" in together
    for secret in ("CANARY-NOTE", "agnes@example.com", "Service Desk::", "triage", "Sort the fault",
                   "Störung einordnen", "set_priority", "Postmaster"):  # fmt: skip
        assert secret not in together


def test_an_answer_lands_on_the_request(web, number) -> None:
    web.login("clara")
    files = [("files", "a.txt", b"A")]
    web.post(path(number, "/answer"), {"body": "It is <i>worse</i>."}, files=files)
    page = web.get(path(number))
    assert "It is &lt;i&gt;worse&lt;/i&gt;." in page
    assert "a.txt" in page


def test_an_empty_answer_is_refused_and_a_file_alone_is_none(web, number) -> None:
    web.login("clara")
    web.post(path(number, "/answer"), {"body": "  "}, status=422)
    web.post(path(number, "/answer"), {"body": ""}, files=[("files", "a.txt", b"A")])
    assert "Siehe die angehängten Dateien." in web.get(path(number))


def test_a_draft_is_there_again_and_gone_once_sent(web, number) -> None:
    web.login("clara")
    web.post(f"/drafts/answer-{number}", {"draft": '"half a sentence"'}, status=200)
    assert "half a sentence" in web.get(path(number))
    web.post(path(number, "/answer"), {"body": "whole"})
    assert "half a sentence" not in web.get(path(number))


def test_a_closed_request_can_be_opened_again_with_a_reason(web, number) -> None:
    closed(web, number)
    web.login("clara")
    web.post(path(number, "/reopen"), {"body": " "}, status=422)
    assert web.town.see(number, lambda w, t: t.state.name) == "closed successful"
    web.post(path(number, "/reopen"), {"body": "It is broken again."})
    assert web.town.see(number, lambda w, t: t.state.ended) is False
    assert "It is broken again." in web.get(path(number))
    web.post(path(number, "/reopen"), {"body": "Once more."}, status=409)


def test_an_answer_to_a_request_that_was_closed_meanwhile_opens_it_again(web, number) -> None:
    web.login("clara")
    closed(web, number)
    web.post(path(number, "/answer"), {"body": "It squeaks still."})
    assert web.town.see(number, lambda w, t: t.state.ended) is False
    assert web.town.steps(number) == ["triage"]


def test_a_queue_may_refuse_to_open_again(web, number) -> None:
    closed(web, number)

    def strict(work, ticket):
        ticket.queue.follow_up = "reject"

    web.town.do("agnes", number, strict)
    web.login("clara")
    assert path(number, "/reopen") not in web.get(path(number))
    late = web.post(path(number, "/reopen"), {"body": "Please mend it."}, status=409)
    assert 'id="wrote"' in late
    assert "Please mend it." in late
    late = web.post(path(number, "/answer"), {"body": "Please answer."}, status=409)
    assert "Please answer." in late
    assert "Please" not in web.get(path(number))


def test_live_answers_only_when_something_is_new(web, number) -> None:
    web.login("clara")
    first = web.get(path(number, "/live"))
    tag = {"If-None-Match": first.headers["ETag"]}
    web.get(path(number, "/live"), status=304, headers=tag)
    web.town.do("agnes", number, lambda w, t: add_note(w, t, "inside"))
    web.town.do("agnes", number, lambda w, t: reply(w, t, "News for you"))
    assert "News for you" in web.get(path(number, "/live"), headers=tag)


def test_an_agent_who_asks_is_a_customer_here(web) -> None:
    number = web.town.report("agnes", "My chair")
    web.town.do("agnes", number, lambda w, t: add_note(w, t, "CANARY-NOTE"))
    web.login("agnes")
    assert "CANARY-NOTE" not in web.get(path(number))
    other = web.town.report("clara", "Not hers")
    web.get(path(other), status=404)
    web.post(path(number, "/answer"), {"body": "It squeaks."})
    assert "It squeaks." in web.get(path(number))


def test_a_stranger_message_is_not_shown(web, number) -> None:
    def smuggle(work, ticket):
        from engine.commands.articles import add_article

        add_article(work, ticket, body="CANARY-STRANGER", channel="email", direction="in",
                    visible=True, verified=False)  # fmt: skip

    web.town.do("agnes", number, smuggle)
    assert "CANARY-STRANGER" not in web.login("clara").get(path(number))
    found = web.town.see(number, lambda w, t: len(queries.articles(w.session, w.actor, t)))
    assert found >= 2


def test_that_it_was_passed_on_by_a_rule_is_said_in_the_customers_own_words(web) -> None:
    number = web.town.report("clara", "VPN drops")
    page = web.login("clara").get(path(number)).text
    assert (
        "automatisch an die weitergegeben, die sich darum kümmern, weil darin „VPN“ steht" in page
    )
    assert "Network::VPN" not in page
    assert "routing" not in page
    web.town.do("agnes", number, lambda w, t: apply_changes(w, t, {"title": "Anders"}))
    assert "„VPN“" not in web.get(path(number)).text  # no word that is not there any more
    web.town.do("agnes", number, lambda w, t: apply_changes(w, t, {"queue": "Network"}))
    assert "automatisch an die weitergegeben" not in web.get(path(number)).text
