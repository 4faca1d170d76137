"""An agent's way through a ticket without a mouse, the focus always to be seen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import AT_REST, PASSWORD, Visitor

pytestmark = pytest.mark.journey
FOCUS = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return "nothing has the focus";
    const box = one.getBoundingClientRect();
    const gone = !box.width || box.bottom < 0 || box.top > innerHeight;
    if (gone) return `out of sight: ${one.outerHTML}`;
    for (let at = one; at && at !== document.body; at = at.parentElement) {
        const look = getComputedStyle(at);
        if (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) return "";
        if (look.boxShadow !== "none" || at.matches(".at")) return "";
        if (at !== one && !at.matches(":focus-within")) break;
    }
    return `no ring around ${one.outerHTML.slice(0, 200)}`;
}"""


def focus_is_seen(page: Any) -> bool:
    """Whether what has the focus is in sight and has a ring; AssertionError with what has none."""
    page.evaluate(AT_REST)
    wrong = page.evaluate(FOCUS)
    assert not wrong, wrong
    return True


def tab_to(page: Any, wanted: Any, most: int = 120) -> None:
    """Press Tab until something has the focus; on the way it must always be to be seen."""
    for _ in range(most):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            assert focus_is_seen(page)
    raise AssertionError(f"Tab never comes to {wanted}")


def arrived(page: Any, address: str) -> None:
    """Wait until a page is there with its scripts, which the keys need."""
    expect(page).to_have_url(re.compile(address))
    page.wait_for_load_state("load")


@pytest.fixture
def number(town_hall: Served, request: pytest.FixtureRequest) -> str:
    """A fresh ticket with a task that nobody has taken."""
    mail = (
        b"From: sam.carter@example.net\nTo: desk@example.com\nSubject: Keyboard of the till\n"
        b"Message-ID: <%s@example.net>\n\nThe keys stick.\n" % request.node.name.encode()
    )
    return str(town_hall.deliver(mail)["ticket"])


def test_an_agent_works_a_task_without_a_mouse(visit: Callable[..., Visitor], number: str) -> None:
    agnes = visit()
    page, keys = agnes.page, agnes.page.keyboard
    agnes.go("/login?language=en")
    tab_to(page, page.get_by_label("E-mail"))
    keys.type("agnes.meier@example.com")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    arrived(page, "/today")

    row = page.locator("[data-row]", has_text=number).locator("[data-open]").first
    for _ in range(60):
        keys.press("j")
        assert focus_is_seen(page)
        if row.evaluate("one => one === document.activeElement"):
            break
    keys.press("k")
    keys.press("j")
    keys.press("Enter")
    arrived(page, number)

    expect(page.locator("section.now")).to_contain_text("Sort the fault")
    keys.press("c")
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    arrived(page, number)

    keys.press("r")
    text = page.locator("form#reply textarea")
    expect(text).to_be_focused()
    assert focus_is_seen(page)
    keys.type("We are having a look.")
    keys.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("We are having a look.")
    arrived(page, number)

    first = page.locator("section.now [name=impact]").first
    tab_to(page, first)
    keys.press("Space")
    tab_to(page, page.locator("section.now").get_by_role("button", name="Sort", exact=True))
    keys.press("Enter")
    expect(page.locator("section.now h2").first).to_contain_text("Solve the fault")
    arrived(page, number)

    keys.press("Control+k")
    palette = page.get_by_role("dialog").get_by_role("combobox")
    expect(palette).to_be_focused()
    keys.type("Queues")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/queues"))


def test_every_letter_does_what_the_help_says(visit: Callable[..., Visitor], number: str) -> None:
    agnes = visit("agnes")
    page, keys = agnes.page, agnes.page.keyboard
    agnes.go(f"/tickets/{number}")
    arrived(page, number)
    keys.press("?")
    told = page.get_by_role("dialog").locator("dl.keys")
    for key in ("j k ⏎", "z", "?", "m", "n", "r", "c", "g t"):
        expect(told.locator("kbd").get_by_text(key, exact=True).first).to_be_visible()
    keys.press("Escape")

    keys.press("n")
    note = page.locator("form#reply")
    expect(note.locator("[name=kind][value=note]")).to_be_checked()
    expect(note.locator("textarea")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    keys.press("m")
    expect(page.locator("#fact-queue")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    keys.press("p")
    priority = page.locator("#fact-priority")
    expect(priority).to_be_focused()
    before = priority.input_value()
    keys.press("ArrowDown")
    keys.press("ArrowDown")  # looking around in the list changes nothing
    assert page.locator("[data-toast]").count() == 0
    keys.press("Enter")
    expect(page.locator("[data-toast]").last).to_contain_text("Priority")
    expect(priority).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    keys.press("z")
    expect(priority).to_have_value(before)
    keys.press("w")  # a dialog opens at its first question and not at the cross
    expect(page.get_by_role("dialog").get_by_role("radio").first).to_be_focused()
    keys.press("Escape")
    keys.press("c")
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    keys.press("z")
    expect(page.get_by_role("button", name="Claim", exact=True)).to_be_visible()

    keys.press("g")
    keys.press("t")
    arrived(page, "/today")
    while not page.locator(".at [data-select]").count():
        keys.press("j")
    keys.press("x")
    expect(page.locator("[data-select]:checked")).to_have_count(1)
    keys.press("?")
    expect(page.get_by_role("dialog").locator("kbd").get_by_text("x", exact=True)).to_be_visible()


def test_letters_switched_off_do_nothing(visit: Callable[..., Visitor], number: str) -> None:
    bruno = visit("bruno")
    page, keys = bruno.page, bruno.page.keyboard
    bruno.go("/settings")
    page.get_by_label("Keys of one letter").select_option("off")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator("[data-toast]")).to_contain_text("Saved")
    bruno.go("/queues")
    arrived(page, "/queues")
    for key in ("j", "?", "g", "t"):
        keys.press(key)
    assert page.locator(".at, dialog[open]").count() == 0
    keys.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    expect(page).to_have_url(re.compile("/queues"))
