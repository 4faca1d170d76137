"""An agent's way through a task on a telephone, where the three columns are three tabs."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
MAIL = (
    b"From: sam.carter@example.net\nTo: desk@example.com\nSubject: Read on a phone\n"
    b"Message-ID: <phone@example.net>\n\nThe scanner is off.\n"
)


def test_a_task_opens_at_what_is_to_be_done_and_shows_what_is_wrong(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    number = str(town_hall.deliver(MAIL)["ticket"])
    agnes = visit("agnes")
    page = agnes.page
    page.set_viewport_size({"width": 390, "height": 844})
    agnes.go("/tasks")
    page.locator("[data-row]", has_text=number).locator("[data-open]").click()
    expect(page).to_have_url(re.compile(number))
    expect(page.locator("#col-now")).to_be_visible()
    expect(page.locator("#col-talk")).to_be_hidden()

    page.locator("section.now .form-foot").get_by_role("button").first.click()
    wrong = page.locator("section.now .error-summary")
    expect(wrong).to_be_visible()
    expect(wrong).to_be_focused()

    page.get_by_role("button", name="Conversation").click()
    expect(page.locator("#col-talk")).to_contain_text("The scanner is off.")
    agnes.go(f"/tickets/{number}")
    expect(page.locator("#col-talk")).to_be_visible()
