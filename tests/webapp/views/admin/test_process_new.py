"""The dialog for a new process: what it begins with, and what it says when that cannot be."""

from __future__ import annotations

from typing import Any


def test_a_new_process_leads_to_its_drawing(web: Any) -> None:
    web.login("olga")
    answer = web.post("/processes", {"title": "Order a badge", "from": "blank"})
    assert answer.location.endswith("/processes/order_a_badge/draw")
    assert "Order a badge" in web.get("/processes/order_a_badge/draw").text
    again = web.post("/processes", {"title": "Order a badge", "from": "blank"}, status=422)
    assert "There is a process with this key already." in again.text
    assert 'value="Order a badge"' in again.text


def test_a_copy_and_a_file(web: Any) -> None:
    web.login("olga")
    web.post("/processes", {"title": "Copied", "from": "copy", "copy": "incident"})
    files = web.get("/processes/copied/draft").json["files"]
    assert 'id="copied"' in files["process.bpmn"]
    assert "triage.schema.json" in files
    sent = [("file", "x.bpmn", b"<definitions xmlns='urn:other'/>")]
    web.post("/processes", {"title": "Sent", "from": "file"}, files=sent)
    assert web.get("/processes/sent/draft").json["files"]["process.bpmn"].startswith("<definitions")
    assert (
        "Please choose a file"
        in web.post("/processes", {"title": "None", "from": "file"}, status=422).text
    )
    web.post("/processes", {"title": "None", "from": "copy", "copy": "nowhere"}, status=404)


def test_agents_begin_no_process(web: Any) -> None:
    web.login("agnes")
    web.post("/processes", {"title": "Mine", "from": "blank"}, status=404)
    web.login("olga").get("/processes/mine/draft", status=404)


def test_a_template_is_a_beginning_too(web: Any) -> None:
    web.login("olga")
    assert "Request with approval" in web.get("/processes").text
    sent = {"title": "Leave", "from": "template", "template": "request_with_approval"}
    assert web.post("/processes", sent).location.endswith("/processes/leave/draw")
    files = web.get("/processes/leave/draft").json["files"]
    assert 'id="leave"' in files["process.bpmn"]
    assert any(name.endswith(".schema.json") for name in files)
    web.post("/processes", {**sent, "title": "No", "template": "../incident"}, status=404)


def test_pieces_come_with_a_picture(web: Any) -> None:
    web.login("olga")
    pieces = web.get("/processes/incident/draw/pieces").json["pieces"]
    assert {"approval", "four_eyes", "wait_for_customer"} <= {one["key"] for one in pieces}
    for one in pieces:
        assert all(one["about"][language] for language in ("de", "en"))
        assert len(one["picture"]["shapes"]) > 2
        assert len(one["picture"]["lines"]) > 1
