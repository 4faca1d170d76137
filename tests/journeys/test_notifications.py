"""What an agent is told appears while they look at something else, and is gone once it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from engine.notify.models import Notification
from engine.tickets.access import ticket_for
from tests.journeys.served import Served
from tests.journeys.test_keyboard import arrived, focus_is_seen
from tests.journeys.visitor import Visitor
from tests.served import until
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.journey


def mail(number: str = "") -> bytes:
    subject = f"[Ticket#{number}] Till" if number else "Till without paper"
    name = f"bell-{number or 'first'}"
    return (
        f"From: sam.carter@example.net\nTo: desk@example.com\nSubject: {subject}\n"
        f"Message-ID: <{name}@example.net>\n\nStill nothing.\n"
    ).encode()


@pytest.fixture
def number(town_hall: Served) -> str:
    """A ticket that Agnes owns."""
    from engine.people.queries import person_by_login

    found = str(town_hall.deliver(mail())["ticket"])

    def own(work: Any) -> None:
        agnes = person_by_login(work.session, "agnes.meier@example.com")
        ticket_for(work, found).owner = agnes

    with town_hall.open() as desk:
        desk.run(own)
    return found


def test_what_arrives_is_counted_opened_by_keyboard_and_read(
    visit: Callable[..., Visitor], town_hall: Served, number: str
) -> None:
    agnes = visit("agnes")
    page, keys = agnes.page, agnes.page.keyboard
    agnes.go("/notifications?language=en")
    if page.get_by_role("button", name="Mark all as read").count():
        page.get_by_role("button", name="Mark all as read").click()
    agnes.go("/queues")
    bell = page.locator("[data-bell]")
    expect(bell).to_have_attribute("aria-label", "Notifications, none unread")

    town_hall.deliver(mail(number))
    expect(bell).to_have_attribute("aria-label", "Notifications, 1 unread", timeout=60_000)
    expect(page.locator("#live")).to_have_text("Notifications, 1 unread")
    assert page.title().startswith("(1) ")

    keys.press("b")
    row = page.locator("#told [data-open]").first
    expect(row).to_be_focused()
    assert focus_is_seen(page)
    keys.press("Escape")
    expect(bell).to_be_focused()
    keys.press("b")
    expect(row).to_be_focused()
    keys.press("Enter")
    arrived(page, f"/tickets/{number}")
    expect(bell).to_have_attribute("aria-label", "Notifications, none unread", timeout=60_000)
    assert not re.match(r"\(\d", page.title())


def decided(town_hall: Served, number: str) -> bool:
    """Whether the worker has decided by which ways Agnes is told."""

    def all_of_them(work: Any) -> bool:
        query = select(Notification).where(Notification.ticket_id == ticket_for(work, number).id)
        rows = work.session.scalars(query).all()
        return bool(rows) and all(one.decided_at is not None for one in rows)

    with town_hall.open() as desk:
        return bool(desk.read(all_of_them))


def test_it_reaches_an_agent_as_chosen(
    visit: Callable[..., Visitor], town_hall: Served, number: str, post_office: SmtpSink
) -> None:
    agnes = visit("agnes")
    page = agnes.page

    def choose(way: str) -> None:
        agnes.go("/settings?language=en")
        page.get_by_label("Somebody writes on a ticket of yours").select_option(label=way)
        page.locator("#notices").get_by_role("button", name="Save").click()
        expect(page.locator("#toasts")).to_contain_text("Saved")

    def mails() -> list[str]:
        return [
            str(one.message["Subject"])
            for one in post_office.messages
            if one.recipients == ("agnes.meier@example.com",) and number in one.message["Subject"]
        ]

    choose("In the browser only")
    # Mails of their own: what another test has delivered would not be taken in twice.
    town_hall.deliver(mail(number).replace(b"<bell-", b"<first-"))
    until(lambda: decided(town_hall, number))
    agnes.go("/notifications?language=en")
    expect(page.locator(f"[data-row]:has-text('#{number}').not-read")).to_be_visible()
    choose("By e-mail at once")
    town_hall.deliver(mail(number).replace(b"<bell-", b"<again-"))
    until(mails)
    # Of the second alone, for the first was not wanted by mail.
    assert mails() == [f"[Ticket#{number}] Antwort vom Kunden: Till without paper"]
