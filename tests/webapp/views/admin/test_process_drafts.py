"""The addresses behind the modeller: read, keep, check, be there, throw away."""

from __future__ import annotations

import json
from typing import Any

import pytest


def send(web: Any, path: str, sent: Any, status: int = 200) -> Any:
    answer = web.app.post_json(path, sent, headers={"X-CSRF-Token": web.csrf()}, status=status)
    answer.request.environ["wsgi.input"].close()  # a large body lies in a file
    return answer.json if "json" in answer.content_type else answer


def test_a_draft_is_read_changed_and_thrown_away(web: Any) -> None:
    web.login("olga")
    seen = web.get("/processes/incident/draft").json
    assert (seen["revision"], seen["base"]) == (0, 1)
    assert "process.bpmn" in seen["files"]
    assert seen["csrf"] == web.csrf()  # a page that outlived its login goes on with these
    assert seen["writer"] in web.get("/processes").text
    saved = send(web, "/processes/incident/draft", {"revision": 0, "files": {"README.md": "Mine"}})
    now = web.get("/processes/incident/draft").json
    assert (now["revision"], now["files"]["README.md"]) == (saved["revision"], "Mine")
    assert now["changed_by"] == "Olga Brandt"
    web.post("/processes/incident/draft/discard", {"revision": now["revision"]})
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_who_was_slower_gets_both_texts(web: Any) -> None:
    web.login("olga")
    send(web, "/processes/incident/draft", {"revision": 0, "files": {"README.md": "Olga's"}})
    web.login("ada")
    sent = {"revision": 0, "files": {"README.md": "Ada's"}}
    answer = send(web, "/processes/incident/draft", sent, status=409)
    assert "Olga Brandt" in answer["text"]
    assert answer["files"]["README.md"] == "Olga's"
    sent["revision"] = answer["revision"]
    assert send(web, "/processes/incident/draft", sent)["revision"] > answer["revision"]


def test_owners_are_told_of_each_other(web: Any) -> None:
    web.login("olga")
    assert send(web, "/processes/incident/draft/here", {}) == {"revision": 0, "others": []}
    web.login("ada")
    assert send(web, "/processes/incident/draft/here", {})["others"] == ["Olga Brandt"]
    assert web.get("/processes/incident/draft").json["others"] == ["Olga Brandt"]


def test_unsaved_texts_are_checked_on_top_of_the_draft(web: Any) -> None:
    web.login("olga")
    path = "/processes/incident/draft/check"
    errors = [p for p in send(web, path, {"files": {}})["problems"] if p["severity"] == "error"]
    assert errors == []
    broken = {"files": {"triage.schema.json": "{", "process.bpmn": "<bpmn:definitions"}}
    found = send(web, path, broken)["problems"]
    assert found[0]["severity"] == "error"
    assert found[0]["mend"]
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_findings_come_in_the_language_of_the_page(web: Any) -> None:
    web.login("olga")
    path = "/processes/incident/draft/check"
    web.app.set_cookie("vorgang_language", "de")
    found = send(web, path, {"files": {"process.bpmn": "<odd/>"}})["problems"]
    assert found[0]["message"] == "Das ist keine BPMN-2.0-Datei"
    assert found[0]["code"] == "not-bpmn"
    found = send(web, path, {"files": {"triage.schema.json": "{}"}})["problems"]
    assert "triage.schema.json: Ein Formular ist vom Typ" in found[0]["message"]
    drawn = web.get("/processes/incident/draft").json["files"]["process.bpmn"]
    gone = {"files": {"process.bpmn": drawn.replace("triage.schema.json", "gone.schema.json")}}
    found = send(web, path, gone)["problems"]
    said = "Das Formular „gone.schema.json“ von „Störung einordnen“ fehlt"
    assert said in [problem["message"] for problem in found]


@pytest.mark.parametrize(
    "sent",
    [[], "x", {"files": []}, {"files": {"x.json": 7}}, {"revision": "x", "files": {}},
     {"revision": 1e400, "files": {}}, {"revision": {}, "files": {}},
     {"revision": 0, "files": {"../x.json": ""}}, {"revision": 0, "files": {"x.json": "\x00"}}],
)  # fmt: skip
def test_what_no_page_sends_is_refused(web: Any, sent: Any) -> None:
    web.login("olga")
    headers = {"X-CSRF-Token": web.csrf()}
    web.app.post_json("/processes/incident/draft", sent, headers=headers, status=400)
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_deep_and_broken_json_is_refused(web: Any) -> None:
    web.login("olga")
    headers = {"X-CSRF-Token": web.csrf(), "Content-Type": "application/json"}
    for body in (b"[" * 5_000, b"{", b"\xff"):
        web.app.post("/processes/incident/draft", body, headers=headers, status=400)
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_nobody_saves_without_a_token(web: Any) -> None:
    web.login("olga")
    web.app.post_json("/processes/incident/draft", {"revision": 0, "files": {}}, status=403)
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_there_is_no_draft_of_what_does_not_exist(web: Any) -> None:
    web.login("olga")
    web.get("/processes/none/draft", status=404)
    send(web, "/processes/none/draft", {"revision": 0, "files": {}}, status=404)
    send(web, "/processes/none/draft/here", {}, status=404)
    send(web, "/processes/none/draft/check", {"files": {}}, status=404)


def test_what_expressions_may_name_is_told_for_each_step(web: Any) -> None:
    web.login("olga")
    known = send(web, "/processes/incident/draft/check", {"files": {}})["known"]

    def at(element: str) -> dict[str, Any]:
        names = [known["names"][number] for number in known["lists"][known["at"][element]]]
        return {one["name"]: one for one in names}

    there = at("work_result")
    assert "solved" in there["work_result"]["choices"]
    assert "ticket" in {name.split(".")[0] for name in there}
    assert "work_result" not in at("triage")
    for said in (known["names"], known["lists"]):  # it is sent after each edit: nothing twice
        assert len({json.dumps(one) for one in said}) == len(said)
    assert len(known["lists"]) < len(known["at"]) / 2
