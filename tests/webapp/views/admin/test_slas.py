"""SLAs in the browser: what they promise, how tickets get them, changed with what it means told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.catalogue.models import Queue, Service
from engine.commands.promise_rows import sla_row
from engine.errors import NotFound
from engine.sla.targets import entry_of
from tests.desks import START
from tests.webapp.views.admin.test_calendars import confirm
from webapp.i18n import LANGUAGE_COOKIE

FORM = {
    "title_de": "Gold", "title_en": "Gold", "calendar": "standard", "first_response": "30 min",
    "update": "2 h", "solution": "1:30", "update_counts": "each_contact",
    "warn_percent": "50, 75 %", "escalate_after": "2h; PT8H", "rests_in": "waiting for customer",
}  # fmt: skip


def stands(web: Any, name: str = "gold") -> Any:
    def look(work: Any) -> Any:
        try:
            return entry_of(sla_row(work, name))
        except NotFound:
            return None

    return web.town.desk.read(look)


def test_a_list_and_a_page_say_what_is_promised_and_how_tickets_get_it(web: Any) -> None:
    web.town.report(sla="gold")
    web.login("ada")
    page = web.get("/slas?language=en").html
    rows = {row.select_one("a")["href"]: row.text for row in page.select("tr[data-row]")}
    assert "8 h" in rows["/slas/gold"]
    assert "2 rules" in rows["/slas/gold"]
    one = web.get("/slas/gold?language=en").html
    links = [a["href"] for a in one.select("dl a")]
    assert "/rules/priority/rule/vip-gold" in links
    assert "/calendars/extended" in links
    assert "sets it" in one.text
    assert not one.select("form[action$=remove]")  # what is in use offers no button that fails
    assert "by itself yet" not in one.text
    assert "Complain" in [each.text for each in one.select("dl dd")]  # its title, not its key


def test_what_uses_it_is_named_in_order(web: Any) -> None:
    def give(work: Any) -> None:
        gold = sla_row(work, "gold")
        for kind in (Queue, Service):
            for row in work.session.scalars(select(kind).order_by(kind.name.desc())):
                row.sla_id = gold.id
                work.session.flush()

    web.town.desk.run(give)
    page = web.login("ada").get("/slas/gold?language=en").html
    parts = {term.text: term.find_next("dd").text.split(", ") for term in page.select("dl dt")}
    assert len(parts["Queues"]) > 3
    assert parts["Queues"] == sorted(parts["Queues"])
    assert parts["Services"] == sorted(parts["Services"])


def test_it_is_changed_after_what_it_means_was_told_and_taken_back(web: Any) -> None:
    number = web.town.report(sla="gold")
    web.login("ada")
    before = stands(web)
    page = web.post("/slas/gold/edit", FORM, status=200)
    assert "1 open ticket would be due at another time" in page.text
    assert number in page.text
    rows = {tr.td.text: tr.text for tr in page.html.select("tr") if tr.td}
    assert "30 min" in rows["First response"]  # in the words of the form, not of the file
    assert "Title in German" not in rows
    assert stands(web) == before
    confirm(web, page, "new contract")
    assert stands(web) == {
        "title": {"de": "Gold", "en": "Gold"}, "calendar": "standard", "first_response": 1800,
        "update": 7200, "solution": 5400, "warn_percent": [50, 75],
        "update_counts": "each_contact", "escalate_after": [7200, 28800],
        "rests_in": ["waiting for customer"],
    }  # fmt: skip
    one = web.get("/slas/gold").html
    assert "new contract" in one.text
    said = [" ".join(line.text.split()) for line in one.select("ul ul li")]
    assert any(line.startswith("First response: 30 min (was ") for line in said)
    assert "Calendar: Office hours (was Extended hours)" in said
    form = web.get("/slas/gold/edit").html
    assert form.select_one("#f-solution")["value"] == "1 h 30 min"
    assert form.select_one("[name=rests_in][checked]")["value"] == "waiting for customer"
    change = one.select_one("form[action$=back] [name=change]")["value"]
    confirm(web, web.post("/slas/gold/back", {"change": change}, status=200))
    assert stands(web) == before
    for name, odd in (("standard", change), ("gold", "²"), ("gold", "9" * 40)):
        web.post(f"/slas/{name}/back", {"change": odd}, status=404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_response", "soon"), ("first_response", "2 d"), ("first_response", "0 h"),
        ("solution", "-1 h"), ("warn_percent", "100"), ("warn_percent", "x"),
        ("escalate_after", "later"), ("calendar", "nowhere"), ("calendar", ""),
        ("update_counts", "never"), ("rests_in", "nirvana"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(web: Any, field: str, value: str) -> None:
    web.login("ada")
    before = stands(web)
    web.app.set_cookie(LANGUAGE_COOKIE, "de")
    page = web.post("/slas/gold/edit", FORM | {field: value}, status=422).html
    assert page.select_one(f".error-summary a[href='#f-{field}']")
    assert page.select_one("#f-update")["value"] == FORM["update"]
    assert " no " not in page.select_one(".error-summary").text
    assert page.select_one("#f-update-error") is None
    assert stands(web) == before


def test_all_that_is_wrong_with_a_new_one_is_told_at_once_and_where(web: Any) -> None:
    web.login("ada")
    wrong = {"name": "", "calendar": "", "first_response": "soon", "warn_percent": "150"}
    page = web.post("/new-sla?language=en", FORM | wrong, status=422).html
    for field in wrong:
        assert page.select_one(f"#f-{field}-error"), field
    told = page.select_one(".error-summary").text
    assert "Name: Please fill this in." in told
    assert "First response: 'soon'" in told


def test_it_is_told_how_many_would_be_overdue_at_once(web: Any) -> None:
    web.town.report(sla="gold")
    web.town.desk.clock = lambda: START + timedelta(minutes=40)
    web.login("ada")
    page = web.post("/slas/gold/edit?language=en", FORM, status=200)
    assert "1 of them would be overdue at once" in page.text


def test_nobody_overwrites_unseen_what_somebody_else_saved(web: Any) -> None:
    web.login("ada")
    seen = web.get("/slas/gold/edit").html.select_one("[name=seen]")["value"]
    late = web.post("/slas/gold/edit", FORM | {"seen": seen}, status=200)
    confirm(web, web.post("/slas/gold/edit", FORM | {"solution": "9 h"}, status=200))
    page = confirm(web, late, status=409)
    assert "PT9H" in page.html.select_one(".notice.warn").text
    assert stands(web)["solution"] == 9 * 3600
    confirm(web, page)
    assert stands(web)["solution"] == 5400


def test_what_it_means_can_be_changed_further_and_why_stays(web: Any) -> None:
    web.login("ada")
    page = web.post("/slas/gold/edit", FORM, status=200).html
    text = page.select_one("textarea[name=text]").text.lstrip("\n")
    again = web.post("/slas/gold/edit", {"text": text, "why": "new contract"}, status=200).html
    assert again.select_one("#f-solution")["value"] == "1 h 30 min"
    why = again.select_one("main form [name=why]")["value"]
    asked = web.post("/slas/gold/edit", FORM | {"why": why}, status=200).html
    assert asked.select_one("#f-why")["value"] == "new contract"


def test_one_without_warnings_says_that_there_are_none(web: Any) -> None:
    web.login("ada")
    confirm(web, web.post("/slas/gold/edit", FORM | {"warn_percent": ""}, status=200))
    assert stands(web)["warn_percent"] == []
    page = web.get("/slas/gold?language=en").html
    said = next(one for one in page.select("dt") if one.text == "Warnings at")
    assert said.find_next("dd").text == "–"


def test_a_form_keeps_a_state_that_it_would_not_offer(web: Any) -> None:
    web.login("ada")

    def rests(work: Any) -> None:
        sla_row(work, "gold").rests_in = ["closed successful"]

    web.town.desk.run(rests)
    page = web.get("/slas/gold/edit").html
    assert page.select_one("[name=rests_in][checked]")["value"] == "closed successful"
    assert page.select_one("#f-warn_percent").get("required") is None


def test_one_is_made_and_removed_while_nothing_gives_it(web: Any) -> None:
    web.login("ada")
    empty = web.get("/new-sla").html
    assert [empty.select_one(f"#f-{name}")["value"] for name in ("update", "solution")] == ["", ""]
    web.post("/new-sla", FORM | {"name": "Silber & mehr"})
    assert stands(web, "Silber & mehr")["solution"] == 5400
    web.post("/new-sla", FORM | {"name": "gold"}, status=422)
    web.post("/new-sla", FORM | {"name": "a/b"}, status=422)
    page = web.get("/slas/Silber%20&%20mehr?language=en").html
    assert page.select("form[action$=remove]")
    assert "No ticket gets it by itself yet." in page.find(id="uses").parent.parent.text
    assert page.select("main a[href='/rules']")
    web.post("/slas/Silber%20&%20mehr/remove")
    assert stands(web, "Silber & mehr") is None
    web.post("/slas/gold/remove")  # a rule gives it
    assert stands(web) is not None
    web.post("/slas/gold/save", {"text": "slas: {other: 1}"}, status=400)
    web.get("/slas/nowhere", status=404)


def test_the_form_of_a_new_one_is_empty(web: Any) -> None:
    web.login("ada")
    page = web.get("/new-sla").html
    for name in ("first_response", "update", "solution"):
        assert page.select_one(f"[name={name}]")["value"] == ""
        assert page.select_one(f"[name={name}]").get("aria-invalid") is None


def test_others_see_nothing_of_it(web: Any) -> None:
    for name in ("agnes", "olga", "clara"):
        web.login(name)
        for page in ("/slas", "/new-sla", "/slas/gold", "/slas/gold/edit"):
            web.get(page, status="4*")
        for action in ("save", "back", "remove", "edit"):
            web.post(f"/slas/gold/{action}", {}, status="4*")
