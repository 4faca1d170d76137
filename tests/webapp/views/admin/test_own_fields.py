"""A company's own fields: made, changed and retired by admins, filled in by agents."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.catalogue.models import CustomField
from engine.commands.candidates import read_rules
from engine.commands.own_fields import change_field, create_field, field_with
from engine.commands.publish import publish_rules
from engine.errors import NotAllowed

ROOT = Path(__file__).parents[4]
ASSET = {"name": "asset", "kind": "text", "title_de": "Inventarnummer", "title_en": "Asset number",
         "choices": "", "active": "true"}  # fmt: skip
SITE = {"name": "site", "kind": "choice", "title_de": "Standort", "title_en": "Affected site",
        "choices": "Berlin\r\nHamburg\r\n\r\nBerlin", "active": "true"}  # fmt: skip
CANARY = "<script>alert('canary')</script>\"'>"


def made(web: Any, *forms: dict[str, str]) -> None:
    """Fields made on the page by the admin."""
    web.login("ada")
    for form in forms:
        web.post("/structure/new-field", form)


def own(web: Any, number: str) -> dict[str, Any]:
    """What stands in a ticket's own fields."""
    found: dict[str, Any] = web.town.see(number, lambda w, t: dict(t.custom or {}))
    return found


def test_a_field_is_made_and_an_agent_fills_it_in(web: Any) -> None:
    made(web, ASSET, SITE)
    assert "custom.site" in web.get("/structure").text
    number = web.town.report()
    page = web.login("agnes").get(f"/tickets/{number}?language=en")
    assert "Asset number" in page.text
    assert [o.text for o in page.html.select("select[name='custom.site'] option")] == [
        "–", "Berlin", "Hamburg"]  # fmt: skip
    web.post(f"/tickets/{number}/change", {"custom.site": "Berlin"})
    web.post(f"/tickets/{number}/change", {"custom.asset": "NB-4711"})
    assert own(web, number) == {"site": "Berlin", "asset": "NB-4711"}
    german = web.get(f"/tickets/{number}?language=de").html.select_one(".history").text
    assert "Inventarnummer: NB-4711" in german
    web.post(f"/tickets/{number}/change", {"custom.site": ""})
    assert own(web, number) == {"asset": "NB-4711"}


def test_who_looked_at_an_older_ticket_sees_both_under_the_fields_title(web: Any) -> None:
    made(web, ASSET)
    number = web.town.report()
    version = web.town.see(number, lambda w, t: t.version)
    web.login("agnes").post(f"/tickets/{number}/change", {"custom.asset": "A"})
    fields = {"custom.asset": "B", "version": version}
    page = web.post(f"/tickets/{number}/change", fields, status=409)
    assert page.html.find("th", string="Asset number") is not None
    assert own(web, number) == {"asset": "A"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("choice", "Berlin", "Paris"),
        ("number", "-12.5", "12,5"),
        ("number", "7", "NaN"),
        ("date", "2028-02-29", "2027-02-29"),
        ("date", "2026-03-31", "20260331"),
    ],
)
def test_a_field_takes_what_its_kind_says(web: Any, kind: str, good: str, bad: str) -> None:
    made(web, SITE | {"kind": kind})
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/change", {"custom.site": good})
    answer = web.post(f"/tickets/{number}/change", {"custom.site": bad}, status=400)
    assert "Affected site" in answer.text
    assert own(web, number) == {"site": good}


def test_a_retired_field_keeps_its_values_and_takes_no_new_ones(web: Any) -> None:
    made(web, SITE)
    old, new = web.town.report(), web.town.report()
    web.login("agnes").post(f"/tickets/{old}/change", {"custom.site": "Berlin"})
    web.login("ada").post("/structure/fields/site", SITE | {"active": ""})
    web.login("agnes").post(f"/tickets/{old}/change", {"custom.site": "Hamburg"}, status=400)
    assert "Berlin" in web.get(f"/tickets/{old}").html.find(id="fact-custom.site").text
    assert web.get(f"/tickets/{new}").html.find(id="fact-custom.site") is None
    assert own(web, old) == {"site": "Berlin"}


