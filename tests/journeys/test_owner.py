"""An owner makes a new kind of ticket, from a template to the heat map, and touches no file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.test_draw import saved, select
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
HERE = "/processes/lost_keys"


def begin(olga: Visitor) -> Any:
    """From a template, with two forms."""
    page = olga.page
    olga.go("/processes")
    page.get_by_role("button", name="New process").click()
    page.get_by_label("Name", exact=True).fill("Lost keys")
    page.get_by_role("radio", name="Simple request").check()
    page.get_by_role("button", name="Begin to draw").click()
    page.wait_for_selector("#draw[data-ready=yes]")
    return page


def rename(page: Any, step: str, german: str, english: str) -> None:
    """Call a step otherwise, in the drawing."""
    panel = select(page, step)
    panel.get_by_label("Name (German)").fill(german)
    panel.get_by_label("Name (English)").fill(english)
    panel.get_by_label("Name (English)").blur()
    saved(page)


def play(olga: Visitor) -> None:
    """Played to its end, and kept."""
    page = olga.page
    olga.go(HERE + "/play")
    page.get_by_label("What is needed?").fill("A key to room 12")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Message to the customer").fill("It lies at the front desk.")
    page.get_by_role("button", name="Finish").click()
    page.get_by_text("The process has ended; the ticket would be").wait_for()
    page.get_by_label("What it shows").fill("A key is lost and found")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/examples")
    row = page.locator(".example", has_text="A key is lost and found")
    expect(row).to_contain_text("green")


def publish(olga: Visitor, note: str, number: int) -> None:
    """Looked at, acknowledged and put in force."""
    page = olga.page
    olga.go(HERE + "/publish")
    expect(page.get_by_text("Every ticket comes to an end")).to_be_visible()
    expect(page.locator("#stops")).to_have_count(0)
    for box in page.locator("#warnings input[type=checkbox]").all():
        box.check()
    page.get_by_label("What changes, and why").fill(note)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/versions")
    expect(page.get_by_role("row", name=re.compile(note))).to_contain_text(str(number))


def offer(olga: Visitor) -> None:
    """Customers of the house may ask for it."""
    page = olga.page
    olga.go(HERE + "/offer")
    page.get_by_role("button", name="Make an offer").click()
    page.get_by_label("Title in English").fill("I have lost a key")
    page.get_by_label("Title in German").fill("Ich habe einen Schlüssel verloren")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.get_by_text("The offer is in the draft.")).to_be_visible()


def ask(clara: Visitor) -> str:
    """A customer finds the offer and gets a number."""
    page = clara.page
    clara.go("/report")
    page.get_by_role("link", name="I have lost a key").click()
    page.get_by_label("What is it about?").fill("The key to room 12")
    page.get_by_label("Description").fill("Since this morning.")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/requests/*")
    found = re.search(r"/requests/(\d+)", page.url)
    assert found
    return found.group(1)


def test_from_a_template_to_the_heat_map(visit: Callable[..., Visitor], town_hall: Served) -> None:
    olga = visit("olga")
    page = begin(olga)
    rename(page, "clarify", "Klären, welcher Schlüssel fehlt", "Clarify which key is lost")
    page.get_by_role("tab", name="Problems").click()
    expect(page.locator(".draw-sign.bad")).to_have_count(0)
    play(olga)
    offer(olga)
    publish(olga, "Keys get lost", 1)

    number = ask(visit("clara"))

    olga.go(HERE + "/draw")
    page.wait_for_selector("#draw[data-ready=yes]")
    rename(page, "fulfil", "Neuen Schlüssel ausgeben", "Hand out another key")
    publish(olga, "Said more clearly", 2)
    olga.go(HERE + "/tickets")
    expect(page.get_by_text("1 ticket is on another version than 2")).to_be_visible()
    page.get_by_role("button", name="Move 1 ticket to version 2").click()
    expect(page.get_by_text("1 ticket was moved to version 2")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("Every ticket under way is on version 2.")).to_be_visible()

    olga.go(HERE + "/heat")
    expect(page.get_by_role("row", name="Clarify which key is lost").first).to_contain_text("1")
    page.wait_for_selector(".step-heat, .flow-count, .djs-element", state="attached")
    with town_hall.open() as desk:
        assert desk.read(lambda work: _standing(work, number)) == (2, ["clarify"])


def _standing(work: Any, number: str) -> tuple[int, list[str]]:
    from sqlalchemy import select as choose

    from engine.tickets.models import Ticket
    from engine.tickets.queries import instance_of, open_items

    ticket = work.session.scalar(choose(Ticket).where(Ticket.number == number))
    found = instance_of(work.session, ticket)
    return found.version.number, [item.step_id for item in open_items(work.session, ticket)]
