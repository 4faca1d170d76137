"""What is typed outlives a dead login, and is nobody else's in a browser that several use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from engine.commands.people import end_sessions
from engine.people.models import Person
from tests.journeys.visitor import PASSWORD, Visitor

FORM = "/report/report_fault"
TYPED = "() => Object.keys(localStorage).filter(key => key.startsWith('vorgang:'))"


def test_a_report_is_kept_until_the_desk_has_taken_it(visit: Callable[..., Visitor]) -> None:
    sam = visit("sam")
    page = sam.page
    login, key = end_logins(sam, "sam", look=True), "title"
    sam.go(FORM)
    title = page.locator(f"[name={key}]")
    title.press_sequentially("The coffee machine smokes")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    end_logins(sam, "sam")
    title.press_sequentially(" and smells")
    expect(page.get_by_text("You have been logged out")).to_be_visible()
    page.locator("[name=body]").fill("Since noon, on the second floor.")
    page.evaluate("document.querySelector('form[data-draft-key]').requestSubmit()")
    expect(page.get_by_label("What you wrote")).to_have_value(
        "The coffee machine smokes and smells\n\nSince noon, on the second floor."
    )
    assert page.evaluate(TYPED)  # not sent, so not forgotten
    page.get_by_label("E-mail").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Send it now").click()
    # The form had questions that were not answered: what was typed stands there again.
    expect(page.locator(f"[name={key}]")).to_have_value("The coffee machine smokes and smells")
    sam.go(FORM)
    expect(page.locator(f"[name={key}]")).to_have_value("The coffee machine smokes and smells")
    sam.complaints.clear()  # the browser names each 401, 403 and 422


def test_a_shared_browser_shows_nobody_elses_words(visit: Callable[..., Visitor]) -> None:
    somebody = visit("sam")
    page = somebody.page
    somebody.go(FORM)
    page.locator("[name=title]").press_sequentially("My own words")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    assert page.evaluate(TYPED)
    page.evaluate("document.querySelector('form[data-logout]').requestSubmit()")
    page.wait_for_url("**/login*")
    assert page.evaluate(TYPED) == []


def end_logins(visitor: Visitor, name: str, look: bool = False) -> str:
    """End every login of somebody and say their address; or only `look` it up."""

    def work(w: Any) -> str:
        person = w.session.scalars(select(Person).where(Person.login.startswith(name))).one()
        if not look:
            end_sessions(w, person)
        return str(person.login)

    with visitor.served.open() as desk:
        return str(desk.run(work))