def test_a_choice_that_was_taken_away_stays_where_it_was_chosen(web: Any) -> None:
    made(web, SITE)
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/change", {"custom.site": "Berlin"})
    web.login("ada").post("/structure/fields/site", SITE | {"choices": "Hamburg"})
    page = web.login("agnes").get(f"/tickets/{number}")
    assert page.html.select_one("select[name='custom.site'] option[selected]").text == "Berlin"
    web.post(f"/tickets/{number}/change", {"custom.site": "Berlin"})
    web.post(f"/tickets/{number}/change", {"custom.site": "Hamburg"})
    web.post(f"/tickets/{number}/change", {"custom.site": "Berlin"}, status=400)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "Asset"), ("name", "a.b"), ("name", "x" * 33), ("name", "asset"),
     ("name", "queue"), ("kind", "odd"), ("title_de", ""), ("title_en", "x" * 81),
     ("choices", ""), ("choices", "x" * 121)],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused_with_what_was_typed(
    web: Any, field: str, value: str
) -> None:
    made(web, ASSET)
    answer = web.post("/structure/new-field", SITE | {field: value}, status=422)
    assert answer.html.find(id=f"f-{field}-error") is not None
    assert "Hamburg" in answer.text or field == "choices"
    names = web.town.desk.read(lambda w: list(w.session.scalars(select(CustomField.name))))
    assert names == ["asset"]


def test_what_an_admin_typed_is_text_on_every_page(web: Any) -> None:
    made(web, SITE | {"title_de": CANARY, "title_en": CANARY, "choices": CANARY})
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/change", {"custom.site": CANARY})
    pages = [web.get(f"/tickets/{number}").text]
    web.login("ada")
    paths = ("/structure", "/structure/fields/site", "/structure/in-force")
    pages += [web.get(path).text for path in paths]
    assert ["canary" in page for page in pages] == [True] * 4
    assert [page for page in pages if "<script>alert" in page] == []
    assert own(web, number) == {"site": CANARY}


def test_only_admins_make_and_change_fields_and_each_change_is_written_down(web: Any) -> None:
    desk = web.town.desk
    values = {"name": "asset", "title": {"de": "Gerät", "en": "Device"}}
    for name in ("clara", "agnes", "olga"):
        with pytest.raises(NotAllowed):
            desk.run(lambda w: create_field(w, values) and None, web.town.actor(name))
    made(web, ASSET)
    with pytest.raises(NotAllowed):
        desk.run(lambda w: change_field(w, field_with(w, "asset"), values), web.town.actor("agnes"))
    web.post("/structure/fields/asset", ASSET | {"title_en": "Device"})
    entries = desk.read(
        lambda w: [(e.what, e.actor, e.detail["name"]) for e in w.session.scalars(
            select(DeskEntry).where(DeskEntry.what.startswith("field")).order_by(DeskEntry.id))]
    )  # fmt: skip
    assert [(what, name) for what, _, name in entries] == [
        ("field created", "asset"), ("field changed", "asset")]  # fmt: skip
    assert all("Ada" in actor for _, actor, _ in entries)


def test_who_may_not_change_the_ticket_changes_none_of_its_fields(web: Any) -> None:
    made(web, ASSET)
    number = web.town.report()
    web.login("bruno").post(f"/tickets/{number}/change", {"custom.asset": "x"}, status=404)
    web.login("clara").post(f"/tickets/{number}/change", {"custom.asset": "x"}, status=404)
    assert own(web, number) == {}
    assert "Asset number" not in web.get(f"/requests/{number}").text


RULES = """
ruleset: sites
title: {de: Standorte, en: Sites}
events: [ticket.changed]
rules:
  - id: hamburg
    title: {de: Hamburg, en: Hamburg}
    order: 10
    when:
      all:
        - {fact: custom.site, op: changed_to, value: Hamburg}
        - {fact: custom.floor, op: gt, value: 3}
    then:
      - {set: {custom.asset: high up}}
"""


