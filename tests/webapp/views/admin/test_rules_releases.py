"""Which rules decided when, what each release said, and the way back to one that still fits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.catalogue.models import Queue
from engine.catalogue.published import RulesRelease
from engine.rules.editing import drop_rule
from tests.webapp.views.admin.test_rules import drafted, publish, with_fax


def test_it_is_found_which_rules_decided_when(web: Any) -> None:
    web.login("ada")
    web.login("ada")
    publish(web, with_fax)
    web.post("/rules/all-releases/1/back")
    today = web.town.desk.clock().date().isoformat()

    def found(asked: str) -> list[str]:
        page = web.get(f"/rules/all-releases?{asked}")
        return [link.text for link in page.html.select("[role=status] a")]

    assert found(f"on={today}") == ["Release 1", "Release 2", "Release 1"]
    assert found("on=2100-01-01&at=08:00") == found("on=2100-01-01T08:00") == ["Release 1"]
    assert "There were no rules then" in web.get("/rules/all-releases?on=2001-05-03").text
    assert web.get("/rules/all-releases?on=soon").html.select("[role=status] a") == []


def test_the_rules_of_a_release_are_read_as_they_were(web: Any) -> None:
    web.login("ada")
    publish(web, with_fax)
    publish(web, lambda text: drop_rule(text, "fax") + "# three\n")
    page = web.get("/rules/all-releases/2")
    assert "put it into Purchasing" in " ".join(page.html.select_one("#set-routing").text.split())
    assert "order: 100" in page.text  # as it is written
    assert "fax" not in web.get("/rules/all-releases/3").html.select_one("#set-routing").text
    web.get("/rules/all-releases/9", status=404)
    assert page.html.find("button", string="Put in force again")
    assert not web.get("/rules/all-releases/3").html.find("button", string="Put in force again")


def test_a_release_of_another_language_of_rules_is_read_and_not_put_in_force(web: Any) -> None:
    web.login("ada")
    publish(web, with_fax)

    def spoil(work: Any) -> None:
        first = work.session.scalars(select(RulesRelease).where(RulesRelease.number == 1)).one()
        first.vocabulary = "facts: 7\n"

    web.town.desk.run(spoil)
    assert "cannot read it" in web.get("/rules/all-releases/1").text
    web.get("/rules/all-releases/compare?a=1&b=2")
    page = web.post("/rules/all-releases/1/back", status=422)
    assert "cannot be used" in page.text
    assert "in force" in page.html.find("tr", attrs={"data-row": True}).text
    assert web.get("/rules").text.count("Release 2")


def test_a_release_that_names_what_is_gone_is_not_put_in_force_and_says_why(web: Any) -> None:
    web.login("ada")
    publish(web, with_fax)

    def rename(work: Any) -> None:
        work.session.scalars(select(Queue).where(Queue.name == "Complaints")).one().name = "Praise"

    web.town.desk.run(rename)
    page = web.post("/rules/all-releases/1/back", status=422)
    assert "Complaints" in page.html.select_one(".error-summary").text
    assert "Release 2" in web.get("/rules").text


def test_putting_back_says_which_drafts_have_to_be_put_on_top(web: Any) -> None:
    web.login("ada")
    publish(web, with_fax)
    drafted(web, lambda text: drop_rule(text, "vpn"))
    page = web.post("/rules/all-releases/1/back").follow()
    assert "Review puts those that began as other rules on top: routing" in page.text
