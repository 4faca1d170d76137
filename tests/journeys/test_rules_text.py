"""Rules are written as text by keyboard: completed, checked at their lines, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("no_rules_draft")]
NAME = "escalation"
ADDED = """
  - id: new
    title: {de: Neu, en: New}
    when:
      any:
        - {fact: ticket.queue, op: in, value: [Change Board]}
    then:
      - set: {priority: 1}"""


def text(visitor: Visitor) -> Any:
    """The page, with the editor alive, the keyboard in it and all that can be said known."""
    visitor.go(f"/rules/{NAME}/text")
    page = visitor.page
    page.wait_for_selector("#text[data-words=there]")
    page.get_by_role("textbox", name="The rules as YAML").focus()
    return page


def take(page: Any, label: str) -> None:
    """Take what is offered once it is there."""
    page.get_by_role("option").filter(has_text=label).first.wait_for()
    expect(page.get_by_role("option", selected=True)).to_contain_text(label)
    page.wait_for_timeout(120)  # a list that has just come takes no key
    page.keyboard.press("Enter")


def typed(page: Any) -> str:
    page.wait_for_timeout(400)
    value: str = page.evaluate("document.getElementById('f-text').value")
    return value


def state(page: Any) -> Any:
    return page.locator("[data-part=state]")


def test_a_rule_is_written_with_completion_checked_and_kept(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    page = text(visit("ada"))
    page.keyboard.press("Control+End")
    page.keyboard.type("\n  - id: new\n", delay=20)
    page.keyboard.type("tit", delay=20)
    take(page, "title")
    page.keyboard.type("Neu")
    page.keyboard.press("Tab")
    page.keyboard.type("New")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("whe", delay=20)
    take(page, "when")
    page.keyboard.type("an", delay=20)
    take(page, "any")
    take(page, "{fact, op, value}")
    page.keyboard.type("queue", delay=20)
    take(page, "ticket.queue")
    page.keyboard.press("Tab")
    page.keyboard.type("in", delay=20)
    take(page, "in")
    page.keyboard.press("Tab")
    take(page, "Change Board")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type("the", delay=20)
    take(page, "then")
    page.keyboard.type("set", delay=20)
    take(page, "set")
    page.keyboard.type("prio", delay=20)
    take(page, "priority")
    take(page, "1")
    assert typed(page).rstrip().endswith(ADDED.rstrip())
    # What is wrong stands at its line, and the list leads there.
    page.keyboard.press("End")
    page.keyboard.type("\nodd: 1", delay=20)
    count = page.locator("[data-part=count]")
    expect(count).to_contain_text("Errors: 1")
    line = len(typed(page).splitlines()) - 1  # of the action, which has two verbs now
    link = page.locator(".text-found a[data-line]").first
    expect(link).to_have_text(f"line {line}")
    page.keyboard.press("Control+Home")
    link.click()
    expect(page.locator("[data-part=at]")).to_contain_text(f"Line {line}")
    # Tab has been typed in here, so Esc and then Tab leaves.
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+s")
    expect(state(page)).to_have_text("Kept in the draft")
    expect(page.locator(".draft-bar")).to_contain_text("1 change")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(".text-box")).not_to_be_focused()
    with town_hall.open() as desk:
        from engine.commands.rules_drafts import rules_draft_of

        kept = desk.read(lambda work: rules_draft_of(work.session, NAME).text)
    assert "priority: 1" in kept
    page.goto(page.url)
    page.wait_for_selector("#text[data-words=there]")
    expect(state(page)).to_be_empty()


def test_two_at_once_see_both_texts_and_nothing_typed_is_lost(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    from engine.commands.rules_drafts import rules_draft_of, save_rules_draft

    def by_another(work: Any) -> None:
        from engine.commands.rules_drafts import standing

        draft = rules_draft_of(work.session, NAME)
        stands = standing(work.session).documents[NAME]
        revision = draft.revision if draft else 0
        save_rules_draft(work, NAME, revision, text=stands + "# theirs\n")

    visitor = visit("ada")
    page = text(visitor)
    page.keyboard.type("# mine\n", delay=20)
    with town_hall.open() as desk:
        desk.run(by_another)
    # Whoever leaves and comes back finds what was typed, and the revision that it began with.
    typed(page)
    page.wait_for_timeout(800)
    page.reload()
    page.wait_for_selector("#text[data-words=there]")
    expect(state(page)).to_have_text("What you had not kept is back.")
    page.keyboard.press("Control+s")
    both = page.locator(".text-both")
    expect(both).to_contain_text("# theirs")
    expect(both).to_contain_text("# mine")
    both.get_by_role("link", name="Take what is kept").click()
    assert "# theirs" in typed(page)
    page.keyboard.press("Control+z")
    assert typed(page).startswith("# mine\n")
    page.keyboard.press("Control+s")
    expect(state(page)).to_have_text("Kept in the draft")
    visitor.complaints = [one for one in visitor.complaints if "status of 409" not in one]
