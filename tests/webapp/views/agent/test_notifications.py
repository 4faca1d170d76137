"""The notification centre: the bell counts right, reading needs no script, others' stay theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.notices import tell_agent
from engine.notify.inbox import READ
from engine.notify.models import Notification
from engine.people.models import LoginSession

CANARY = "<script>alert('canary')</script>"


@pytest.fixture
def told(web: Any) -> Any:
    """`told(name, kind)` tells somebody about a ticket; what came before is read."""
    number = web.town.report(queue="Network", title=f"VPN {CANARY}", sla="gold")

    def before(work: Any) -> None:
        for row in work.session.scalars(select(Notification)):
            row.read_at = work.now

    web.town.desk.run(before)

    def tell(name: str, kind: str = "assigned") -> str:
        def command(work: Any, ticket: Any) -> None:
            tell_agent(work, ticket, web.town.person(work, name), kind)

        web.town.do("ada", number, command)
        return number

    return tell


def bell(page: Any) -> Any:
    return page.html.select_one("[data-bell]")


def test_the_bell_counts_and_the_page_shows_what_is_unread(web: Any, told: Any) -> None:
    assert bell(web.login("agnes").get("/today"))["data-unread"] == "0"
    number = told("agnes")
    told("agnes", "note_added")
    page = web.get("/notifications")
    assert bell(page)["aria-label"] == "Notifications, 1 unread"
    row = page.html.select_one(".inbox.not-read")
    assert row.select_one("a")["href"] == f"/tickets/{number}"
    assert "2 events" in row.text
    assert row.select_one(".clock time")["data-due"]  # by when something is promised there
    assert CANARY not in page.text


def test_one_thing_is_read_without_a_script(web: Any, told: Any) -> None:
    told("agnes")
    page = web.login("agnes").get("/notifications")
    ids = page.html.select_one("form[data-read] input[name=ids]")["value"]
    page = web.post("/notifications/read", {"ids": ids}).follow()
    assert not page.html.select(".not-read")
    assert bell(page)["data-unread"] == "0"


def test_who_has_more_unread_than_fits_is_told_so(
    web: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.notify.inbox.MOST_UNREAD", 3)
    for _ in range(2):
        told("agnes", "note_added")
    assert "More is unread" not in web.login("agnes").get("/notifications").text
    for _ in range(2):
        told("agnes", "note_added")
    assert "More is unread than fits here" in web.get("/notifications").text


def test_all_is_read_up_to_what_was_shown(web: Any, told: Any) -> None:
    told("agnes")
    page = web.login("agnes").get("/notifications")
    until = page.html.select_one("form[data-read-all] input[name=until]")["value"]
    told("agnes", "note_added")
    page = web.post("/notifications/read", {"until": until}).follow()
    assert "New note" in page.html.select_one(".not-read").text
    assert bell(page)["data-unread"] == "1"


def test_nobody_reads_for_another(web: Any, told: Any) -> None:
    told("agnes")
    page = web.login("agnes").get("/notifications")
    ids = page.html.select_one("form[data-read] input[name=ids]")["value"]
    web.login("bruno").post("/notifications/read", {"ids": ids, "until": ""})
    web.post("/notifications/read", {"until": "999999"})
    assert bell(web.login("agnes").get("/today"))["data-unread"] == "1"


def test_a_foreign_ticket_and_none_look_the_same(web: Any, told: Any) -> None:
    number = told("agnes")
    web.login("bruno").post("/notifications/read", {"ticket": number}, status=404)
    web.post("/notifications/read", {"ticket": "1"}, status=404)


@pytest.mark.parametrize("ids", ["", "x", "-1", "9" * 40, "1;drop", "1 " * 5000])
def test_odd_ids_do_nothing(web: Any, told: Any, ids: str) -> None:
    told("agnes")
    hers = ids.startswith("1 ")  # the id of one that is hers, which she reads and nobody else
    for name in ("bruno",) if hers else ("bruno", "agnes"):
        web.login(name).post("/notifications/read", {"ids": ids}, status=303)
    assert bell(web.login("agnes").get("/today"))["data-unread"] == "1"


def test_asking_again_is_cheap_and_tells_the_latest(web: Any, told: Any) -> None:
    web.login("agnes")
    answer = web.get("/notifications/live")
    assert answer.json["count"] == 0
    tag = answer.headers["ETag"]
    web.get("/notifications/live", status=304, headers={"If-None-Match": tag})
    told("agnes")
    answer = web.get("/notifications/live", headers={"If-None-Match": tag})
    assert (answer.json["count"], answer.json["said"]) == (1, "Ticket handed over")
    assert answer.json["title"] == f"VPN {CANARY}"  # JSON; the page puts it as text


def test_l7_asking_keeps_no_session_alive(web: Any, told: Any) -> None:
    def ends(work: Any) -> Any:
        agnes = web.town.person(work, "agnes")
        query = select(LoginSession.expires_at).where(LoginSession.person_id == agnes.id)
        return work.session.scalars(query.order_by(LoginSession.expires_at.desc())).first()

    web.login("agnes")
    before = web.town.desk.read(ends)
    web.get("/notifications/live")
    assert web.town.desk.read(ends) == before

    def end(work: Any) -> None:
        for row in work.session.scalars(select(LoginSession)):
            row.expires_at = work.now - timedelta(seconds=1)

    web.town.desk.run(end)
    web.get("/notifications/live", status=(303, 401, 403))


def test_a_script_gets_the_latest_alone(web: Any, told: Any) -> None:
    told("agnes")
    page = web.login("agnes").get("/notifications", headers={"X-Requested-With": "fetch"})
    assert "<html" not in page.text
    assert page.html.select_one(".inbox.not-read")


def test_a_kind_is_picked_and_odd_ones_show_nothing(web: Any, told: Any) -> None:
    told("agnes")
    told("agnes", "note_added")
    page = web.login("agnes").get("/notifications?kind=note_added")
    assert "New note" in page.html.select_one(".inbox").text
    assert web.get("/notifications?kind=%3Cb%3E&before=999999999999").html.select_one(".empty")


def test_a_kind_is_found_however_much_else_was_read_since(web: Any, told: Any) -> None:
    told("agnes", "note_added")
    for _ in range(READ + 1):
        told("agnes")

    def read(work: Any) -> None:
        for row in work.session.scalars(select(Notification)):
            row.read_at = work.now

    web.town.desk.run(read)
    page = web.login("agnes").get("/notifications?kind=note_added").html
    assert "New note" in page.select_one(".inbox").text
    offered = {one["value"]: one.has_attr("selected") for one in page.select("option")}
    assert offered == {"": False, "assigned": False, "note_added": True}


def test_customers_have_no_bell(web: Any) -> None:
    assert bell(web.login("clara").get("/requests")) is None
    web.get("/notifications", status=(303, 403, 404))


def test_it_is_german_for_who_reads_german(web: Any, told: Any) -> None:
    told("agnes")
    page = web.login("agnes").get("/notifications?language=de")
    assert "Ungelesen" in page.text
    assert bell(page)["aria-label"] == "Benachrichtigungen, 1 ungelesen"
