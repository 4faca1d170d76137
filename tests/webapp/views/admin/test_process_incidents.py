"""Failed steps are seen together with those that failed alike, and helped along together."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.hooks import DeskHooks
from engine.commands.incidents_all import HELPER, TOPIC
from engine.outbox.drain import drain
from engine.tickets import queries
from engine.tickets.flow import Incident
from engine.workflow.expressions import evaluate
from tests.engine.commands.drawn import Pen, publish, take

PAGE = "/processes/incident/incidents"


@pytest.fixture
def away(monkeypatch: Any) -> list[str]:
    """Rulesets that cannot be asked; whoever empties the list has mended the cause."""
    gone = ["routing"]
    decide = DeskHooks.decide

    def asked(self: Any, ruleset: str, data: Any, step: Any) -> Any:
        if ruleset in gone:
            raise RuntimeError("The <b>rules</b> are away.")
        return decide(self, ruleset, data, step)

    monkeypatch.setattr(DeskHooks, "decide", asked)
    return gone


def stopped(web: Any) -> list[int]:
    query = select(Incident.id).where(Incident.resolved_at.is_(None)).order_by(Incident.id)
    return list(web.town.desk.read(lambda w: w.session.scalars(query).all()))


def chosen(ids: list[int], **fields: str) -> list[tuple[str, str]]:
    return [("select", str(one)) for one in ids] + list(fields.items())


def test_what_failed_alike_is_one_group_and_goes_on_together(web: Any, away: list[str]) -> None:
    numbers = [web.town.report(title=f"VPN drops {n}") for n in range(3)]
    web.login("olga")
    assert "3 tickets stand still" in web.get("/processes/incident").text
    page = web.get(PAGE)
    (group,) = page.html.select("form.failed-group")
    assert "The <b>rules</b> are away." in group.text
    assert len(group.select("input[name=select]")) == 3
    assert "VPN drops" not in page.text  # she may not read them
    assert all(f"#{number}" in page.text for number in numbers)
    reason = {"reason": "The rules come back tomorrow."}
    web.post(PAGE, chosen(stopped(web), do="skip", **reason))
    assert "3 of 3 go on." in web.get(PAGE).text
    assert "No step has failed" in web.get(PAGE).text
    assert {step for number in numbers for step in web.town.steps(number)} == {"triage"}


def test_they_are_moved_to_a_step_of_the_list(web: Any, away: list[str]) -> None:
    number = web.town.report()
    page = web.login("olga").get(PAGE)
    targets = [one["value"] for one in page.html.select("select[name=step] option")]
    assert "work" in targets
    assert "route" in targets
    web.post(PAGE, chosen(stopped(web), do="move", step="work", reason="Sorted by telephone."))
    assert web.town.steps(number) == ["work"]


def test_which_did_not_go_on_is_told_with_the_reason(web: Any, away: list[str]) -> None:
    numbers = [web.town.report() for _ in range(2)]
    web.login("ada")
    web.post("/health/incidents", chosen(stopped(web), do="retry"))
    page = web.get("/health/incidents").text
    assert "0 of 2 go on." in page
    assert "It stopped again" in page
    assert "tried 2 times" in page
    web.post("/health/incidents", chosen(stopped(web), do="skip"))
    assert "Say why" in web.get("/health/incidents").text
    away.clear()
    web.post("/health/incidents", chosen([*stopped(web), 10**9], do="retry"))
    assert "2 of 3 go on." in web.get("/health/incidents").text
    assert [web.town.steps(number) for number in numbers] == [["triage"], ["triage"]]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("do", "retry")],
        [("select", "x"), ("do", "retry")],
        [("select", "-1"), ("select", ""), ("do", "skip")],
    ],
)
def test_nothing_chosen_is_told(web: Any, away: list[str], fields: Any) -> None:
    web.town.report()
    web.login("olga").post(PAGE, fields, status=400)
    assert len(stopped(web)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "drop"}, {"do": ""}, {"do": "move", "step": "nowhere", "reason": "x"},
        {"do": "move", "step": "", "reason": "x"}, {"do": "move", "step": "a" * 900, "reason": "x"},
        {"do": "mend", "reason": "x", "name": "a", "value": "1"},
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_and_changes_nothing(
    web: Any, away: list[str], fields: dict[str, str]
) -> None:
    web.town.report()
    web.login("olga").post(PAGE, chosen(stopped(web), **fields))
    assert "0 of 1 go on." in web.get(PAGE).text
    assert len(stopped(web)) == 1


def test_an_incident_of_another_process_is_not_helped_here(web: Any, away: list[str]) -> None:
    web.town.report()
    web.login("olga").post("/processes/question/incidents", chosen(stopped(web), do="retry"))
    assert "There is no such incident" in web.get("/processes/question/incidents").text
    assert len(stopped(web)) == 1


def test_others_neither_see_nor_help(web: Any, away: list[str]) -> None:
    web.town.report()
    for who in ("clara", "agnes"):
        web.login(who).get(PAGE, status=404)
        web.post(PAGE, chosen(stopped(web), do="skip", reason="x"), status="4*")
    web.login("olga").post("/health/incidents", chosen(stopped(web), do="retry"), status="4*")
    web.get("/processes/nothing/incidents", status=404)
    assert len(stopped(web)) == 1


def test_a_process_that_never_began_can_only_be_tried_again(web: Any) -> None:
    from sqlalchemy import delete

    from engine.catalogue.published import ProcessInForce

    rows = web.town.desk.read(
        lambda w: [(r.key, r.version_id) for r in w.session.scalars(select(ProcessInForce))]
    )
    web.town.desk.run(lambda w: w.session.execute(delete(ProcessInForce)) and None)
    number = web.town.report()
    page = web.login("ada").get("/health/incidents")
    assert "The process could not begin." in page.text
    assert not page.html.select("select[name=step]")
    assert not page.html.select("button[value=skip]")
    web.town.desk.run(
        lambda w: w.session.add_all(ProcessInForce(key=k, version_id=v) for k, v in rows)
    )
    web.post("/health/incidents", chosen(stopped(web), do="retry"))
    assert web.town.steps(number) == ["triage"]


def priced() -> Pen:
    pen = Pen("repair").start().script("price", "cost = parts * 20").user("mend").end()
    return pen.flow("start", "price", "mend", "done")


def test_a_variable_is_mended_in_many_tickets_by_who_may_change_them(web: Any) -> None:
    publish(web.town, priced())
    numbers = [take(web.town, "repair") for _ in range(3)]
    page = web.login("olga").get("/processes/repair/incidents")  # who may not change them
    assert not page.html.select("button[value=mend]")
    fields = {"name": "parts", "value": "2", "reason": "The form did not ask."}
    web.post("/processes/repair/incidents", chosen(stopped(web), do="mend", **fields))
    assert "0 of 3 go on." in web.get("/processes/repair/incidents").text
    page = web.login("ada").get("/processes/repair/incidents")
    assert page.html.select("button[value=mend]")
    web.post("/processes/repair/incidents", chosen(stopped(web)[:2], do="mend", **fields))
    page = web.get("/processes/repair/incidents")
    assert "2 of 2 go on." in page.text
    done = page.html.find("h2", id="lately").find_parent("section").text
    assert "Set parts and tried again" in done
    assert "Ada Vogt" in done
    assert "The form did not ask." in done
    assert all((f"#{number}" in done) == (number in numbers[:2]) for number in numbers)
    assert [web.town.steps(number) for number in numbers] == [["mend"], ["mend"], []]


def test_what_was_done_with_many_is_taken_back(web: Any) -> None:
    publish(web.town, priced())
    numbers = [take(web.town, "repair") for _ in range(2)]
    web.login("olga")
    web.post("/processes/repair/incidents", chosen(stopped(web), do="skip", reason="Free."))
    page = web.get("/processes/repair/incidents")
    assert [web.town.steps(number) for number in numbers] == [["mend"]] * 2
    undo = next(f for f in page.forms.values() if f.action.startswith("/undo/"))
    back = undo.submit(headers={"Referer": "http://localhost/processes/repair/incidents"})
    assert back.location.endswith("/processes/repair/incidents")
    assert "2 of 2 taken back" in back.follow().text
    assert len(stopped(web)) == 2
    assert [web.town.steps(number) for number in numbers] == [[], []]


def test_more_than_are_listed_are_helped_along_by_the_worker(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/processes/repair/incidents"
    monkeypatch.setattr("webapp.presenters.incidents.LISTED", 2)
    monkeypatch.setattr("engine.commands.incidents_all.TURN", 2)
    publish(web.town, priced())
    numbers = [take(web.town, "repair") for _ in range(5)]
    page = web.login("olga").get(path)
    assert len(page.html.select("input[name=select]")) == 2
    like = page.html.select_one("input[name=alike]")["value"]
    web.post(path, {"alike": like, "do": "mend", "name": "parts", "value": "1"}, status=400)
    web.post(path, {"alike": like, "do": "skip"}, status=400)  # without a reason
    web.post("/processes/question/incidents", {"alike": like, "do": "retry"}, status=404)
    web.post(path, {"alike": "99999", "do": "retry"}, status=404)
    assert len(stopped(web)) == 5
    web.post(path, {"alike": like, "do": "skip", "reason": "Free of charge."})
    page = web.get(path)
    assert "It is being done with 5 tickets" in page.text
    assert "5 still to do" in page.text
    drain(web.town.desk, {TOPIC: HELPER})
    done = web.get(path).html.find("h2", id="lately").find_parent("section").text
    assert "5 went on" in done
    assert "to do" not in done
    assert "Free of charge." in done
    assert [web.town.steps(number) for number in numbers] == [["mend"]] * 5


def test_what_fails_again_is_not_come_back_to(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/processes/repair/incidents"
    monkeypatch.setattr("engine.commands.incidents_all.TURN", 1)
    publish(web.town, priced())
    numbers = [take(web.town, "repair") for _ in range(2)]
    like = stopped(web)[0]
    web.login("olga").post(path, {"alike": str(like), "do": "retry"})
    drain(web.town.desk, {TOPIC: HELPER})
    done = web.get(path).html.find("h2", id="lately").find_parent("section").text
    assert "2 did not" in done
    assert all(f"#{number}" in done for number in numbers)
    assert len(stopped(web)) == 2


def test_steps_that_nobody_is_there_to_do_are_found(web: Any) -> None:
    from sqlalchemy import delete

    from engine.people.models import Membership

    web.town.report()
    web.login("olga")
    assert "Nobody is there" not in web.get(PAGE).text
    web.town.desk.run(lambda w: w.session.execute(delete(Membership)) and None)
    assert "1 step waits for somebody who is not there" in web.get("/processes/incident").text
    assert "Nobody works in the queue" in web.get(PAGE).text
    assert "Dort ist niemand" in web.get(f"{PAGE}?language=de").text


def test_the_reason_of_a_failure_is_read_in_german(web: Any, monkeypatch: Any) -> None:
    def asked(self: Any, ruleset: str, data: Any, step: Any) -> Any:
        return evaluate("size > 3", data)

    monkeypatch.setattr(DeskHooks, "decide", asked)
    number = web.town.report()
    page = web.login("olga").get(f"{PAGE}?language=de").text
    assert "Zeile 1, Spalte 1: Einen Wert namens „size“ gibt es nicht" in page
    web.login("agnes")
    page = web.get(f"/tickets/{number}?language=de").text
    assert "Zeile 1, Spalte 1: Einen Wert namens „size“ gibt es nicht" in page
    page = web.get(f"/tickets/{number}?language=en").text
    assert "there is no value called" in page


def test_it_reads_german(web: Any, away: list[str]) -> None:
    web.town.report()
    page = web.login("olga").get(f"{PAGE}?language=de").text
    assert "Schritt überspringen" in page
    web.post(PAGE, chosen(stopped(web), do="skip"))
    assert "0 von 1 gehen weiter." in web.get(f"{PAGE}?language=de").text
    assert web.town.see("2026030210000012", lambda w, t: queries.incidents(w.session, t))
