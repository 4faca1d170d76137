"""The company's own fields through the API: by name, as text; customers read what is theirs."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def number(town: Any) -> str:
    """A ticket of a desk that has a field of each kind."""
    from engine.commands.own_fields import create_field

    for kind in ("text", "choice", "number", "date"):
        values = {"name": f"a_{kind}", "kind": kind, "title": {"de": "Feld", "en": "Field"},
                  "choices": ["Berlin"]}  # fmt: skip
        town.desk.run(lambda w, v=values: create_field(w, v) and None)
    found: str = town.report()
    return found


GOOD = {"a_text": "x", "a_choice": "Berlin", "a_number": "12.5", "a_date": "2026-03-31"}


def test_an_agent_sets_reads_and_clears_them(api: Any, number: str) -> None:
    version = api.get("agnes", f"/tickets/{number}")["version"]
    body = {"version": version, "custom": GOOD}
    shape = api.ask("PATCH", "agnes", f"/tickets/{number}", body, 200).json
    assert shape["custom"] == GOOD
    body = {"version": shape["version"], "custom": {"a_text": ""}}
    shape = api.ask("PATCH", "agnes", f"/tickets/{number}", body, 200).json
    assert sorted(shape["custom"]) == ["a_choice", "a_date", "a_number"]
    said = [entry["what"] for entry in api.get("agnes", f"/tickets/{number}/history")["items"]]
    assert said.count("custom.a_text") == 2
    assert api.get("clara", f"/tickets/{number}")["custom"] == {}


@pytest.mark.parametrize(
    "custom",
    [{"no_such": "x"}, {"a_choice": "Paris"}, {"a_number": "1e5"}, {"a_date": "tomorrow"}],
)
def test_what_a_field_does_not_take_is_refused_as_a_whole(
    api: Any, number: str, custom: dict[str, str]
) -> None:
    version = api.get("agnes", f"/tickets/{number}")["version"]
    body = {"version": version, "custom": {"a_text": "x"} | custom}
    answer = api.ask("PATCH", "agnes", f"/tickets/{number}", body)
    assert answer.status_int in (400, 422)
    assert api.get("agnes", f"/tickets/{number}")["custom"] == {}
    new = {"title": "T", "body": "B", "custom": custom}
    assert api.ask("POST", "agnes", "/tickets", new).status_int == answer.status_int
    customers = api.ask("POST", "clara", "/tickets", new | {"custom": {"a_text": "x"}})
    assert customers.status_int in (400, 422)


def test_a_customer_reads_what_is_shown_to_customers(api: Any, town: Any, number: str) -> None:
    from engine.catalogue.models import CustomField

    def show(work: Any) -> None:
        work.session.get(CustomField, "a_choice").customer_visible = True

    town.desk.run(show)
    version = api.get("agnes", f"/tickets/{number}")["version"]
    api.ask("PATCH", "agnes", f"/tickets/{number}", {"version": version, "custom": GOOD}, 200)
    assert api.get("clara", f"/tickets/{number}")["custom"] == {"a_choice": "Berlin"}
