"""Acting at once by keyboard: claim, move, a fact and several at once, each taken back in place."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
MAIL = (
    b"From: sam.carter@example.net\nTo: desk@example.com\nSubject: %s\n"
    b"Message-ID: <acting%d@example.net>\n\nIt does not work.\n"
)


@pytest.fixture
def numbers(town_hall: Served) -> list[str]:
    """Fresh tickets with a task that nobody has taken."""
    mails = [MAIL % (b"Acting %d" % n, n) for n in range(3)]
    return [str(town_hall.deliver(mail)["ticket"]) for mail in mails]


def stays(page: Any) -> None:
    """Mark the document: a page that is loaded anew loses the mark."""
    page.wait_for_load_state("load")
    page.evaluate("window.same = true")


def still_there(page: Any) -> bool:
    """Whether it is the document that was marked, at rest."""
    page.wait_for_function("() => !document.querySelector('form[aria-busy]')")
    return bool(page.evaluate("window.same === true"))


def undo(page: Any) -> None:
    """Press z and wait for what it says."""
    page.keyboard.press("z")
    expect(page.locator("[data-toast]").last).to_contain_text("aken back")


def test_an_agent_acts_at_once_and_takes_it_back(
    visit: Callable[..., Visitor], numbers: list[str]
) -> None:
    agnes = visit("agnes")
    page, keys = agnes.page, agnes.page.keyboard
    agnes.go(f"/tickets/{numbers[0]}")
    stays(page)
    owner, queue = page.locator("#fact-owner"), page.locator("#fact-queue")

    keys.press("c")
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    expect(owner).to_have_value("agnes.meier@example.com")
    undo(page)
    expect(page.get_by_role("button", name="Claim", exact=True)).to_be_visible()
    expect(owner).to_have_value("")

    before = queue.input_value()
    keys.press("m")
    expect(queue).to_be_focused()
    queue.select_option("Network")
    expect(page.locator("[data-toast]").last).to_contain_text("Network")
    expect(queue).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    undo(page)
    expect(queue).to_have_value(before)

    page.locator("#fact-priority").select_option("4 high")
    expect(page.locator("#ticket-head .priority")).to_contain_text("high")
    tag = page.get_by_label("New tag")
    tag.fill("by hand")
    tag.press("Enter")
    expect(page.locator(".tags")).to_contain_text("by hand")
    page.evaluate("document.activeElement.blur()")
    undo(page)
    expect(page.locator(".tags")).not_to_contain_text("by hand")
    assert still_there(page)

    agnes.go("/today")
    stays(page)
    free = page.locator("#free [data-row]")
    chosen = [row.get_by_role("checkbox").input_value() for row in free.all()[:2]]
    for value in chosen:
        while page.evaluate("document.querySelector('.at [data-select]')?.value") != value:
            keys.press("j")
        keys.press("x")
    bar = page.locator("[data-bulk]")
    expect(bar).to_contain_text("2")
    page.evaluate("window.vorgang.refresh()")
    expect(page.locator("[data-select]:checked")).to_have_count(2)
    assert page.evaluate("document.querySelector('.at [data-select]').value") == chosen[1]
    assert page.evaluate("document.activeElement.matches('.at [data-open]')")
    bar.get_by_role("button", name="Claim").press("Enter")
    expect(page.locator("[data-toast]").last).to_contain_text("2 of 2 taken")
    for value in chosen:
        expect(page.locator(f"#mine [data-select][value='{value}']")).to_have_count(1)
    expect(bar).to_be_hidden()
    undo(page)
    for value in chosen:
        expect(page.locator(f"#free [data-select][value='{value}']")).to_have_count(1)
    assert still_there(page)

    agnes.go(f"/tickets/{numbers[1]}")
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Merge").first.click()
    page.get_by_label("Number of the other ticket").fill(numbers[2])
    keys.press("Enter")
    asking = page.locator("dialog.asking")
    expect(asking).to_contain_text("Acting 2")
    expect(asking).to_contain_text("2 messages move there")
    asking.get_by_role("button", name="Merge").press("Enter")
    expect(page).to_have_url(re.compile(numbers[2]))
    expect(page.locator("[data-toast]")).to_contain_text("was merged into")
