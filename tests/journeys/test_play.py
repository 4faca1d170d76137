"""An owner plays a process from its start to its end and keeps it as an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
PATH = "/processes/incident/play"


def token(page: Any, step: str) -> None:
    """Wait until the diagram shows the token at a step."""
    page.wait_for_selector(f'.djs-element.step-live[data-element-id="{step}"]', state="attached")


def test_an_owner_plays_a_process_and_keeps_it_as_an_example(visit: Callable[..., Visitor]) -> None:
    olga = visit("olga")
    page = olga.page
    olga.go(PATH)
    token(page, "triage")
    canvas = page.locator(".diagram-canvas svg").first.element_handle()
    page.locator("section.now").get_by_label("A team").check()
    page.get_by_role("button", name="Sort").click()
    token(page, "work")
    assert page.evaluate("one => one.isConnected", canvas)  # the token moved on the same diagram
    assert page.evaluate("document.activeElement.matches('[data-now]')")
    page.get_by_role("button", name="Go on").press("Enter")
    page.get_by_role("link", name="How does it go on? Please answer this.").wait_for()
    page.get_by_label("Ask the customer", exact=True).check()
    page.get_by_label("Message to the customer").fill("Which printer is it?")
    page.get_by_role("button", name="Go on").press("Enter")
    token(page, "await_answer")
    assert "would write to the customer: “Which printer is it?”" in page.text_content(".play-log")
    page.get_by_role("button", name="Forward to “3 days silent”").click()
    page.get_by_text("Time passes: 3 d").wait_for()
    page.get_by_role("button", name="Step back").click()
    page.get_by_text("Time passes: 3 d").wait_for(state="detached")
    page.get_by_role("button", name="The customer answers").click()
    token(page, "work")
    page.get_by_label("Close at once: the customer has confirmed already").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("The process has ended; the ticket would be").wait_for()
    page.get_by_label("What it shows").fill("Asked, answered and closed")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/examples")
    row = page.locator(".example", has_text="Asked, answered and closed")
    assert "green" in row.inner_text()
    row.get_by_role("link", name="Play again").click()
    token(page, "triage")
    page.get_by_role("button", name="To the end").click()
    page.get_by_text("The process has ended; the ticket would be").wait_for()


def test_it_works_without_scripts(
    browser: Any, town_hall: Any, visit: Callable[..., Visitor]
) -> None:
    """Every move is a page of its own then."""
    olga = visit("olga")
    cookies = olga.page.context.cookies()
    context = browser.new_context(java_script_enabled=False, locale="en")
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(town_hall.url + PATH)
    page.locator("section.now").get_by_label("A team").check()
    page.get_by_role("button", name="Sort").click()
    page.get_by_role("heading", name="Solve the fault").wait_for()
    page.get_by_role("button", name="+ 1 day").click()
    page.get_by_text("Time passes: 1 d").wait_for()
    context.close()
