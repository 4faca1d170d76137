"""Customers, process owners and admins do their main work without a mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.test_keyboard import arrived, focus_is_seen, tab_to
from tests.journeys.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.journey


def test_a_customer_logs_in_reports_and_follows(visit: Callable[..., Visitor]) -> None:
    visitor = visit("")
    page = visitor.page
    visitor.go("/login?language=en")
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type("clara.huber@example.org")
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    arrived(page, "/requests$")
    visitor.go("/report?language=en")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Report a fault"))
    page.keyboard.press("Enter")
    arrived(page, "/report/report_fault")
    tab_to(page, page.get_by_label("What does not work?"))
    page.keyboard.type("Screen flickers")
    tab_to(page, page.get_by_label("What is affected?"))
    page.keyboard.type("Computer")
    tab_to(page, page.locator("[name=impact]").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert focus_is_seen(page)
    tab_to(page, page.get_by_label("What exactly happens?"))
    page.keyboard.type("It flickers since this morning.")
    tab_to(page, page.get_by_role("button", name="Report the fault"))
    page.keyboard.press("Enter")
    arrived(page, r"/requests/\d+")
    expect(page.get_by_text("We have it. Your number is")).to_be_visible()
    tab_to(page, page.locator("summary", has_text="The whole way as a diagram"))
    page.keyboard.press("Enter")
    expect(page.locator(".diagram-canvas svg").first).to_be_visible()
    tab_to(page, page.locator(".diagram-canvas"))
    assert visitor.complaints == []


def test_an_owner_reads_a_process_and_a_rule(visit: Callable[..., Visitor]) -> None:
    visitor = visit("olga")
    page = visitor.page
    visitor.go("/processes?language=en")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Incident"))
    page.keyboard.press("Enter")
    arrived(page, "/processes/incident")
    tab_to(page, page.locator(".diagram-canvas"))
    tab_to(page, page.locator("details summary").last)
    page.keyboard.press("Enter")
    visitor.go("/rules?language=en")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Routing to a queue"))
    page.keyboard.press("Enter")
    arrived(page, "/rules/routing")
    assert visitor.complaints == []


def test_an_admin_makes_an_organisation_and_takes_somebody_in(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit("ada")
    page: Any = visitor.page
    visitor.go("/organisations?language=en")
    tab_to(page, page.get_by_role("link", name="New organisation"))
    page.keyboard.press("Enter")
    arrived(page, "/organisations/new")
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("Nordwind KG")
    tab_to(page, page.get_by_label("VIP"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Save"))
    page.keyboard.press("Enter")
    arrived(page, r"/organisations/\d+")
    tab_to(page, page.get_by_label("Login of somebody who belongs here as well"))
    page.keyboard.type("sam.carter@example.net")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_text("sam.carter@example.net")).to_be_visible()
    assert visitor.complaints == []
