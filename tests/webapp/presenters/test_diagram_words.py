"""Whoever reads a diagram reads it in their own words; the file itself stays as it was drawn."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from tests.town import ROOT


def names(answer: Any) -> set[str]:
    """What the elements of a diagram are called."""
    return {e.get("name") for e in etree.fromstring(answer.body).iter() if e.get("name")}


@pytest.mark.parametrize(
    ("language", "step", "lane", "flow"),
    [("de", "Störung beheben", "Zuständiges Team", "Weitergeben"),
     ("en", "Solve the fault", "Team in charge", "Hand on")],
)  # fmt: skip
def test_steps_lanes_and_flows_speak_the_readers_language(
    web: Any, language: str, step: str, lane: str, flow: str
) -> None:
    number = web.town.report()
    web.login("agnes").app.set_cookie("vorgang_language", language)
    assert {step, lane, flow} <= names(web.get(f"/tickets/{number}/diagram.bpmn"))


def test_an_owner_downloads_the_file_as_it_was_drawn(web: Any) -> None:
    web.login("olga").app.set_cookie("vorgang_language", "de")
    shown = web.get("/processes/incident/diagram.bpmn")
    drawn = web.get("/processes/incident/diagram.bpmn?download=1")
    assert "Störung beheben" in names(shown)
    assert "Störung beheben" not in names(drawn)
    assert drawn.body == (ROOT / "processes/incident/process.bpmn").read_bytes()


def test_a_label_has_room_for_the_words_of_another_language(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").app.set_cookie("vorgang_language", "de")
    shown = etree.fromstring(web.get(f"/tickets/{number}/diagram.bpmn").body)
    drawn = etree.parse(ROOT / "processes/incident/process.bpmn").getroot()

    def middles(root: Any) -> dict[str, tuple[float, float]]:
        found = {}
        for label in root.iter("{*}BPMNLabel"):
            bounds = label.find("{*}Bounds")
            x, width = float(bounds.get("x")), float(bounds.get("width"))
            found[label.getparent().get("bpmnElement")] = (x + width / 2, width)
        return found

    before, after = middles(drawn), middles(shown)
    wider = [key for key in before if after[key][1] > before[key][1]]
    assert wider
    assert all(after[key][1] >= 90 for key in wider)
    assert {key: round(at) for key, (at, _) in after.items()} == {
        key: round(at) for key, (at, _) in before.items()
    }
