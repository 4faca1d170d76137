"""The list finds, filters and pages; several tickets are changed at once and taken back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

pytestmark = pytest.mark.both_databases


def queue_of(web: Any, number: str) -> str:
    """The name of the queue that a ticket is in."""
    return str(web.town.see(number, lambda w, t: t.queue.name))


def undo_address(page: Any) -> str:
    """Where the toast's button sends what takes the change back."""
    found = re.search(r'data-toast>.*?<form method="post" action="([^"]+)"', page.text, re.S)
    assert found, "no toast offers to take it back"
    return html.unescape(found.group(1))


def test_a_number_leads_to_its_ticket_and_words_to_a_list(web: Any) -> None:
    number = web.town.report(title="Printer smokes")
    web.login("agnes")
    assert web.get(f"/tickets?q=%23{number}", status=303).location.endswith(f"/tickets/{number}")
    assert "Printer smokes" in web.get("/tickets?q=smok").text
    assert "No ticket fits" in web.get("/tickets?q=unheard").text


def test_a_search_also_finds_people(web: Any) -> None:
    page = web.login("agnes").get("/tickets?q=clara")
    assert "clara@example.org" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=none", True),
        ("who=me", False),
        ("state=closed", False),
        ("state=new", True),
        ("type=incident", True),
        ("type=question", False),
        ("tag=nowhere", False),
        ("in=HR", False),
        ("customer=x&rank=9&before=abc&who=zz", True),
    ],
)
def test_filters_narrow_and_nonsense_narrows_nothing(web: Any, query: str, found: bool) -> None:
    number = web.town.report()
    page = web.login("agnes").get(f"/tickets?{query}")
    assert (f"/tickets/{number}" in page.text) is found


def test_foreign_tickets_are_in_no_list(web: Any) -> None:
    number = web.town.report(title="Only for service desk")
    assert number not in web.login("olga").get("/tickets?state=all&q=only").text


def test_moving_several_is_taken_back_by_one_click(web: Any) -> None:
    numbers = [web.town.report(title=f"Move {n}") for n in range(2)]
    before = [queue_of(web, number) for number in numbers]
    web.login("agnes").post(
        "/tickets/bulk",
        [("do", "queue"), ("queue", "Network"), *(("select", n) for n in numbers)],
    )
    assert [queue_of(web, n) for n in numbers] == ["Network", "Network"]
    web.post(undo_address(web.get("/tickets")))
    assert [queue_of(web, n) for n in numbers] == before


def test_closing_several_passes_over_what_is_foreign(web: Any) -> None:
    number = web.town.report()
    web.login("olga").post("/tickets/bulk", [("do", "close"), ("sure", "1"), ("select", number)])
    assert "0 of 1" in web.get("/tickets").text
    web.login("agnes").post("/tickets/bulk", [("do", "close"), ("sure", "1"), ("select", number)])
    assert web.town.see(number, lambda w, t: t.state.type) == "closed successful"


def test_an_unknown_verb_changes_nothing(web: Any) -> None:
    number = web.town.report()
    before = queue_of(web, number)
    web.login("agnes").post("/tickets/bulk", [("do", "removed"), ("select", number)])
    assert queue_of(web, number) == before


def test_many_moved_at_once_are_taken_back_at_once(web: Any) -> None:
    numbers = [web.town.report(title=f"Move {n}") for n in range(40)]
    before = {queue_of(web, number) for number in numbers}
    fields = [("do", "queue"), ("queue", "Network"), *(("select", n) for n in numbers)]
    web.login("agnes").post("/tickets/bulk", fields)
    web.post(undo_address(web.get("/tickets")), headers={"Referer": "http://localhost/tickets"})
    assert {queue_of(web, number) for number in numbers} == before
    assert "40 of 40 taken back" in web.get("/tickets").text


def test_which_ones_were_left_and_why_is_said(web: Any) -> None:
    number, ended = web.town.report(), web.town.report(title="Over")
    web.login("agnes").post(f"/tickets/{ended}/merge", {"target": number, "sure": "1"})
    fields = [("do", "close"), ("sure", "1"), ("select", ended), ("select", number),
              ("select", "99")]  # fmt: skip
    web.post("/tickets/bulk", fields)
    page = web.get("/tickets?state=all").text
    assert "1 of 3 closed" in page
    assert f"#{ended}: " in page
    assert "#99: There is no such ticket." in page


def test_closing_several_says_first_what_ends(web: Any) -> None:
    number, ended = web.town.report(), web.town.report(title="Over")
    web.login("agnes").post(f"/tickets/{ended}/close")
    fields = [("do", "close"), ("select", number), ("select", ended), ("select", "99")]
    page = web.post("/tickets/bulk", fields, status=200).text
    for said in ("1 ticket will be closed", "1 process ends", "1 open step is no longer needed",
                 "2 stay as they are", f"#{ended}: This ticket is closed already."):  # fmt: skip
        assert said in page
    assert web.town.see(number, lambda w, t: t.state.type) == "new"
