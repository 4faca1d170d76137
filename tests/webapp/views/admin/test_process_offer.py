"""The offer of a process is a page: begun, changed, taken away, all of it in the draft."""

from __future__ import annotations

import json
from typing import Any

import pytest

FIELDS = {"title_de": "Störung <b>", "title_en": "Fault <b>", "audience": "internal",
          "queue": "Network", "keywords": "broken, kaputt", "active": "true"}  # fmt: skip


def begin(web: Any) -> int:
    web.login("olga")
    web.post("/processes/incident/offer", {"revision": 0, "begin": 1})
    revision: int = web.get("/processes/incident/draft").json["revision"]
    return revision


def document(web: Any) -> dict[str, Any]:
    files = web.get("/processes/incident/draft").json["files"]
    found: dict[str, Any] = json.loads(files["offer.json"])
    return found


def test_a_process_without_an_offer_says_so_and_begins_one(web: Any) -> None:
    page = web.login("olga").get("/processes/incident/offer").text
    assert "Customers ask for this by “Report a fault”" in page
    assert "No offer of its own" in page
    begin(web)
    page = web.get("/processes/incident/offer")
    assert page.html.find("input", {"name": "title_de"})["value"] == "Störung"
    assert "What is it about?" in page.text


def test_what_is_typed_is_in_the_draft_and_in_force_with_it(web: Any) -> None:
    revision = begin(web)
    web.post("/processes/incident/offer", {"revision": revision, **FIELDS})
    found = document(web)
    assert found["title"] == {"de": "Störung <b>", "en": "Fault <b>"}
    assert (found["queue"], found["keywords"]) == ("Network", ["broken", "kaputt"])
    assert "Fault <b>" not in web.get("/processes/incident/offer").text
    revision = web.get("/processes/incident/draft").json["revision"]
    web.post("/processes/incident/publish", {"revision": revision})
    assert "Störung &lt;b&gt;" in web.login("clara").get("/report").text
    web.get("/report/incident")


def test_what_cannot_be_is_said_and_what_was_typed_stays(web: Any) -> None:
    revision = begin(web)
    fields = {"revision": revision, **FIELDS, "queue": "No such queue"}
    page = web.post("/processes/incident/offer", fields, status=422)
    assert "No such queue" in page.text
    assert "Fault &lt;b&gt;" in page.text
    assert "queue" not in document(web)


def test_who_was_slower_is_told_by_whom(web: Any) -> None:
    revision = begin(web)
    web.post("/processes/incident/offer", {"revision": revision, **FIELDS})
    page = web.post("/processes/incident/offer", {"revision": revision, **FIELDS,
                                                  "title_en": "Mine"}, status=422)  # fmt: skip
    assert "Olga Brandt has changed this draft meanwhile." in page.text
    assert 'value="Mine"' in page.text


def test_an_offer_is_taken_away(web: Any) -> None:
    revision = begin(web)
    web.post("/processes/incident/offer", {"revision": revision, "remove": 1})
    files = web.get("/processes/incident/draft").json["files"]
    assert not [name for name in files if name.startswith("offer")]


@pytest.mark.parametrize("text", ["[]", "{", '{"title": 7, "keywords": "x", "audience": 7}'])
def test_an_odd_offer_is_shown_all_the_same(web: Any, text: str) -> None:
    revision = begin(web)
    sent = {"revision": revision, "files": {"offer.json": text, "offer.schema.json": "[]"}}
    headers = {"X-CSRF-Token": web.csrf()}
    web.app.post_json("/processes/incident/draft", sent, headers=headers)
    page = web.get("/processes/incident/offer")
    assert page.html.find("input", {"name": "title_en"})
    assert "Nothing is asked" in page.text


def test_parts_and_what_does_not_exist_have_no_offer(web: Any) -> None:
    web.login("olga")
    web.get("/processes/shared.approval/offer", status=404)
    web.get("/processes/none/offer", status=404)
    assert "/offer" not in web.get("/processes/shared.approval").text
