"""Through the API an agent reads the own request in a foreign queue as its customer."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.articles import add_note


@pytest.fixture
def number(town: Any) -> str:
    """A fault of bruno's, who works for other teams than the one that has it."""
    found = str(town.report(by="bruno", title="Third visit"))
    town.do("agnes", found, lambda w, t: add_note(w, t, "Do not tell him."))
    return found


def test_it_is_read_without_what_is_for_agents(api: Any, number: str) -> None:
    shape = api.get("bruno", f"/tickets/{number}")
    assert shape["title"] == "Third visit"
    assert not {"queue", "owner", "tags", "links"} & set(shape)
    said = [one["body"] for one in api.get("bruno", f"/tickets/{number}/articles")["items"]]
    assert "It happens every hour." in said
    assert "Do not tell him." not in said


def test_it_is_answered_as_a_customer_answers(api: Any, number: str) -> None:
    said = {"kind": "reply", "body": "From inside."}
    assert api.ask("POST", "bruno", f"/tickets/{number}/articles", said).status_int == 400
    made = api.post("bruno", f"/tickets/{number}/articles", {"body": "It broke again."})
    assert (made["direction"], made["channel"]) == ("in", "api")


@pytest.mark.parametrize("path", ["", "/articles"])
def test_what_is_nobodys_own_does_not_exist(api: Any, town: Any, path: str) -> None:
    foreign = town.report(title="Fourth visit")
    api.get("bruno", f"/tickets/{foreign}{path}", 404)


def test_work_on_it_stays_with_its_team(api: Any, number: str) -> None:
    version = api.get("bruno", f"/tickets/{number}")["version"]
    body = {"version": version, "priority": 5}
    api.ask("PATCH", "bruno", f"/tickets/{number}", body, 404)
    for path in ("history", "why", "clocks"):
        api.get("bruno", f"/tickets/{number}/{path}", 404)
