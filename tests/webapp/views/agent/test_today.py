"""Today shows what is mine and what is free, and a poll answers only when something changed."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.both_databases


def first_item(web: Any, number: str) -> int:
    """The id of the first open step of a ticket."""
    from engine.tickets.queries import open_items

    return int(web.town.see(number, lambda w, t: open_items(w.session, t)[0].id))


def test_free_tasks_are_offered_and_taken_ones_are_mine(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    item = first_item(web, number)
    page = web.login("agnes").get("/today")
    assert f'action="/steps/{item}/claim"' in page.text
    web.post(f"/steps/{item}/claim", {"from": "today"})
    page = web.get("/today")
    assert f"/tickets/{number}" in page.text
    assert f'action="/steps/{item}/claim"' not in page.text


def test_a_poll_is_answered_by_304_until_something_changes(web: Any) -> None:
    number = web.town.report()
    tag = web.login("agnes").get("/today/live").headers["ETag"]
    web.get("/today/live", status=304, headers={"If-None-Match": tag})
    web.post(f"/steps/{first_item(web, number)}/claim")
    assert web.get("/today/live", headers={"If-None-Match": tag}).headers["ETag"] != tag


def test_several_are_taken_at_once_and_foreign_ones_are_passed_over(web: Any) -> None:
    numbers = [web.town.report(title=f"VPN {n}") for n in range(2)]
    items = [first_item(web, number) for number in numbers]
    web.login("agnes").post(
        "/steps/bulk", [("do", "claim"), *(("select", i) for i in [*items, 999_999, "x"])]
    )
    assert "2 of 3" in web.get("/today").text
    web.login("bruno").post("/steps/bulk", [("do", "claim"), ("select", items[0])])
    assert "0 of 1" in web.get("/today").text


def test_nothing_to_do_is_said(web: Any) -> None:
    assert "All done" in web.login("bruno").get("/today").text


def test_customers_and_strangers_do_not_see_it(web: Any) -> None:
    web.login("clara").get("/today", status=404)
    web.logout().get("/today", status=303)
