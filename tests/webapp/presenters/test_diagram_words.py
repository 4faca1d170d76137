"""Whoever reads a diagram reads it in their own words; the file itself stays as it was drawn."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from engine.workflow import check_files
from tests.engine.workflow.conftest import Pen
from tests.town import ROOT
from webapp.i18n import Reader
from webapp.presenters.diagram_words import titles_said
from webapp.presenters.problem_words import problem_said


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


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", 'At "the gateway after ‘Check’" it can be that no condition holds'),
        ("de", "die Raute nach ‚Prüfen‘"),
    ],
)
def test_a_gateway_without_a_name_is_called_by_the_step_before_it(language: str, said: str) -> None:
    titles = (
        "<spiffworkflow:titleEn>Check</spiffworkflow:titleEn>"
        "<spiffworkflow:titleDe>Prüfen</spiffworkflow:titleDe>"
    )
    p = Pen().start().node("userTask", "a", ext=titles).gate("exclusive", "m")
    p.gate("exclusive", "Gateway_0abcdef").user("b").end()
    p.flow("start", "a", "m", "Gateway_0abcdef").flow("Gateway_0abcdef", "done", when="ticket.vip")
    p.flow("Gateway_0abcdef", "b", "m", when="ticket.priority == 1")
    files = {"process.bpmn": p.xml()}
    called = titles_said(Reader(language), files["process.bpmn"])
    (found,) = [x for x in check_files("sample", files, {}) if x.code == "unsound"]
    message = str(problem_said(found, language, called)["message"])
    assert said in message
    assert "Gateway_0abcdef" not in message


def test_a_gateway_at_the_start_is_called_so() -> None:
    p = Pen().start().gate("parallel", "g").user("a").end().flow("start", "g", "a", "done")
    assert titles_said(Reader("en"), p.xml()) == {"g": "the gateway at the start"}
