"""Nothing drawn is lost: two at once, an ended login, a desk that fails, a tab that is closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.test_draw import STATE, draw, drawn, form_of, no_draft, saved, select
from tests.journeys.visitor import Visitor

__all__ = ["no_draft"]  # each journey begins with what is in force
pytestmark = pytest.mark.journey
BACK = "() => document.dispatchEvent(new Event('visibilitychange'))"  # somebody looks here again


def test_two_at_once_are_told_and_nothing_is_lost(visit: Callable[..., Visitor]) -> None:
    olga, ada = visit("olga"), visit("ada")
    first, second = draw(olga), draw(ada)
    select(first, "work").get_by_label("Name (English)").fill("Olga's name")
    saved(first)
    select(second, "work").get_by_label("Name (English)").fill("Ada's name")
    dialog = second.get_by_role("dialog", name="Two at once")
    expect(dialog).to_contain_text("Olga Brandt has saved the draft")
    dialog.get_by_role("button", name="Keep mine").click()
    saved(second)
    first.evaluate(BACK)
    expect(select(first, "work").get_by_label("Name (English)")).to_have_value("Ada's name")
    # One at a form, one at the diagram: both stay, and nobody is asked.
    select(first, "work").get_by_role("button", name="Edit the form").click()
    form = first.locator("[data-part=form]")
    form.get_by_text("Title and button").click()
    select(second, "triage").get_by_label("Name (English)").fill("Ada sorts")
    saved(second)
    form.get_by_label("Title (English)").fill("Olga's title")
    saved(first)
    second.evaluate(BACK)
    expect(select(second, "work").get_by_label("Form", exact=True)).to_contain_text("Olga's title")
    text = drawn(second)
    assert "Ada sorts" in text
    assert "Ada&#39;s name" in text or "Ada's name" in text
    assert form_of(second, "work")[1]["title"]["en"] == "Olga's title"
    expect(first.get_by_role("dialog")).to_have_count(0)
    for one in (olga, ada):
        one.complaints.clear()  # the browser names the 409


def test_an_ended_login_a_failing_desk_and_a_closed_tab_lose_no_word(
    visit: Callable[..., Visitor],
) -> None:
    olga = visit("olga")
    page = draw(olga)
    page.context.clear_cookies()
    select(page, "work").get_by_label("Name (English)").fill("After the login had ended")
    expect(page.locator(STATE).get_by_role("link", name="Log in")).to_be_visible()
    other = Visitor(page.context.new_page(), olga.served)
    other.be("olga")
    page.evaluate(BACK)
    saved(page)
    page.route(
        "**/draft", lambda r: r.fulfill(status=500) if r.request.method == "POST" else r.continue_()
    )
    select(page, "triage").get_by_label("Name (English)").fill("While the desk failed")
    expect(page.locator(STATE)).to_have_attribute("data-state", "failing")
    page.unroute("**/draft")
    saved(page)
    page.on("dialog", lambda dialog: dialog.accept())
    select(page, "route").get_by_label("Name (English)").fill("As the tab was closed")
    page.close(run_before_unload=True)
    page = draw(other)
    expect(select(page, "route").get_by_label("Name (English)")).to_have_value(
        "As the tab was closed"
    )
    saved_text = drawn(page)
    assert "After the login had ended" in saved_text
    assert "While the desk failed" in saved_text
    expect(page.get_by_role("dialog")).to_have_count(0)
    olga.complaints.clear()  # the browser names 401 and 500


def test_what_could_not_be_sent_is_back_after_a_while(visit: Callable[..., Visitor]) -> None:
    olga = visit("olga")
    page = draw(olga)
    page.context.set_offline(True)
    select(page, "work").get_by_label("Name (English)").fill("Written offline")
    expect(page.locator(STATE)).to_have_attribute("data-state", "offline")
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/draft", lambda r: r.abort() if r.request.method == "POST" else r.continue_())
    page.context.set_offline(False)
    page.reload()
    page.wait_for_selector("#draw[data-ready=yes]")
    expect(select(page, "work").get_by_label("Name (English)")).to_have_value("Written offline")
    page.unroute("**/draft")
    saved(page)
    nothing = "dispatchEvent(new Event('online')); await new Promise(r => setTimeout(r, 500))"
    page.evaluate(f"async () => {{ {nothing} }}")
    saved(page)  # which still says when that was, though there was nothing more to save
    olga.complaints.clear()  # what could not be loaded
