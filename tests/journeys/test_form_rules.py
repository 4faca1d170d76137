"""A question appears as another is answered: by keyboard, without a reload, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from engine.commands.candidates import read_rules
from engine.commands.publish import publish_rules
from tests.journeys.served import Served
from tests.journeys.visitor import Visitor
from tests.ruled import answer, form, form_rules, rule
from tests.town import ROOT

pytestmark = pytest.mark.journey
FAULT = form("request/report_fault")
NETWORK = answer("affected", "network")


@pytest.fixture
def ruled(town_hall: Served) -> Iterator[None]:
    """Others are asked about only for the network; for the rest of the tests all is as before."""
    with town_hall.open() as desk:
        town: Any = SimpleNamespace(desk=desk)
        form_rules(
            town,
            rule("hide: colleagues", FAULT),
            rule("show: colleagues", FAULT, NETWORK, name="network"),
            rule("prefill: {field: since, value: 2026-01-05}", FAULT, NETWORK, name="since"),
            rule("without_choices: {field: impact, choices: [annoying]}", FAULT, NETWORK, name="i"),
        )
    yield
    with town_hall.open() as desk:
        before = read_rules(ROOT / "rules")
        desk.run(lambda work: publish_rules(work, before) and None)


@pytest.mark.usefixtures("ruled")
def test_a_question_appears_as_another_is_answered(visit: Callable[..., Visitor]) -> None:
    clara = visit("clara.huber@example.org")
    page, keys = clara.page, clara.page.keyboard
    clara.go("/report/report_fault")
    page.evaluate("window.here = true")
    others = page.get_by_label("Others are affected too")
    expect(others).to_have_count(0)
    page.get_by_label("What does not work?").focus()
    keys.type("No network")
    affected = page.get_by_label("What is affected?")
    affected.focus()
    keys.type("Netw")
    expect(others).to_be_visible()
    expect(affected).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Others are affected too")
    expect(page.get_by_label("Since when?")).to_have_value("2026-01-05")
    expect(page.get_by_text("It is only annoying")).to_have_count(0)
    keys.press("Tab")  # to the first of the answers beside each other
    keys.press("Space")
    keys.press("Tab")
    expect(others).to_be_focused()
    keys.press("Space")
    affected.focus()
    keys.type("Printer")
    expect(others).to_have_count(0)
    expect(page.get_by_label("Since when?")).to_have_value("")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(others).to_be_checked()
    expect(page.get_by_label("What does not work?")).to_have_value("No network")
    assert page.evaluate("window.here")
    page.get_by_label("What exactly happens?").focus()
    keys.type("Nothing is reached.")
    keys.press("Control+Enter")
    expect(page.locator(".received")).to_contain_text("We have it.")
    expect(page.locator("main")).to_contain_text("Others are affected too")
