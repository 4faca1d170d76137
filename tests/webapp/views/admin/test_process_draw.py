"""The page to draw on, and what it asks for: the desk's names, times in words, forms as seen."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from tests.webapp.views.admin.test_process_drafts import send


def brought(page: Any, name: str) -> Any:
    """What the page hands to its scripts."""
    text = page.text.partition(f'data-{name}="')[2].partition('"')[0]
    return json.loads(html.unescape(text))


def test_the_page_brings_what_the_desk_has(web: Any) -> None:
    web.login("olga")
    page = web.get("/processes/incident/draw")
    desk = brought(page, "desk")
    assert "routing" in desk["rulesets"]
    assert "confirm_solution" in {one["id"] for one in desk["calls"]}
    assert "customer" in desk["people"]
    assert {"queue:", "group:", "expression:"} <= set(desk["prefixes"])
    assert brought(page, "urls")["draft"].endswith("/processes/incident/draft")
    assert (
        "Schritt für jemanden"
        in brought(web.get("/processes/incident/draw?language=de"), "words").values()
    )


def test_a_process_that_is_not_there_cannot_be_drawn(web: Any) -> None:
    web.login("olga")
    web.get("/processes/nowhere/draw", status=404)
    web.login("agnes")
    web.get("/processes/incident/draw", status=404)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (
            {"text": "after 2 working hours"},
            {"kind": "duration", "iso": "PT2H", "basis": "working"},
        ),
        ({"text": "nach 3 Tagen"}, {"kind": "duration", "iso": "P3D", "basis": ""}),
        ({"kind": "duration", "iso": "P1D", "language": "de"}, {"iso": "P1D"}),
        ({"kind": "cycle", "iso": "R3/PT1H"}, {"kind": "cycle"}),
    ],
)
def test_times_are_read_from_words_and_said_in_words(
    web: Any, sent: dict[str, str], answer: dict[str, str]
) -> None:
    web.login("olga")
    said = send(web, "/processes/incident/draw/time", sent)
    assert said["words"]
    assert answer.items() <= said.items()


@pytest.mark.parametrize(
    "sent",
    [{"text": "some day, perhaps"}, {}, {"text": 7}, {"kind": "never", "iso": "P1D"},
     {"kind": "duration", "iso": "P" + "9" * 5000 + "Y"}, {"kind": "date", "iso": "<b>"},
     {"text": "after " + "1" * 5_000}],
)  # fmt: skip
def test_what_is_no_time_is_said_to_be_none(web: Any, sent: dict[str, Any]) -> None:
    web.login("olga")
    assert send(web, "/processes/incident/draw/time", sent)["wrong"]


def test_a_form_is_shown_as_those_see_it_who_fill_it_in(web: Any) -> None:
    web.login("olga")
    schema = {
        "type": "object",
        "properties": {"why": {"type": "string"}, "how": {"type": "string", "enum": ["so"]}},
        "required": ["why", "how"],
    }
    how = {"widget": "select"}
    ui = {"fields": {"why": {"label": {"de": "Warum <script>?", "en": "Why?"}}, "how": how}}
    sent = {"schema": schema, "ui": ui, "language": "de"}
    shown = send(web, "/processes/incident/draw/form", sent)["html"]
    assert "Warum &lt;script&gt;?" in shown
    assert 'name="why"' in shown
    assert "Bitte wählen" in shown
    sent["language"] = "en"
    assert "Please choose" in send(web, "/processes/incident/draw/form", sent)["html"]
    send(web, "/processes/incident/draw/form", {"schema": [], "ui": None}, status=400)
