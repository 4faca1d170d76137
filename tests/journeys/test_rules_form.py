"""A rule is written with the past beside it: how many tickets it would have matched, and which."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("no_rules_draft")]
COUNT = """async rule => {
    const said = new URLSearchParams({ ruleset: "routing", data: JSON.stringify(rule) });
    return (await (await fetch("/rules/live-count?" + said)).text());
}"""


def number(text: str) -> tuple[int, int]:
    """So many of so many."""
    found = re.search(r"matched ([\d,]+) of the last ([\d,]+) tickets", text)
    assert found, text
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def counted(page: Any, words: list[str]) -> tuple[int, int]:
    """What the desk says of a rule that seeks these words."""
    condition = {"fact": "ticket.title", "op": "contains", "value": words}
    return number(page.evaluate(COUNT, {"when": {"all": [condition]}}))


def settled(box: Any) -> str:
    """What stands there once it is the answer to what was typed last."""
    expect(box).not_to_have_attribute("aria-busy", "true")
    return str(box.inner_text())


def test_the_count_follows_what_is_typed(visit: Callable[..., Visitor]) -> None:
    visitor = visit("ada")
    visitor.go("/rules/routing/new-rule")
    page = visitor.page
    box = page.locator("[data-count]")
    expect(box).to_contain_text("would have matched")
    everything = number(settled(box))
    # A rule that asks nothing yet fits wherever the ruleset was asked: nearly everywhere.
    assert 1 < everything[0] <= everything[1]
    page.get_by_label("Fact", exact=True).select_option(label="the subject")
    expect(box).to_contain_text("a value is missing here")
    page.get_by_label("Comparison").select_option(label="contains")
    values = page.get_by_label("Values, one per line")
    seen = set()
    for words in (["e"], ["e", "vpn"], ["vpn"], ["no such word"]):
        values.fill("\n".join(words))
        asked = counted(page, words)
        expect(box).to_contain_text(f"matched {asked[0]} of the last {asked[1]} tickets")
        seen.add(asked[0])
    assert len(seen) > 2
    values.fill("vpn")
    expect(box).to_contain_text("would have matched")
    count = number(settled(box))[0]
    with page.context.expect_page() as opened:
        box.get_by_role("link").click()
    expect(opened.value.locator("main [data-row]")).to_have_count(count)
    expect(values).to_have_value("vpn")


def test_the_row_of_the_table_in_which_one_stands_is_counted(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit("ada")
    visitor.go("/rules/routing/table")
    page = visitor.page
    page.wait_for_selector("#table[data-ready=yes]")
    box = page.locator("[data-part=matched]")
    page.get_by_role("button", name="Column").click()
    page.get_by_label("What it asks or does").select_option(label="the subject")
    page.get_by_label("How it is compared").select_option(label="contains")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("grid").focus()
    page.keyboard.press("Control+ArrowDown")
    expect(page.locator("[data-part=matched-row]")).to_be_empty()
    page.keyboard.type("vpn; e")
    page.keyboard.press("Tab")
    asked = counted(page, ["vpn", "e"])
    expect(box).to_contain_text(f"matched {asked[0]} of the last {asked[1]} tickets")
    expect(page.locator("[data-part=matched-row]")).to_have_text("Row 12")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    expect(page.locator("[data-part=matched-row]")).to_have_text("Row 11")
    expect(box).to_contain_text("would have matched")
