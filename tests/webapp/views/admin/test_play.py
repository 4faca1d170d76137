"""Playing a process on its page: move by move, kept as an example, and whatever is sent to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from engine.commands.process_drafts import draft_of, new_draft
from engine.people.models import PersonRole
from tests.engine.workflow.conftest import Pen

PATH = "/processes/incident/play"
SORT = {"queue": "Service Desk", "impact": "person", "priority": "3 normal"}
ASK = {"work_result": "ask", "message": "Which printer is it?"}


def carried(page: Any) -> dict[str, str]:
    """What the page sends back with every move."""
    form = page.forms["play"]
    names = ("play.scenario", "play.at", "play.from", "play.language", "play.rules", "play.named")
    return {name: form[name].value or "" for name in names if name in form.fields}


def do(web: Any, page: Any, verb: str, status: int = 200, **more: str) -> Any:
    path = f"{PATH}/keep" if verb == "save" else PATH
    return web.post(path, carried(page) | more | {"play.do": verb}, status=status)


def scenario(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.forms["play"]["play.scenario"].value)
    return found


def opened(web: Any, path: str = PATH) -> Any:
    web.login("olga")
    return web.get(path)


def keep_files(web: Any, files: Mapping[str, str | None]) -> None:
    """What the modeller does when it saves."""
    sent = {"revision": 0, "files": dict(files)}
    headers = {"X-CSRF-Token": web.csrf()}
    answer = web.app.post_json("/processes/incident/draft", sent, headers=headers)
    answer.request.environ["wsgi.input"].close()  # a large body lies in a file


def live(page: Any) -> str:
    found: str = page.html.select_one("[data-diagram-url]")["data-live-steps"]
    return found


def draft_examples(web: Any) -> list[dict[str, Any]]:
    text = web.get("/processes/incident/draft").json["files"]["examples.yaml"]
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def test_a_play_goes_from_the_first_step_to_the_end_and_touches_nothing(web: Any) -> None:
    page = opened(web)
    assert live(page) == "triage"
    assert "hat das Ticket" not in page.text
    assert "put the ticket into Service Desk" in page.text  # the rules in force, in words
    assert "routing: " not in page.html.select_one(".play-log").text  # the words name it already
    page = do(web, page, "complete:triage", **SORT)
    assert live(page) == "work"
    page = do(web, page, "complete:work", **ASK)
    assert "await_answer" in live(page)
    assert "would write to the customer: “Which printer is it?”" in page.text
    plain = do(web, page, "message:customer_replied")
    assert scenario(plain)["steps"][-1]["payload"] == {"reply": "An answer of the customer"}
    page = do(web, page, "message:customer_replied", **{"play.payload": "reply = The third"})
    assert live(page) == "work"
    page = do(web, page, "complete:work", work_result="close")
    assert "The process has ended" in page.text
    assert live(page) == "closed"
    steps = scenario(page)["steps"]
    assert steps[2] == {"message": "customer_replied", "payload": {"reply": "The third"}}
    assert [s.get("complete") for s in steps] == ["triage", "work", None, "work"]
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_a_step_back_and_on_again(web: Any) -> None:
    page = do(web, do(web, opened(web), "complete:triage", **SORT), "complete:work", **ASK)
    page = do(web, page, "back")
    assert live(page) == "work"
    assert live(do(web, page, "onward")) == live(do(web, page, "end")) != "work"
    page = do(web, page, "complete:work", work_result="hand_on", queue="Network")
    assert len(scenario(page)["steps"]) == 2  # what would have come later is gone
    assert live(do(web, page, "at:1")) == "work"
    assert live(do(web, page, "restart")) == "triage"


def test_time_goes_on_to_the_next_timer_and_to_a_day(web: Any) -> None:
    page = do(web, do(web, opened(web), "complete:triage", **SORT), "complete:work", **ASK)
    forward = page.html.select_one('[value^="advance:2"]')["value"]
    assert scenario(do(web, page, forward))["steps"][-1] == {"advance": "P3D"}
    until = do(web, page, "advance:until", **{"play.until": "2030-01-08T09:30"})
    assert scenario(until)["steps"][-1]["advance"].startswith("P1DT")
    for wrong in ("2029-01-01T00:00", "soon", "", "9999-12-31T23:59"):
        refused = do(web, page, "advance:until", 422, **{"play.until": wrong})
        assert scenario(refused) == scenario(page)


def test_wrong_answers_come_back_as_they_were_typed(web: Any) -> None:
    page = do(web, opened(web), "complete:triage", 422, queue="Nowhere", hint="Typed already")
    assert "Please choose one of the answers offered." in page.text
    assert "Typed already" in page.text
    assert live(page) == "triage"


def test_the_ticket_and_what_rules_decide_can_be_said(web: Any) -> None:
    start = {"ticket.title": "VPN", "ticket.priority": "5 very high", "ticket.vip": "true",
             "ticket.tags": "a, b", "ticket.queue": ""}  # fmt: skip
    page = do(web, opened(web), "begin", **start)
    assert scenario(page)["ticket"] == {"title": "VPN", "priority": 5, "vip": True,
                                        "tags": ["a", "b"]}  # fmt: skip
    page = do(web, page, "decide:routing", **{"play.decides": "queue = Network\nurgent = true"})
    assert scenario(page)["rulesets"] == {"routing": {"queue": "Network", "urgent": True}}
    assert page.html.select_one("section.now select[name=queue] [selected]")["value"] == "Network"
    assert "rulesets" not in scenario(do(web, page, "ask:routing"))
    assert "one line for each" in do(web, page, "decide:routing", 422, **{"play.decides": "x"}).text


def test_the_form_is_shown_in_either_language(web: Any) -> None:
    page = do(web, opened(web), "look", **{"play.language": "de"})
    assert "Wen betrifft es?" in page.text
    assert "What happened" in page.text


def test_what_was_played_is_kept_in_the_draft_and_comes_out_green(web: Any) -> None:
    page = do(web, opened(web), "complete:triage", **SORT)
    page = do(web, page, "complete:work", work_result="close")
    answer = do(web, page, "save", 303, **{"play.name": "Closed at once", "play.keep": "impact"})
    assert answer.location.endswith("/processes/incident/examples")
    kept = draft_examples(web)[-1]
    assert kept["name"] == "Closed at once"
    assert kept["steps"][-2:] == [
        {"data": {"impact": "person"}},
        {"expect_end": "closed", "state": "closed successful"},
    ]
    listed = web.get("/processes/incident/examples")
    row = next(a for a in listed.html.select(".example") if "Closed at once" in a.text)
    assert "red" not in row["class"]
    again = do(web, page, "save", 422, **{"play.name": "Closed at once"})
    assert "There is an example of this name already." in again.text
    assert "needs a name" in do(web, page, "save", 422, **{"play.name": " "}).text


def test_an_example_is_opened_and_stepped_through(web: Any) -> None:
    page = opened(web, f"{PATH}?example=Asked, reminded, and never answered")
    assert live(page) == "triage"
    page = do(web, page, "onward")
    assert live(page) == "work"
    page = do(web, page, "end")
    assert "Closed, no answer" in page.text
    page = do(web, page, "save", 303, **{"play.name": "Asked, reminded, and never answered",
                                         "play.again": "on"})  # fmt: skip
    assert len(draft_examples(web)) == 9
    web.get(f"{PATH}?example=None of these", status=404)


def test_what_cannot_be_done_cannot_be_kept_and_why_is_said_in_the_readers_language(
    web: Any,
) -> None:
    web.login("olga")
    web.app.set_cookie("vorgang_language", "de")
    page = web.get(PATH, params={"scenario": json.dumps({"steps": [{"complete": "work"}]})})
    refused = do(web, do(web, page, "end"), "save", 422, **{"play.name": "x"})
    assert "Das kann nicht als Beispiel behalten werden: „Störung beheben“ ist nicht offen" in (
        refused.text
    )


def test_a_course_that_was_sent_along_is_played(web: Any) -> None:
    web.login("olga")
    course = {"steps": [{"complete": "triage", "answers": SORT}, {"expect": ["nowhere"]}]}
    page = web.get(PATH, params={"scenario": json.dumps(course)})
    page = do(web, page, "end")
    assert "Here it goes another way" in page.text
    assert "It waits at “Solve the fault”; expected was “nowhere”." in page.text
    page = do(web, page, "complete:work", work_result="close")  # going on drops what was expected
    assert "The process has ended" in page.text


HOSTILE: list[Any] = ["", "x", "[]", "7", "null", '{"steps": 7}', "[" * 5000, '{"a":' * 500,
    '{"ticket": []}', '{"steps": [{"complete": ["x"]}]}', '{"given": {"x": NaN}}',
    '{"steps": [{"advance": "P9999999D"}]}', '{"ticket": {"title": {"a": [1]}, "tags": 5}}',
    '{"name": 5}', '{"steps": [7, null, {"jump": 1}]}', '{"x": "' + "y" * 250_000 + '"}',
    '{"rulesets": {"routing": [1]}}', '{"steps": [{"complete": "triage", "answers": []}]}',
    '{"given": {"ticket": 7}}', '{"rulesets": {"routing": {"queue": {"a": 1}}}}', "1" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_whatever_is_sent_gets_an_answer(web: Any, text: str) -> None:
    web.login("olga")
    fields = {"play.scenario": text, "play.at": "9", "play.do": "look", "play.rules": "on"}
    answer = web.post(PATH, fields, status="*")
    assert answer.status_int in (200, 400)
    answer = web.post(f"{PATH}/keep", fields | {"play.name": "x"}, status="*")
    assert answer.status_int in (303, 400, 422)


@pytest.mark.parametrize(
    "verb",
    ["", "x", "at:-1", "at:99999999999999", "complete:", "complete:nowhere", "message:", "retry",
     "message:" + "x" * 5000, "advance:", "advance:0", "advance:-5", "advance:99999999999",
     "decide:", "onward", "back", "end", "complete:__class__"],
)  # fmt: skip
def test_whatever_is_asked_for_gets_an_answer(web: Any, verb: str) -> None:
    page = opened(web)
    assert do(web, page, verb, status="*").status_int in (200, 422)  # type: ignore[arg-type]


def test_a_draft_that_cannot_be_played_says_why(web: Any) -> None:
    web.login("olga")
    keep_files(web, {"triage.schema.json": "{"})
    page = web.get(PATH)
    assert "This draft cannot be played yet" in page.text
    links = {one.text.strip(): one["href"] for one in page.html.select(".notice a")}
    assert links["Correct it in the drawing"].endswith("/draw")
    assert "Play what is in force" in page.text
    assert live(web.get(f"{PATH}?from=force")) == "triage"
    web.get(f"{PATH}/diagram.bpmn", status=400)
    assert "cannot be played" in web.get("/processes/incident/examples").text


def test_why_a_draft_cannot_be_played_is_read_in_german(web: Any) -> None:
    web.login("olga")
    drawn = web.get("/processes/incident/draft").json["files"]["process.bpmn"]
    keep_files(web, {"process.bpmn": drawn.replace("triage.schema.json", "gone.schema.json")})
    said = "Das Formular „gone.schema.json“ von „Störung einordnen“ fehlt"
    assert said in web.get(f"{PATH}?language=de").text
    assert said in web.get("/processes/incident/examples").text


@pytest.mark.parametrize("path", [PATH, f"{PATH}/diagram.bpmn", "/processes/incident/examples"])
def test_it_is_for_owners(web: Any, path: str) -> None:
    for who in ("agnes", "clara"):
        assert web.login(who).get(path, status="*").status_int in (403, 404)
    web.login("olga").get(path)
    web.get(path.replace("incident", "nothing"), status=404)


def change(web: Any, verb: str, name: str, status: int = 303, **more: str) -> Any:
    return web.post("/processes/incident/examples", {"do": verb, "name": name, **more}, status)


def test_examples_are_renamed_taken_out_and_taken_anew(web: Any) -> None:
    web.login("olga")
    first, second = "Solved, and the customer confirms", "Solved, and the customer stays silent"
    change(web, "rename", first, called="Plain")
    change(web, "delete", second)
    names = [one["name"] for one in draft_examples(web)]
    assert names[0] == "Plain"
    assert second not in names
    change(web, "rename", "Plain", 400, called=" ")
    change(web, "rename", "Plain", 409, called=names[1])
    change(web, "delete", second, 404)


def test_a_red_example_says_where_and_can_be_taken_anew(web: Any) -> None:
    web.login("olga")
    stand = web.get("/processes/incident/draft").json
    text = stand["files"]["examples.yaml"] + (
        "\n- name: Red\n  steps:\n    - {expect: [triage]}\n    - {expect: [work]}\n"
    )
    keep_files(web, {"examples.yaml": text})
    page = web.get("/processes/incident/examples?show=Red")
    row = next(a for a in page.html.select(".example") if "Red" in a.text)
    assert "first difference at step 2" in row.text
    assert "It waits at “Sort the fault”; expected was “Solve the fault”." in row.text
    where = row.select_one("a.main")["href"]
    assert "It waits at “Sort the fault”" in web.get(where).text
    publishing = web.get("/processes/incident/publish")
    assert "example=Red&amp;at=end" in publishing.text
    web.app.set_cookie("vorgang_language", "de")
    said = "Schritt 2: Es wartet bei „Störung einordnen“; erwartet war „Störung beheben“."
    assert said in web.get("/processes/incident/publish").text
    web.app.set_cookie("vorgang_language", "en")
    figure = page.html.select_one("[data-diagram-url]")
    assert "work" in figure["data-missed-steps"].split()
    assert figure["data-done-flows"].split() == ["to_set_priority_from_reported",
        "to_route_from_set_priority", "to_triage_from_route"]  # fmt: skip
    change(web, "record", "Red")
    assert draft_examples(web)[-1]["steps"] == [{"expect": ["triage"]}]


def test_without_examples_the_page_offers_to_play(web: Any) -> None:
    web.login("olga")
    keep_files(web, {"examples.yaml": None})
    assert "There are no examples yet" in web.get("/processes/incident/examples").text


@pytest.fixture
def owning_agent(web: Any) -> Any:
    """Agnes owns processes as well; a ticket of hers has come to its end."""

    def give(work: Any) -> None:
        agnes = web.town.person(work, "agnes")
        agnes.role_rows.append(PersonRole(role="owner"))

    web.town.desk.run(give)
    number = web.town.report(title="Secret title")
    web.town.complete("agnes", number, "triage", SORT | {"hint": "Clara is cross"})
    web.town.complete("agnes", number, "work", {"work_result": "close"})
    web.login("agnes")
    return number


def test_a_finished_ticket_becomes_an_example(web: Any, owning_agent: str) -> None:
    number = owning_agent
    link = f"{PATH}?ticket={number}"
    assert link in web.get(f"/tickets/{number}").text
    assert link in web.get("/processes/incident/examples").text
    page = web.get(link)
    assert f"This is what ticket {number} lived through" in page.text
    assert "The process has ended" in page.text
    assert "Secret title" not in page.text
    assert "Clara is cross" not in page.text
    do(web, page, "save", 303, **{"play.name": "As it was"})
    assert draft_examples(web)[-1]["steps"][-1]["expect_end"] == "closed"
    web.get(f"/processes/change/play?ticket={number}", status=404)
    web.get(f"{PATH}?ticket={web.town.report()}", status=400)


def test_owning_a_process_gives_no_right_to_read_its_tickets(web: Any, owning_agent: str) -> None:
    web.login("olga")
    web.get(f"{PATH}?ticket={owning_agent}", status=404)
    web.get(f"{PATH}?ticket=nothing", status=404)
    assert owning_agent not in web.get("/processes/incident/examples").text


def test_the_counter_example_of_an_unsound_draft_is_played(web: Any) -> None:
    """The modeller hands it over; such a draft cannot be published, but it can be looked at."""
    web.login("olga")
    drawn = Pen("incident").start().user("ask", "one", "other").gate("exclusive", "way", "other")
    drawn.gate("parallel", "both").end().flow("start", "ask", "way").flow("way", "other", "both")
    drawn.flow("way", "one", "both", "done", when="ticket.vip")
    broken = drawn.xml().decode()
    keep_files(web, {"process.bpmn": broken})
    headers = {"X-CSRF-Token": web.csrf()}
    checked = web.app.post_json("/processes/incident/draft/check", {"files": {}}, headers=headers)
    verdict = checked.json["soundness"]
    assert verdict["verdict"] == "unsound"
    page = web.get(PATH, params={"scenario": json.dumps(verdict["scenario"])})
    assert "This draft cannot be played yet" not in page.text
    page = do(web, page, "end")
    assert "both" in live(page)
    assert "A path waits at “both” for another one that never comes." in page.text
    assert "The process has ended" not in page.text


def test_a_part_that_others_call_is_played_with_what_its_caller_sets(web: Any) -> None:
    web.login("olga")
    path = "/processes/shared.approval/play"
    page = web.get(path)
    assert "Variables that the calling process sets" in page.text
    sent = carried(page) | {"play.do": "begin", "play.given": "approver = group:network"}
    page = web.post(path, sent, status=200)
    assert scenario(page)["given"] == {"approver": "group:network"}
    assert live(page)


def test_the_draft_is_played_where_there_is_one_and_what_is_in_force_on_wish(web: Any) -> None:
    web.login("olga")
    bpmn = web.get("/processes/incident/draft").json["files"]["process.bpmn"]
    changed = bpmn.replace("Sort the fault", "Sort it out")
    keep_files(web, {"process.bpmn": changed})
    page = web.get(PATH)
    assert page.html.select_one("section.now h2").text == "Sort it out"
    page = do(web, page, "look", **{"play.from": "force"})
    assert page.html.select_one("section.now h2").text == "Sort the fault"
    drawn = page.html.select_one("[data-diagram-url]")["data-diagram-url"]
    assert "Sort the fault" in web.get(drawn).text
    kept = do(web, page, "complete:triage", **SORT)
    assert "It is kept in the draft." in kept.text
    do(web, kept, "save", 303, **{"play.name": "Of what is in force"})
    assert draft_examples(web)[-1]["name"] == "Of what is in force"


def test_a_play_keeps_nobody_from_writing(web: Any) -> None:
    """However long one takes: it is posted, but it only asks."""
    page = opened(web)
    sent = carried(page) | {"csrf_token": web.csrf(), "play.do": "complete:triage"} | SORT
    with web.town.desk.database.writing() as session:
        session.execute(text("UPDATE person SET name = name"))
        assert live(web.app.post(PATH, sent)) == "work"


def test_a_process_that_is_only_a_draft_yet_is_played_and_has_examples(web: Any) -> None:
    drawn = Pen("laptop").start().user("hand_out").end().flow("start", "hand_out", "done")

    def begin(work: Any) -> None:
        new_draft(work, "laptop", {"process.bpmn": drawn.xml().decode()})

    web.town.desk.run(begin, web.town.actor("olga"))
    web.login("olga")
    page = web.get("/processes/laptop/play")
    assert live(page) == "hand_out"
    sent = carried(page) | {"play.do": "complete:hand_out"}
    page = web.post("/processes/laptop/play", sent, status=200)
    web.post("/processes/laptop/play/keep", carried(page) | {"play.name": "Handed out"})
    listed = web.get("/processes/laptop/examples")
    assert "Handed out" in listed.text
    assert "100%" in listed.text


def test_a_draft_before_a_second_pair_of_eyes_keeps_its_examples(web: Any) -> None:
    web.login("olga")
    page = do(web, web.get(PATH), "complete:triage", **SORT)
    do(web, page, "save", 303, **{"play.name": "Before"})

    def propose(work: Any) -> None:
        draft_of(work.session, "incident").proposed_at = work.now

    web.town.desk.run(propose)
    assert "second pair of eyes" in do(web, page, "save", 422, **{"play.name": "After"}).text
    assert "Take out" not in web.get("/processes/incident/examples").text
    change(web, "delete", "Before", 400)
