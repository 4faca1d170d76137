"""Form rules as a customer meets them: what is asked, what appears, what cannot be slipped in."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.audit.models import DecisionTrace
from engine.tickets import queries
from tests.ruled import answer, form, form_rules, rule

FORM = form("request/report_fault")
TYPED = {
    "title": "Nothing prints",
    "affected": "printer",
    "impact": "limited",
    "body": "Since nine.",
}
OFFER = "/report/report_fault"


def said(web: Any, number: str) -> str:
    def ask(work: Any, ticket: Any) -> str:
        return str(queries.articles(work.session, work.actor, ticket)[0].body)

    return str(web.town.see(number, ask))


def sent(web: Any, fields: Any = TYPED, **more: Any) -> str:
    return str(web.post(OFFER, fields, **more).location.split("/requests/")[1].split("?")[0])


def asked(page: Any) -> list[str]:
    """The questions of a page, in their order."""
    return re.findall(r'data-name="([^"]+)"', page.text)


@pytest.fixture
def clara(web: Any) -> Any:
    """A customer, and rules by which `colleagues` is asked only about the network."""
    form_rules(
        web.town,
        rule("hide: colleagues", FORM),
        rule("show: colleagues", FORM, answer("affected", "network"), name="network"),
    )
    return web.login("clara")


def test_a_question_that_is_left_out_is_not_in_the_page(clara: Any) -> None:
    page = clara.get(OFFER)
    assert asked(page) == ["title", "affected", "impact", "since", "body"]
    assert "colleagues" not in page
    assert "Auch andere" not in page


def test_a_question_appears_as_another_is_answered(clara: Any) -> None:
    piece = clara.post(f"{OFFER}/ask", TYPED | {"affected": "network"}, status=200)
    assert asked(piece) == ["title", "affected", "impact", "colleagues", "since", "body"]
    assert "Nothing prints" in piece
    assert "colleagues" not in clara.post(f"{OFFER}/ask", TYPED, status=200)


def test_what_is_not_asked_is_not_taken(clara: Any) -> None:
    number = sent(clara, TYPED | {"colleagues": "true"})
    assert "Auch andere" not in said(clara, number)
    number = sent(clara, TYPED | {"colleagues": "true", "affected": "network"})
    assert "Auch andere" in said(clara, number)


def test_without_a_script_the_page_comes_again_with_the_new_question(clara: Any) -> None:
    seen = [("-seen", name) for name in asked(clara.get(OFFER))]
    fields = [*(TYPED | {"affected": "network"}).items(), *seen]
    page = clara.post(OFFER, fields, status=422)
    assert "Das wird jetzt auch gefragt." in page
    assert "Nothing prints" in page
    assert "Since nine." in page
    seen = [("-seen", name) for name in asked(page)]
    assert sent(clara, [*(TYPED | {"affected": "network"}).items(), *seen])


def test_a_choice_that_is_not_offered_is_refused_where_it_stands(web: Any) -> None:
    form_rules(web.town, rule("without_choices: {field: affected, choices: [printer]}", FORM))
    web.login("clara")
    assert 'value="printer"' not in web.get(OFFER)
    page = web.post(OFFER, TYPED, status=422)
    assert "Bitte eine der angebotenen Antworten wählen" in page
    assert "Nothing prints" in page
    assert "Since nine." in page
    assert sent(web, TYPED | {"affected": "email"})


def test_what_a_rule_requires_is_demanded(web: Any) -> None:
    form_rules(web.town, rule("require: since", FORM, answer("impact", "blocked")))
    web.login("clara")
    page = web.post(OFFER, TYPED | {"impact": "blocked"}, status=422)
    assert 'href="#f-since"' in page
    assert sent(web, TYPED)
    assert sent(web, TYPED | {"impact": "blocked", "since": "2026-01-05"})


def test_a_suggestion_a_hint_and_an_answer_that_is_only_shown(web: Any) -> None:
    form_rules(
        web.town,
        rule("prefill: {field: affected, value: email}, read_only: affected", FORM, name="a"),
        rule("prefill: {field: title, value: Mailbox is full}", FORM, name="b"),
        rule("hint: {field: body, de: Bitte mit Uhrzeit., en: With the time.}", FORM, name="c"),
    )  # fmt: skip
    web.login("clara")
    page = web.get(OFFER)
    assert 'value="Mailbox is full"' in page
    assert "Bitte mit Uhrzeit." in page
    assert "<select" not in page.text.partition('id="f-affected-field"')[2].partition("</div>")[0]
    number = sent(web, TYPED | {"affected": "network"})
    assert "Was ist betroffen? E-Mail" in said(web, number)


def test_a_suggestion_does_not_come_back_over_what_was_typed(web: Any) -> None:
    form_rules(web.town, rule("prefill: {field: title, value: VPN is down}", FORM,
                              answer("affected", "network")))  # fmt: skip
    web.login("clara")
    seen = [("-seen", name) for name in ("title", "affected", "impact")]
    fields = [("title", ""), ("affected", "network"), ("impact", "blocked"), *seen]
    loose = web.post(f"{OFFER}/ask", [*fields, ("-untouched", "title")], status=200)
    assert 'value="VPN is down"' in loose
    assert 'value="VPN is down"' not in web.post(f"{OFFER}/ask", fields, status=200)


def test_what_the_form_needs_cannot_be_ruled_away(web: Any) -> None:
    form_rules(web.town, rule("hide: impact", FORM), rule("hide: since", FORM, name="s"))
    web.login("clara")
    assert asked(web.get(OFFER)) == ["title", "affected", "impact", "colleagues", "body"]
    web.post(OFFER, TYPED | {"impact": ""}, status=422)
    number = sent(web)
    traces = web.town.desk.read(
        lambda w: [t.trace for t in w.session.query(DecisionTrace).filter_by(event="form.shown")]
    )
    assert [(t["form"], t["kept"]) for t in traces] == [
        ("request/report_fault", {"impact": "needed"})
    ]
    web.login("agnes")
    why = web.get(f"/tickets/{number}/why")
    assert "„since“" in why or "“since”" in why


def test_rules_of_vips_and_of_other_forms_leave_the_form_as_it_is(web: Any) -> None:
    vip = "{fact: customer.vip, op: is, value: true}"
    other = form("request/complain")
    form_rules(web.town, rule("hide: since", FORM, vip), rule("hide: body", other, name="o"))
    page = web.login("clara").get(OFFER)
    assert "data-ask-url" not in page
    assert "data-tag" not in page
    assert 'name="since"' in page


def test_only_a_form_whose_answers_matter_asks_again(web: Any) -> None:
    form_rules(web.town, rule("hide: since", FORM))
    page = web.login("clara").get(OFFER)
    assert "data-ask-url" not in page
    assert 'name="since"' not in page


@pytest.mark.parametrize("path", ["/report/none/ask", "/report/order_hardware/ask"])
def test_what_is_not_offered_to_somebody_answers_like_what_does_not_exist(
    web: Any, path: str
) -> None:
    web.login("sam")
    assert web.post(path, {}, status=404)


def test_odd_things_that_are_sent_do_no_harm(clara: Any) -> None:
    odd = [("-seen", "x" * 5000), ("-seen", "no such"), ("-untouched", "\x00"), ("affected", "<b>"),
           ("title", "a" * 90000), ("impact", "blocked"), ("impact", "limited")]  # fmt: skip
    assert "<b>" not in clara.post(f"{OFFER}/ask", odd, status=200)
    clara.post(OFFER, odd, status=422)
