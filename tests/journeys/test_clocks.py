"""Why is it due then? An agent goes to the drawn clocks by keyboard and asks what if."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.test_axe import axe, serious, too_wide  # noqa: F401 - axe is a fixture
from tests.journeys.test_keyboard import arrived, number, tab_to  # noqa: F401 - the same
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey


@pytest.fixture
def promised(town_hall: Served, number: str) -> str:  # noqa: F811
    """The ticket is promised something, and has been answered."""
    from engine.commands.articles import reply
    from engine.commands.tickets import change_ticket
    from engine.people.queries import actor_of, person_by_login
    from engine.tickets.access import ticket_for

    with town_hall.open() as desk:
        agnes = desk.read(
            lambda w: actor_of(w.session, person_by_login(w.session, "agnes.meier@example.com"))
        )
        desk.run(lambda w: change_ticket(w, ticket_for(w, number), {"sla": "standard"}))
        desk.run(lambda w: reply(w, ticket_for(w, number), "We are on it."), agnes)
    return number


def test_the_clocks_are_reached_read_and_tried_by_keyboard(
    visit: Callable[..., Visitor],
    promised: str,
    axe: str,  # noqa: F811
) -> None:
    agnes = visit("agnes")
    page: Any = agnes.page
    agnes.go(f"/tickets/{promised}")
    tab_to(page, page.locator(".to-clocks"))
    page.keyboard.press("Enter")
    arrived(page, f"/tickets/{promised}/clocks")
    solution = page.locator("#clock-solution")
    expect(solution).to_contain_text("24 h of working time by “Standard”")
    drawn = solution.locator(".clock-band rect").first.bounding_box()
    assert drawn["width"] > 1
    band = solution.locator(".clock-band").bounding_box()
    assert drawn["x"] + drawn["width"] <= band["x"] + band["width"] + 1
    answer = page.locator("#clock-first_response").get_by_role("link", name="Answer of Agnes Meier")
    tab_to(page, answer)

    tab_to(page, page.get_by_label("SLA"))
    page.keyboard.type("Gold")
    tab_to(page, page.get_by_role("button", name="Show"))
    page.keyboard.press("Enter")
    arrived(page, "sla=gold")
    expect(page.locator("#what-if table")).to_contain_text("Solution")
    expect(solution.locator(".clock-band")).to_have_count(2)
    expect(page.get_by_label("SLA")).to_have_value("gold")
    assert list(serious(page, axe)) == []

    tab_to(page, page.get_by_role("link", name="Day", exact=True))
    page.keyboard.press("Enter")
    arrived(page, "zoom=day")
    page.set_viewport_size({"width": 360, "height": 780})
    assert list(too_wide(page)) == []
    assert list(serious(page, axe)) == []
    tab_to(page, page.get_by_role("link", name="As it is"))
    page.keyboard.press("Enter")
    expect(page.locator("#what-if table")).to_have_count(0)
    assert agnes.complaints == []
