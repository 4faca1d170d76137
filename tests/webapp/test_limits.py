"""Who asks too often waits and loses nothing; when time has passed, and for others, all is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

TEXT = "The printer on the third floor eats paper."


@pytest.fixture
def limited(town: Any) -> Any:
    """A desk that allows two of everything a minute."""
    names = ("limit_api_writes", "limit_requests", "limit_drafts", "limit_search")
    town.desk.settings = replace(town.desk.settings, **dict.fromkeys(names, 2))
    return town.desk


def writer(web: Any, path: str) -> str:
    """The mark that a form on this page carries."""
    found = web.get(path).html.find("input", {"name": "writer"})
    return str(found["value"]) if found else ""


def test_a_customer_who_asks_too_often_keeps_the_text_and_may_send_it_later(
    web: Any, limited: Any, clock: Any
) -> None:
    path = "/report/report_fault"
    mark = writer(web.login("clara"), path)
    assert mark
    fields = {"writer": mark, "title": "", "body": TEXT}
    for _ in range(2):
        web.post(path, fields, status=422)
    page = web.post(path, fields, status=429)
    assert int(page.headers["Retry-After"]) == 30
    assert TEXT in page.html.find(id="wrote").text
    assert page.html.select_one("form.wrote input[name=body]")["value"] == TEXT
    sam = writer(web.login("sam"), path)
    web.post(path, fields | {"writer": sam}, status=422)
    web.login("clara").post(path, fields, status=429)
    clock.move(seconds=30)
    web.post(path, fields, status=422)


def test_drafts_wait_too_and_a_script_is_told(web: Any, limited: Any, clock: Any) -> None:
    web.login("clara")
    script = {"X-Requested-With": "fetch"}
    fields = {"draft": '{"body": "x"}'}
    for _ in range(2):
        web.post("/drafts/answer-1", fields, status=200, headers=script)
    told = web.post("/drafts/answer-1", fields, status=429, headers=script)
    assert told.json["text"]
    assert told.headers["Retry-After"] == "30"
    web.login("sam").post("/drafts/answer-1", fields, status=200, headers=script)
    clock.move(minutes=1)
    web.login("clara").post("/drafts/answer-1", fields, status=200, headers=script)


def test_strangers_search_the_faq_by_address_and_people_as_they_like(
    web: Any, limited: Any, clock: Any
) -> None:
    here, there = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "192.0.2.8"}
    for _ in range(2):
        web.get("/faq?q=vpn", extra_environ=here)
    page = web.get("/faq?q=vpn&language=de", status=429, extra_environ=here)
    assert page.headers["Retry-After"] == "30"
    assert "zu oft" in page.text
    web.get("/faq", extra_environ=here)
    web.get("/faq?q=vpn", extra_environ=there)
    web.login("clara")
    for _ in range(3):
        web.get("/faq?q=vpn", extra_environ=here)
    clock.move(minutes=1)
    web.logout().get("/faq?q=vpn", extra_environ=here)


def test_a_network_of_the_new_addresses_is_one_asker(web: Any, limited: Any) -> None:
    for end in (1, 2):
        web.get("/faq?q=vpn", extra_environ={"REMOTE_ADDR": f"2001:db8::{end}"})
    web.get("/faq?q=vpn", status=429, extra_environ={"REMOTE_ADDR": "2001:db8::3"})
    web.get("/faq?q=vpn", extra_environ={"REMOTE_ADDR": "2001:db8:0:1::3"})


def test_without_a_limit_nobody_is_counted(web: Any, limited: Any) -> None:
    limited.settings = replace(limited.settings, limit_search=0)
    for _ in range(5):
        web.get("/faq?q=vpn")
