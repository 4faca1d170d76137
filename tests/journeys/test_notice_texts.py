"""The text of a notification is changed with its preview, and nobody overwrites another unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from engine.commands.notice_texts import put_back
from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
MAIL = (
    b"From: sam.carter@example.net\nTo: desk@example.com\nSubject: Till without paper\n"
    b"Message-ID: <texts@example.net>\n\nStill nothing.\n"
)


def test_a_text_is_changed_by_keyboard_while_the_preview_follows(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    number = str(town_hall.deliver(MAIL)["ticket"])
    ada = visit("ada")
    page, keys = ada.page, ada.page.keyboard
    ada.go("/notices/reopened?language=en")
    page.get_by_label("Number of a ticket").fill(number)
    preview = page.locator("[data-preview]")
    page.get_by_role("button", name="Show").click()
    expect(preview).to_contain_text("Till without paper")

    page.locator("#f-subject_en").focus()
    keys.press("Control+a")
    keys.type("Again on it, {nmae}")
    expect(preview).to_contain_text("{nmae} is no placeholder, perhaps {name}")
    keys.press("Control+a")
    keys.type("Again on it: ")
    page.locator("[data-place='{title}']").focus()
    keys.press("Enter")
    expect(page.locator("#f-subject_en")).to_be_focused()
    expect(preview).to_contain_text("Again on it: Till without paper")
    page.get_by_role("button", name="Save and send it like this").click()
    expect(page.get_by_role("table", name="Versions")).to_contain_text("Ada Vogt")
    expect(page.locator("#f-subject_en")).to_have_value("Again on it: {title}")

    page.locator("#f-note").fill("Typed and left")
    ada.go("/notices")
    with town_hall.open() as desk:
        desk.run(lambda work: put_back(work, "reopened", 0, seen=1) and None)
    ada.go("/notices/reopened")
    expect(page.locator("#f-note")).to_have_value("Typed and left")
    page.get_by_role("button", name="Save and send it like this").click()
    expect(page.get_by_text("Somebody else has changed this meanwhile")).to_be_visible()
    expect(page.locator("#f-subject_en")).to_have_value("Again on it: {title}")
    page.get_by_role("button", name="Save and send it like this").click()
    expect(page.get_by_role("table", name="Versions")).to_contain_text("Typed and left")
    page.get_by_role("button", name="Send what comes with Vorgang").click()
    expect(page.locator("#f-subject_en")).to_have_value("Reopened: {title}")
    ada.complaints[:] = [one for one in ada.complaints if "409" not in one]  # as it should
    assert not ada.complaints
