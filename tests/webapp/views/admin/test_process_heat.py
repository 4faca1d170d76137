"""The heat map says where time goes, in figures that the list and the diagram share."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.catalogue.published import ProcessVersion
from engine.tickets.flow import ProcessInstance, StepVisit

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


def marks(page: Any) -> dict[str, Any]:
    found = page.html.find("figure", attrs={"data-heat": True})
    return dict(json.loads(found["data-heat"]))


def past(web: Any, step: str, *seconds: int) -> None:
    """Visits of a step that ended yesterday, on the first ticket there is."""

    def command(work: Any) -> None:
        row = work.session.scalars(select(ProcessInstance)).first()
        left = work.now - timedelta(days=1)
        for count in seconds:
            work.session.add(
                StepVisit(
                    instance_id=row.id, ticket_id=row.ticket_id, version_id=row.version_id,
                    queue_id=row.ticket.queue_id, step_id=step, seconds=count, left_at=left,
                    entered_at=left - timedelta(seconds=count), outcome="completed",
                )
            )  # fmt: skip

    web.town.desk.run(command)


def test_a_process_nobody_used_says_so(web: Any) -> None:
    page = web.login("olga").get("/processes/incident/heat")
    assert "No ticket has gone this way yet" in page.text
    assert page.html.find("figure") is None


def test_the_list_and_the_diagram_show_the_same_figures(web: Any, clock: Any) -> None:
    number = web.town.report()
    clock.move(hours=2)
    web.town.complete("agnes", number, "triage", TRIAGE)
    web.login("olga")
    page = web.get("/processes/incident/heat")
    assert "Most time goes into “Sort the fault” (100%; usually 2 h)." in page.text
    assert marks(page)["triage"] == [5, "2 h"]
    row = next(r for r in page.html.select("tbody tr") if "Sort the fault" in r.text)
    assert row.find("td", attrs={"data-label": "Usual"}).text == "2 h"
    now = web.get("/processes/incident/heat?measure=now")
    assert marks(now) == {"work": [5, "1"]}
    often = web.get("/processes/incident/heat?measure=visits")
    assert marks(often)["route"] == [5, "1"]
    flows = json.loads(often.html.find("figure", attrs={"data-heat": True})["data-flow-counts"])
    assert set(flows.values()) == {"1"}
    assert "Agnes Meier" in page.text  # for whom it waits


def test_working_time_may_be_counted_instead(web: Any, clock: Any) -> None:
    number = web.town.report()
    clock.move(days=1)
    web.town.complete("agnes", number, "triage", TRIAGE)
    web.login("olga")
    assert marks(web.get("/processes/incident/heat"))["triage"] == [5, "1 d"]
    page = web.get("/processes/incident/heat?count=work")
    assert marks(page)["triage"][1] != "1 d"
    assert "Only working time" in page.text
    assert "count=work" in page.html.select_one("a.chip")["href"]


def test_an_outlier_leads_to_its_ticket_and_to_no_other(web: Any) -> None:
    number = web.town.report()
    past(web, "work", *([600] * 19), 400_000)
    web.login("agnes").get("/processes/incident/heat", status=404)
    web.login("olga")
    page = web.get("/processes/incident/heat?step=work").text
    assert number not in page
    assert "1 more is on a ticket that you may not read." in page
    href = re.search(r'href="([^"]+step=work)#outliers"', page)
    assert href
    seen = web.login("ada").get(href.group(1).replace("&amp;", "&")).text
    assert number in seen
    assert "4 d 15 h" in seen


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("period=between&from=2026-13-45", "is not a date"),
        ("period=between&from=%3Cscript%3E", "“&lt;script&gt;” is not a date"),
        ("period=between&from=9999-12-31&to=9999-12-31", "is not a date"),
        ("period=between&from=2026-03-02&to=2026-01-01", "ends before it begins"),
        ("queue=99999999999999999999999", "There is no such queue"),
        ("queue=1%20OR%201=1", "There is no such queue"),
        ("version=0", "has no such version"),
        ("version=99999999999999999999999", "has no such version"),
        ("compare=%F0%9F%92%A9", "has no such version"),
        ("period=forever&measure=%00&step=nowhere", "Most time goes into"),
        ("step=" + "x" * 5_000, "No outlier at this step"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_and_left_out(
    web: Any, clock: Any, asked: str, said: str
) -> None:
    number = web.town.report()
    clock.move(hours=2)
    web.town.complete("agnes", number, "triage", TRIAGE)
    page = web.login("olga").get(f"/processes/incident/heat?{asked}").text
    assert said in page
    assert "Sort the fault" in page


def test_a_time_without_visits_is_an_answer(web: Any) -> None:
    web.town.report()
    page = web.login("olga").get(
        "/processes/incident/heat?period=between&from=1999-01-01&to=1999-12-31&queue=1"
    )
    assert "No step was finished in this time." in page.text
    assert "Nothing in this time" in page.text or "Waiting now" in page.text


def test_a_step_that_is_drawn_no_more_is_still_told(web: Any) -> None:
    web.town.report()
    past(web, "sorted_by_hand", 600)
    page = web.login("olga").get("/processes/incident/heat")
    assert "sorted_by_hand" in page.text
    assert "not in version 1" in page.text
    assert "sorted_by_hand" not in marks(page)


def test_two_versions_stand_side_by_side(web: Any) -> None:
    web.town.report()
    past(web, "triage", *([3_600] * 6))

    def newer(work: Any) -> None:
        old = work.session.scalars(
            select(ProcessVersion).where(ProcessVersion.key == "incident")
        ).one()
        new = ProcessVersion(
            key="incident", digest="f" * 64, number=2, files=old.files, shared=old.shared,
            title=old.title, published_at=work.now, published_by="Olga",
        )  # fmt: skip
        work.session.add(new)
        work.session.flush()
        row = work.session.scalars(select(ProcessInstance)).first()
        row.version_id = new.id

    web.town.desk.run(newer)
    past(web, "triage", *([7_200] * 6))
    page = web.login("olga").get("/processes/incident/heat?version=1&compare=2").text
    assert "Version 1 and version 2" in page
    assert "1 h longer in version 2" in page
    assert "few visits" not in page
    german = web.get("/processes/incident/heat?version=2&compare=1&language=de").text
    assert "1 Std. länger in Version 2" in german  # the newer one is told of, whichever comes first


def test_others_do_not_find_it_and_what_is_not_there_is_not_found(web: Any) -> None:
    web.login("clara").get("/processes/incident/heat", status="4*")
    web.login("olga").get("/processes/nothing/heat", status=404)
    web.get("/processes/incident/diagram.bpmn?version=7", status=404)
    web.get("/processes/incident/diagram.bpmn?version=99999999999", status=404)
    web.get("/processes/incident/diagram.bpmn?version=1", status=200)


def test_it_reads_german(web: Any, clock: Any) -> None:
    number = web.town.report()
    clock.move(hours=2)
    web.town.complete("agnes", number, "triage", TRIAGE)
    page = web.login("olga").get("/processes/incident/heat?language=de").text
    assert "Die meiste Zeit geht in" in page
    assert "Wo Tickets warten, und auf wen" in page
