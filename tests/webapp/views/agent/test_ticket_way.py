"""The way of a ticket: every stay with its time, and what helps where it cannot go on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.tickets.flow import Incident
from tests.webapp.views.admin.test_process_incidents import away

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
__all__ = ["away"]


def way(number: str) -> str:
    return f"/tickets/{number}/way"


def incident_of(web: Any) -> int:
    query = select(Incident.id).where(Incident.resolved_at.is_(None))
    return int(web.town.desk.read(lambda w: w.session.scalar(query)) or 0)


def test_every_stay_has_its_time_its_number_and_who_ended_it(web: Any, clock: Any) -> None:
    number = web.town.report()
    clock.move(hours=2)
    web.town.complete("agnes", number, "triage", TRIAGE)
    clock.move(hours=1)
    web.login("agnes")
    page = web.get(way(number))
    rows = [
        [cell.text.strip() for cell in row.select("td")] for row in page.html.select("tbody tr")
    ]
    assert [row[1] for row in rows] == ["Sort the fault", "Solve the fault"]
    assert rows[0][3:] == ["2 h", "Agnes Meier", "done"]
    assert rows[1][3:] == ["1 h", "–", "now"]
    figure = page.html.find("figure", attrs={"data-heat": True})
    assert json.loads(figure["data-heat"]) == {"triage": [0, "1"], "work": [0, "2"]}
    assert "On its way for 3 h. Most of it at “Sort the fault”: 2 h." in page.text
    every = web.get(f"{way(number)}?all=1").text
    assert every.count("<tr data-row>") > 4


def test_a_way_that_is_over_says_how_long_it_took(web: Any, clock: Any) -> None:
    number = web.town.report()
    web.town.complete("agnes", number, "triage", TRIAGE)
    web.town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    clock.move(hours=3)
    web.town.complete("clara", number, "confirm", {"settled": "yes"})
    page = web.login("agnes").get(way(number))
    assert "It took 3 h." in page.text
    assert f"#{number}" in page.html.title.text
    assert "Confirm the solution › Is it settled?" in page.html.find("tbody").text


def test_it_is_linked_on_the_ticket_and_reads_german(web: Any) -> None:
    number = web.town.report()
    assert f'href="{way(number)}"' in web.login("agnes").get(f"/tickets/{number}").text
    assert "Durchlaufene Schritte" in web.get(f"{way(number)}?language=de").text


def test_a_stopped_ticket_is_helped_along(web: Any, away: list[str]) -> None:
    number = web.town.report(queue="Service Desk")
    page = web.login("agnes").get(way(number)).text
    assert "The &lt;b&gt;rules&lt;/b&gt; are away." in page
    one = {"incident": incident_of(web)}
    web.post(way(number), one | {"do": "retry"})
    assert "The step stopped again" in web.get(f"/tickets/{number}").text
    web.post(way(number), one | {"do": "skip"}, status=400)
    web.post(way(number), one | {"do": "mend", "name": "impact", "value": "house"}, status=400)
    mended = {"do": "mend", "other": "impact", "value": "house", "reason": "It is everybody."}
    web.post(way(number), one | mended)
    assert "impact = &#34;house&#34;" in web.get(f"/tickets/{number}").text
    assert "impact =" in web.get(way(number)).text  # it can be chosen now
    web.post(way(number), one | {"do": "move", "step": "work", "reason": "Known."})
    assert web.town.steps(number) == ["work"]
    undo = web.get(f"/tickets/{number}").html.select_one("[data-undo], form[action^='/undo/']")
    assert undo is not None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "skip", "reason": "x", "incident": "999999"}, 404),
        ({"do": "skip", "reason": "x", "incident": "99999999999999999999"}, 404),
        ({"do": "skip", "reason": "x", "incident": "x"}, 404),
        ({"do": "skip", "reason": "x"}, 403),
        ({"do": "fly", "reason": "x"}, 404),
        ({"do": "move", "token": "", "step": "work", "reason": "x"}, 403),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    web: Any, away: list[str], fields: dict[str, str], status: int
) -> None:
    number = web.town.report(queue="Service Desk")
    web.login("agnes").post(way(number), fields, status=status)
    assert incident_of(web)


def test_only_owners_move_a_ticket_that_has_not_failed(web: Any) -> None:
    number = web.town.report()
    page = web.login("agnes").get(way(number))
    assert not page.html.select("select[name=step]")
    web.login("olga").get(way(number), status=404)
    page = web.login("ada").get(way(number))
    token = page.html.select_one("input[name=token]")["value"]
    web.post(way(number), {"do": "move", "token": token, "step": "work"}, status=400)
    web.post(way(number), {"do": "move", "token": token, "step": "work", "reason": "Known."})
    assert web.town.steps(number) == ["work"]
    web.post(way(number), {"do": "move", "token": token, "step": "work", "reason": "x"}, status=404)


def test_and_skip_a_step_at_which_it_stands(web: Any) -> None:
    number = web.town.report()
    page = web.login("ada").get(way(number))
    token = page.html.select_one("input[name=token]")["value"]
    web.post(way(number), {"do": "skip", "token": token}, status=400)
    web.post(way(number), {"do": "skip", "token": token, "reason": "Sorted already."})
    assert web.town.steps(number) == ["work"]


def test_strangers_customers_and_other_teams_find_nothing(web: Any) -> None:
    number = web.town.report()
    for who in ("clara", "bruno"):
        web.login(who).get(way(number), status=404)
        web.post(way(number), {"do": "retry"}, status="4*")
    web.login("agnes").get("/tickets/1234567890/way", status=404)