def test_rules_read_and_set_the_fields_by_name(web: Any, tmp_path: Path) -> None:
    made(web, ASSET, SITE, ASSET | {"name": "floor", "kind": "number"})
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    (tmp_path / "rules" / "sites.yaml").write_text(RULES, encoding="utf-8")
    candidate = read_rules(tmp_path / "rules")
    web.town.desk.run(lambda w: publish_rules(w, candidate) and None)
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/change", {"custom.floor": "12"})
    assert "asset" not in own(web, number)
    web.post(f"/tickets/{number}/change", {"custom.site": "Hamburg"})
    assert own(web, number)["asset"] == "high up"


def test_customers_see_what_is_shown_to_them_and_nothing_else(web: Any) -> None:
    made(web, ASSET | {"customer_visible": "true"}, SITE)
    assert "custom.asset" in web.get("/structure").text
    number = web.town.report()
    web.login("agnes")
    web.post(f"/tickets/{number}/change", {"custom.site": "Berlin"})
    assert "Details" not in web.login("clara").get(f"/requests/{number}?language=en").text
    web.login("agnes").post(f"/tickets/{number}/change", {"custom.asset": CANARY})
    page = web.login("clara").get(f"/requests/{number}?language=en")
    facts = page.html.select_one("section[aria-labelledby=details]")
    assert "Asset number" in facts.text
    assert CANARY in facts.text
    assert "Berlin" not in page.text
    web.login("ada").post("/structure/fields/asset", ASSET)
    assert "Asset number" not in web.login("clara").get(f"/requests/{number}?language=en").text


def test_a_question_of_an_offer_fills_a_field(web: Any) -> None:
    made(web, ASSET | {"customer_visible": "true"})
    mark_question(web)
    fault = {"title": "No picture", "affected": "printer", "impact": "blocked", "body": "Dark."}
    answer = web.login("clara").post("/report/report_fault", fault | {"device": "NB-4711"})
    number = answer.location.rpartition("/")[2].partition("?")[0]
    assert own(web, number) == {"asset": "NB-4711"}
    web.login("ada").post("/structure/fields/asset", ASSET | {"active": ""})
    answer = web.login("clara").post("/report/report_fault", fault | {"device": "NB-4712"})
    later = answer.location.rpartition("/")[2].partition("?")[0]
    assert own(web, later) == {}
    assert "NB-4712" in web.get(f"/requests/{later}").text


def mark_question(web: Any) -> None:
    """One more question of the form for faults: which device it is."""
    from copy import deepcopy

    from engine.catalogue.models import Offer

    def change(work: Any) -> None:
        offer = work.session.get(Offer, "report_fault")
        form = deepcopy(offer.form)
        form["schema"]["properties"]["device"] = {"type": "string", "maxLength": 40}
        form["ui"]["fields"]["device"] = {"label": {"en": "Device"}, "ticket": "custom.asset"}
        offer.form = form

    web.town.desk.run(change)


def test_an_offer_that_fills_a_field_that_there_is_not_is_refused(web: Any, tmp_path: Path) -> None:
    import json

    from engine.commands.offers import publish_catalogue, read_catalogue
    from engine.errors import Invalid

    shutil.copytree(ROOT / "processes" / "offers", tmp_path / "offers")
    shutil.copy(ROOT / "processes" / "catalogue.yaml", tmp_path)
    path = tmp_path / "offers" / "report_fault.ui.json"
    ui = json.loads(path.read_text("utf-8"))
    ui["fields"]["since"]["ticket"] = "custom.nothing"
    path.write_text(json.dumps(ui), "utf-8")
    with pytest.raises(Invalid) as refused:
        web.town.desk.run(lambda w: publish_catalogue(w.as_desk(), read_catalogue(tmp_path)))
    assert "custom.nothing" in str([problem.message for problem in refused.value.problems])
