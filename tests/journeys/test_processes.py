"""What owners look at beside the drawing: two versions, the heat map, and both on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from engine.commands.process_drafts import draft_of, save_draft
from engine.people.queries import actor_of, person_by_login
from tests.journeys.served import Served
from tests.journeys.visitor import Visitor
from tests.town import ROOT

pytestmark = pytest.mark.journey
HEAT = "/processes/incident/heat"


def test_both_diagrams_are_drawn_where_only_an_arrow_differs(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    text = (ROOT / "processes/question/process.bpmn").read_text(encoding="utf-8")
    begin = text.index('<bpmn:sequenceFlow id="to_route_from_asked"')
    arrow = text[begin : text.index("/>", begin) + 2]

    def cut(work: object) -> None:
        draft = draft_of(work.session, "question")  # type: ignore[attr-defined]
        files = {"process.bpmn": text.replace(arrow, "")}
        save_draft(work, "question", draft.revision if draft else 0, files)  # type: ignore[arg-type]

    with town_hall.open() as desk:
        login = "olga.brandt@example.com"
        actor = desk.read(lambda w: actor_of(w.session, person_by_login(w.session, login)))
        desk.run(cut, actor)
    olga = visit("olga")
    olga.go("/processes/question/publish")
    drawn = olga.page.locator(".two-diagrams .diagram-canvas")
    for number in range(2):
        expect(drawn.nth(number).locator('[data-element-id="asked"]')).to_be_visible()


def test_the_heat_map_asks_for_two_days_and_fits_a_phone(visit: Callable[..., Visitor]) -> None:
    olga = visit("olga", width=390)
    page = olga.page
    olga.go(HEAT)
    expect(page.locator("nav.tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_label("From", exact=True)).to_be_hidden()
    page.get_by_label("Time", exact=True).select_option("between")
    expect(page.get_by_label("From", exact=True)).to_be_visible()
    expect(page.get_by_label("Until", exact=True)).to_be_visible()
    task = page.locator('.diagram-canvas [data-element-id="work"]').bounding_box()
    assert task is not None
    assert task["width"] > 60  # what is written in it can be read
