"""Customers reach everything they ever asked, find it by words, and find nothing of the inside."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from engine.commands.articles import add_note
from engine.commands.tickets import close_ticket
from webapp.presenters import request_list
from webapp.views.customer import requests

pytestmark = pytest.mark.both_databases


def numbers(page: Any) -> list[str]:
    return re.findall(r'href="/requests/(\d+)" data-row', page.text)


def next_of(page: Any) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', page.text)
    return html.unescape(found.group(1)) if found else ""


def closed(web: Any, count: int) -> list[str]:
    made = [web.town.report(title=f"VPN {n}") for n in range(count)]
    for number in made:
        web.town.desk.clock.move(minutes=1)
        web.town.do("agnes", number, lambda w, t: close_ticket(w, t) and None)
    return made[::-1]


def test_all_closed_ones_can_be_reached(web: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(request_list, "PAGE", 2)
    monkeypatch.setattr(requests, "ENDED", 1)
    made = closed(web, 5)
    page = web.login("clara").get("/requests")
    assert numbers(page) == made[:1]
    assert 'href="/requests/all"' in page.text
    seen, page = [], web.get("/requests/all")
    while True:
        seen += numbers(page)
        if not next_of(page):
            break
        page = web.get(next_of(page))
    assert seen == made


def test_open_ones_beyond_the_start_page_can_be_reached(web: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(requests, "OPEN", 1)
    made = [web.town.report(title=f"VPN {n}") for n in range(3)]
    page = web.login("clara").get("/requests")
    assert len(numbers(page)) == 1
    assert sorted(numbers(web.get("/requests/all?state=open"))) == sorted(made)
    assert 'href="/requests/all?state=open"' in page.text


def test_words_are_found_in_what_one_may_read_and_nowhere_else(web: Any) -> None:
    number = web.town.report(title="Drucker GEHÖRT gewartet", body="Es riecht nach Öl, 100%_sicher")
    web.town.report(by="sam", title="Drucker von Sam")
    web.town.do("agnes", number, lambda w, t: add_note(w, t, "suspect sabotage") and None)
    web.login("clara")
    for q in ("drucker", "öl", "ÖL riecht", number, f"#{number}", "100%_sicher", "gehört"):
        assert numbers(web.get("/requests/all", params={"q": q})) == [number], q
    for q in ("sabotage", "von Sam", "%%%", "___", "\\"):
        assert numbers(web.get("/requests/all", params={"q": q})) == [], q


@pytest.mark.parametrize("query", ["after=x", "state=odd", "q=%00", "after=~", "q=" + "a+" * 300])
def test_nonsense_is_no_fault(web: Any, query: str) -> None:
    web.town.report()
    web.login("clara").get(f"/requests/all?{query}")
    web.logout().get("/requests/all", status=303)
