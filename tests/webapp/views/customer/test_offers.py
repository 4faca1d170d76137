"""Asking for something: from a few words to a request with a number; nothing typed is lost."""

from __future__ import annotations

import json

import pytest

from engine.tickets import queries

FAULT = {
    "title": "Printer prints <b>nothing</b>",
    "affected": "printer",
    "impact": "limited",
    "colleagues": "true",
    "body": "Since this morning.\r\nRoom 312.",
}


def articles(web, number: str):
    def ask(work, ticket):
        found = queries.articles(work.session, work.actor, ticket)
        return [(a.body, a.visible, [f.name for f in a.attachments]) for a in found]

    return web.town.see(number, ask)


def sent(web, fields=FAULT, **more) -> str:
    answer = web.post("/report/report_fault", fields, **more)
    return answer.location.split("/requests/")[1].split("?")[0]


def test_a_fault_becomes_a_request_with_a_number_and_a_readable_text(web) -> None:
    web.login("clara")
    number = sent(web, files=[("files", "screen.png", b"PNG")])
    page = web.get(f"/requests/{number}?new=1")
    assert number in page
    assert "Wir ordnen Ihre Meldung ein" in page
    assert "Printer prints &lt;b&gt;nothing&lt;/b&gt;" in page
    body, visible, files = articles(web, number)[0]
    assert body.startswith("Since this morning.\nRoom 312.")
    assert "Was ist betroffen? Drucker" in body
    assert (visible, files) == (True, ["screen.png"])
    assert web.town.see(number, lambda w, t: (t.offer_key, t.language, t.title)) == (
        "report_fault", "de", FAULT["title"],
    )  # fmt: skip


def test_what_is_not_asked_does_not_count(web) -> None:
    web.login("clara")
    extra = {"queue": "Network", "priority": "5 very high", "owner": "1", "state": "removed",
             "customer": "1", "number": "1", "service": "Onboarding"}  # fmt: skip
    number = sent(web, FAULT | extra)
    asked = lambda w, t: (t.priority.rank < 5, t.owner_id, t.service.name, t.customer.login)  # noqa: E731
    assert web.town.see(number, asked) == (True, None, "Workplace", "clara@example.org")


def test_missing_answers_come_back_with_what_was_typed(web) -> None:
    web.login("clara")
    page = web.post("/report/report_fault", FAULT | {"affected": "", "impact": "x"}, status=422)
    assert "Since this morning." in page
    assert "error-summary" in page
    assert "Printer prints &lt;b&gt;" in page


def test_a_file_too_large_is_explained_and_the_text_kept(web) -> None:
    import dataclasses

    desk = web.town.desk
    desk.settings = dataclasses.replace(desk.settings, max_upload_bytes=1000)
    web.login("sam")
    files = [("files", "film.mp4", b"x" * 1001)]
    page = web.post("/report/report_fault", FAULT, files=files, status=422)
    assert "film.mp4" in page
    assert "Please choose your files again" in page
    assert "Since this morning." in page
    many = [("files", f"{n}.txt", b"x") for n in range(21)]
    assert "at most 20 files" in web.post("/report/report_fault", FAULT, files=many, status=422)
    assert "Nothing is open" in web.get("/requests")


def test_the_catalogue_says_what_happens_next_before_sending(web) -> None:
    web.login("sam")
    assert "Report a fault" in web.get("/report")
    page = web.get("/report/report_fault?title=%22%3E%3Cscript%3E")
    assert "What happens next" in page
    assert "First answer within four working hours." in page
    assert "<script>" not in page.text.split("<main")[1]


@pytest.mark.parametrize("path", ["/report/nothing", "/report/..%2f", "/report/%00"])
def test_an_offer_that_is_none_is_not_found(web, path: str) -> None:
    web.login("sam")
    assert web.get(path, status=404)


def test_words_lead_to_offers_also_without_scripts(web) -> None:
    web.login("sam")
    piece = web.get("/report/suggest?q=printer+broken").text
    assert "/report/report_fault?title=printer+broken" in piece
    assert "<html" not in piece
    assert "This fits what you wrote" in web.get("/report?q=printer")
    assert web.get("/report/suggest?q=").text.strip() == ""


def test_every_offer_can_be_opened(web) -> None:
    web.login("clara")
    import re

    keys = set(re.findall(r'href="/report/(\w+)"', web.get("/report").text))
    assert "order_hardware" in keys
    assert {web.get(f"/report/{key}").status_int for key in keys} == {200}


def test_a_report_half_written_is_there_on_another_day(web) -> None:
    page = web.login("clara").get("/report/report_fault")
    assert 'data-draft-url="/drafts/offer-report_fault"' in page
    typed = {"title": "It sm", "colleagues": ["true"], "impact": ["limited"]}
    web.post("/drafts/offer-report_fault", {"draft": json.dumps(typed)}, status=200)
    form = next(f for f in web.get("/report/report_fault").forms.values() if "impact" in f.fields)
    assert (form["title"].value, form["impact"].value) == ("It sm", "limited")
    assert form["colleagues"].checked
    assert "It sm" not in web.login("sam").get("/report/report_fault")
    number = sent(web.login("clara"), FAULT | {"draft_key": "offer-report_fault"})
    assert 'data-accepted="offer-report_fault"' in web.get(f"/requests/{number}")
    assert "It sm" not in web.get("/report/report_fault")


def test_what_is_for_insiders_does_not_exist_for_customers_from_outside(web) -> None:
    web.login("sam")
    assert "order_hardware" not in web.get("/report").text
    assert "order_hardware" not in web.get("/report?q=notebook").text
    web.get("/report/order_hardware", 404)
    assert web.get("/report/report_fault").status_int == 200


def test_agents_ask_as_people_of_the_house(web) -> None:
    web.login("agnes")
    assert "order_hardware" in web.get("/report").text
    assert web.get("/report/order_hardware").status_int == 200
