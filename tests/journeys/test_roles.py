"""What each role does with the desk: decide, watch over processes, look after it, take a call."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


def announced(customer: Visitor) -> str:
    """Clara announces a new colleague and gets a number."""
    page = customer.page
    customer.go("/report/new_employee")
    page.get_by_label("Name", exact=True).fill("Nora Novak")
    page.get_by_label("First day of work").fill(date(2027, 1, 4).isoformat())
    page.get_by_label("Department").fill("Sales")
    page.get_by_text("Office", exact=True).click()
    page.get_by_label("What else is needed?").fill("A second screen.")
    page.get_by_role("button", name="Announce").click()
    found = re.search(r"\d{16}", page.locator(".received").inner_text())
    assert found
    return found.group()


def test_a_manager_approves_and_two_teams_work_side_by_side(visit: Callable[..., Visitor]) -> None:
    number = announced(visit("clara"))
    boss = visit("max")
    boss.go("/requests")
    boss.page.get_by_role("link", name=re.compile(number)).click()
    asked = boss.page.locator("section.now")
    expect(asked).to_contain_text("Approve or refuse")
    asked.get_by_text("Approve", exact=True).click()
    asked.get_by_role("button", name="Decide").click()
    expect(boss.page.locator("section.now")).to_have_count(0)

    ada = visit("ada")
    page = ada.page
    ada.go(f"/tickets/{number}")
    steps = page.locator("section.now")
    expect(steps).to_have_count(2)
    live = (page.locator("figure.diagram").get_attribute("data-live-steps") or "").split()
    assert len(live) == 2, live
    expect(page.locator("figure.diagram .step-here")).to_have_count(2)
    access = steps.filter(has=page.get_by_role("heading", name=re.compile("access")))
    access.get_by_text("Set up", exact=True).click()
    access.get_by_role("button", name="Done").click()
    expect(access.get_by_label("Account")).to_have_attribute("aria-invalid", "true")
    expect(access.get_by_label("Set up", exact=True)).to_be_checked()
    access.get_by_label("Account").fill("nnovak")
    access.get_by_role("button", name="Done").click()
    expect(steps).to_have_count(1)
    expect(steps).to_contain_text("equipment")
    steps.get_by_text("Provided", exact=True).click()
    steps.get_by_label("Asset tag").fill("NB-4711")
    steps.get_by_role("button", name="Done").click()
    expect(page.locator(".ticket-lead")).to_contain_text("resolved", ignore_case=True)


def test_an_owner_sees_where_the_tickets_of_a_process_are(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    olga = visit("olga")
    page = olga.page
    olga.go("/processes")
    card = page.locator(".process-card", has_text="Incident")
    expect(card).to_contain_text("under way")
    card.get_by_role("link", name="Incident").click()
    expect(page.locator("figure.diagram .djs-container")).to_be_visible()
    counts = page.locator("figure.diagram .step-count")
    expect(counts.first).to_be_visible()
    assert sum(int(one) for one in counts.all_inner_texts()) > 0
    expect(page.locator("#tickets [data-row]").first).to_be_visible()


def test_an_admin_looks_after_the_desk(visit: Callable[..., Visitor]) -> None:
    ada = visit("ada")
    page = ada.page
    for path, words in (
        ("/rules", "Routing to a queue"),
        ("/rules/routing", "VPN to Network"),
        ("/people", "Clara Huber"),
        ("/health", "In force"),
    ):
        ada.go(path)
        expect(page.locator("main")).to_contain_text(words)


def test_a_call_is_taken_and_the_caller_found_while_typing(visit: Callable[..., Visitor]) -> None:
    agnes = visit("agnes")
    page = agnes.page
    agnes.go("/tickets/new")
    page.get_by_role("combobox", name="Caller").press_sequentially("huber")
    page.get_by_role("option", name=re.compile("Clara Huber")).click()
    page.get_by_label("What is it about?").fill("VPN is slow")
    expect(page.locator("#suggestions")).to_contain_text("VPN keeps dropping")
    page.get_by_label("What was said").fill("Since this morning.")
    page.get_by_label("Kind of request").select_option(label="Report a fault")
    page.get_by_role("button", name="Open the ticket").click()
    expect(page).to_have_url(re.compile(r"/tickets/\d{16}"))
    expect(page.locator(".column.third")).to_contain_text("Clara Huber")
    expect(page.locator(".why-here")).to_contain_text("VPN to Network")


def chosen(page: Any, item: str) -> None:
    """Choose something in the person's menu."""
    page.locator("details.menu > summary").click()
    page.locator("details.menu").get_by_text(item, exact=True).click()


def test_language_and_light_are_switched_and_stay(visit: Callable[..., Visitor]) -> None:
    agnes = visit("agnes")
    page = agnes.page
    agnes.go("/today")
    chosen(page, "Deutsch")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("link", name="Heute").first).to_be_visible()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    chosen(page, "Dunkel")
    expect(page.locator("body")).not_to_have_css("background-color", light)
    agnes.go("/queues")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("body")).not_to_have_css("background-color", light)
    chosen(page, "English")
    expect(page.get_by_role("link", name="Today").first).to_be_visible()
