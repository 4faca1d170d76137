"""Rules are kept as in a spreadsheet: pasted, moved by keys, taken back, and kept in the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("no_rules_draft")]
NAME = "escalation"
PASTE = """text => { const data = new DataTransfer(); data.setData("text/plain", text);
    document.querySelector(".sheet").dispatchEvent(new ClipboardEvent("paste",
        { clipboardData: data, bubbles: true, cancelable: true })); }"""
COPY = """() => { const data = new DataTransfer();
    document.querySelector(".sheet").dispatchEvent(new ClipboardEvent("copy",
        { clipboardData: data, bubbles: true, cancelable: true }));
    return data.getData("text/plain"); }"""


def table(visitor: Visitor) -> Any:
    """The page, with the grid alive and the keyboard in it."""
    visitor.go(f"/rules/{NAME}/table")
    page = visitor.page
    page.wait_for_selector("#table[data-ready=yes]")
    page.get_by_role("grid").focus()
    return page


def at(page: Any) -> Any:
    """The current cell."""
    return page.locator("#sheet-at")


def saved(page: Any) -> list[dict[str, Any]]:
    """The rows as the desk keeps them, once it does."""
    expect(page.locator("[data-part=state]")).to_have_attribute("data-state", "saved")
    answer = page.evaluate("async () => (await fetch(location.pathname + '/rows')).json()")
    rows: list[dict[str, Any]] = answer["rows"]
    return rows


def test_rules_are_pasted_moved_by_keys_taken_back_and_kept(
    visit: Callable[..., Visitor],
) -> None:
    page = table(visit("ada"))
    before = [row["id"] for row in saved_at_first(page)]
    # A new row is typed behind the last one; what was pasted makes more of them.
    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    page.evaluate(PASTE, 'one\tEins\tOne\ntwo\tZwei\tTwo\r\nthree\tDrei\t"Th""r""ee\tx"\n')
    expect(page.locator("[data-part=found]")).to_have_text(f"Rows: {len(before) + 3}")
    rows = saved(page)
    assert [row["id"] for row in rows] == [*before, "one", "two", "three"]
    assert rows[-1]["cells"]["title en"] == 'Th"r"ee\tx'
    assert page.evaluate(COPY).splitlines()[0] == "one\tEins\tOne"
    # The three go up together, and back with one undo.
    page.keyboard.press("Alt+ArrowUp")
    assert [row["id"] for row in saved(page)][-4:] == ["one", "two", "three", before[-1]]
    page.keyboard.press("Control+z")
    assert [row["id"] for row in saved(page)] == [*before, "one", "two", "three"]
    # Typing replaces, Escape gives up, Tab goes on, Delete empties, an id cannot be emptied.
    page.keyboard.press("Escape")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(at(page)).to_have_text('Th"r"ee x')
    page.keyboard.type("Drittens")
    page.keyboard.press("Tab")
    page.keyboard.type("n")
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    row = saved(page)[-1]
    assert (row["id"], row["cells"]["title en"], row["cells"]["active"]) == (
        "three", "Drittens", "n"
    )  # fmt: skip
    # Another column, a choice of the desk in it, and what is wrong is told at its row.
    page.get_by_role("button", name="Column").click()
    page.get_by_label("What it asks or does").select_option(label="queue")
    page.get_by_role("button", name="Add", exact=True).click()
    page.keyboard.type("Comp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert saved(page)[-1]["cells"]["then set queue"] == "Complaints"
    problem = page.locator("[data-part=problems] li", has_text="three")
    expect(problem).to_contain_text("active is neither true nor false")
    expect(page.get_by_role("row").filter(has_text="Drittens").locator(".late")).to_be_visible()
    expect(page.locator(".draft-bar")).to_contain_text("3 changes")


def saved_at_first(page: Any) -> list[dict[str, Any]]:
    """The rows before anything was changed."""
    answer = page.evaluate("async () => (await fetch(location.pathname + '/rows')).json()")
    rows: list[dict[str, Any]] = answer["rows"]
    return rows


def test_two_at_once_lose_nothing_and_thousands_of_rows_are_few_in_the_page(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    visitor = visit("ada")
    page = table(visitor)
    before = saved_at_first(page)
    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    lines = "\n".join(f"many-{n}\tViele {n}\tMany {n}" for n in range(2000))
    page.evaluate(PASTE, lines)
    assert page.get_by_role("row").count() < 80
    many = str(len(before) + 2000 + 2)  # with the head and the row that is yet to come
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", many)
    page.keyboard.press("Control+z")
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    assert saved(page)[-1]["id"] == "mine"

    def theirs(work: Any) -> None:
        from engine.commands.rules_drafts import edit_rules, rules_draft_of
        from engine.rules.editing import put_rule

        draft = rules_draft_of(work.session, NAME)
        rule = {"id": "theirs", "title": {"de": "x", "en": "x"}, "then": [{"add_tag": "x"}]}
        edit_rules(work, NAME, draft.revision, lambda text: put_rule(text, rule, before="mine"))

    with town_hall.open() as desk:
        desk.run(theirs)
    page.keyboard.type("mine-too")
    page.keyboard.press("Enter")
    # What others did with other rules is in nobody's way.
    assert [row["id"] for row in saved(page)][-3:] == ["theirs", "mine", "mine-too"]
    visitor.complaints = [one for one in visitor.complaints if "status of 409" not in one]


def test_where_both_changed_a_rule_both_versions_are_seen(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    visitor = visit("ada")
    page = table(visitor)
    rows = saved_at_first(page)
    last, other = rows[-1]["id"], rows[0]["id"]
    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    page.keyboard.type("fresh")
    page.keyboard.press("Enter")
    saved(page)

    def retitled(work: Any, title: str) -> None:
        from engine.commands.rules_drafts import edit_rules, rules_draft_of
        from engine.rules.editing import put_rule, rules_of

        draft = rules_draft_of(work.session, NAME)
        found = {rule["id"]: rule for rule in rules_of(draft.text)}
        for name in (last, other):
            rule = {**found[name], "title": {"de": title, "en": title}}
            edit_rules(work, NAME, rules_draft_of(work.session, NAME).revision,
                       lambda text, n=name, r=rule: put_rule(text, r, instead_of=n))  # fmt: skip

    def mine(title: str) -> None:
        page.get_by_role("grid").focus()
        page.keyboard.press("Control+End")
        page.keyboard.press("Home")
        for key in ("ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        page.keyboard.type(title)
        page.keyboard.press("Enter")

    def titles() -> dict[str, str]:
        return {row["id"]: row["cells"]["title en"] for row in saved(page) if "cells" in row}

    for number, button in enumerate(("Keep mine", "Take theirs")):
        with town_hall.open() as desk:
            desk.run(lambda work, n=number: retitled(work, f"Theirs {n}"))
        mine(f"Mine {number}")
        panel = page.get_by_role("alertdialog")
        expect(panel).to_contain_text("has changed this draft meanwhile")
        cells = panel.get_by_role("row").filter(has_text="English").get_by_role("cell")
        expect(cells).to_have_text([f"Theirs {number}", f"Mine {number}"])
        expect(panel.get_by_role("listitem")).to_have_count(1)
        panel.get_by_role("button", name=button).click()
        expect(panel).to_be_hidden()
        kept = "Theirs" if number else "Mine"
        assert titles()[last] == f"{kept} {number}"
        assert titles()[other] == f"Theirs {number}"
    visitor.complaints = [one for one in visitor.complaints if "status of 409" not in one]


def test_what_fits_no_column_is_one_key_away_and_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit("ada")
    visitor.go("/rules/routing/table")
    page = visitor.page
    page.wait_for_selector("#table[data-ready=yes]")
    page.get_by_role("grid").focus()
    page.keyboard.press("PageDown")
    vpn = page.get_by_role("row").filter(has_text="VPN to Network")
    vpn.get_by_role("gridcell").first.click()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("VPN ins Netz")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Alt+Enter")
    page.wait_for_url("**/rule/vpn?back=table")
    expect(page.get_by_label("Title in German")).to_have_value("VPN ins Netz")
    page.get_by_role("button", name="Keep in the draft").last.click()
    page.wait_for_url("**/table#rule-vpn")
    page.wait_for_selector("#table[data-ready=yes]")
    expect(at(page)).to_have_text("vpn")
    expect(page.get_by_role("grid")).to_be_focused()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(at(page)).to_contain_text("the subject contains the word VPN")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rule/vpn?back=table")
