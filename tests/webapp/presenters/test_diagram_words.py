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
