"""A promise is defined, watched, paused, warned of, broken, escalated by rule, and kept in sight.

Hours pass in moments: the test moves the clock of the desk and of nobody else.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.ahead import Ahead
from tests.journeys.served import Served, new_home
from tests.journeys.visitor import Visitor, visitors
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
SUBJECT = "The blue light blinks"


@pytest.fixture
def desk(peopled: Path, tmp_path: Path, post_office: SmtpSink) -> Served:
    """A desk of its own that is not started yet."""
    home = Path(shutil.copytree(peopled, tmp_path / "home"))
    return new_home(home, smtp=f"smtp://{post_office.host}:{post_office.port}")


@pytest.fixture
def time(desk: Served, tmp_path: Path) -> Ahead:
    """Moves the clock of the desk."""
    folder = tmp_path / "ahead"
    folder.mkdir()
    return Ahead(desk, folder)


@pytest.fixture
def enter(browser: Any, desk: Served, time: Ahead) -> Iterator[Enter]:
    """Somebody in front of a browser, at this desk."""
    desk.start()
    with visitors(browser, desk) as made:
        yield made
    desk.stop()


def promise(enter: Enter) -> None:
    """Ada defines what is promised."""
    ada = enter("ada")
    page = ada.page
    ada.go("/slas")
    page.get_by_role("link", name="New SLA").click()
    page.get_by_label("Name", exact=True).fill("rush")
    page.get_by_label("Title in English").fill("Rush")
    page.get_by_label("Calendar").select_option("always")
    page.get_by_label("Solution").fill("4 h")
    page.get_by_label("Warnings at so many percent").fill("50")
    page.get_by_label("Further levels after the breach").fill("1 h, 2 h")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rush")
    page.context.close()


def choose(agnes: Visitor) -> None:
    """What customers write she reads in the browser; what runs out reaches her by mail at once."""
    page = agnes.page
    agnes.go("/settings")
    page.locator("[name=how_written]").select_option("browser")
    page.locator("[name=how_assigned]").select_option("browser")
    page.locator("[name=how_escalation]").select_option("at_once")
    page.locator("#notices").get_by_role("button", name="Save").click()
    expect(page.locator("[name=how_written]")).to_have_value("browser")


def ask(agnes: Visitor, number: str) -> None:
    """Agnes takes the ticket, promises what Ada has defined, and asks the customer something."""
    page = agnes.page
    agnes.go(f"/tickets/{number}")
    page.get_by_role("button", name="Claim", exact=True).click()
    step = page.locator("section.now")
    expect(step.get_by_role("button", name="Give back")).to_be_visible()
    page.locator("#fact-sla").select_option(label="Rush")
    expect(page.locator(".column.third")).to_contain_text("of 4 h working time left")
    step.get_by_text("One person", exact=True).click()
    step.get_by_role("button", name="Sort", exact=True).click()
    expect(step).to_contain_text("Solve the fault")
    step.get_by_text("Ask the customer", exact=True).click()
    step.get_by_label("Message to the customer").fill("Which light is it?")
    step.get_by_role("button", name="Go on").click()
    expect(page.locator(".ticket-lead")).to_contain_text("waiting for customer", ignore_case=True)


def clocks(agnes: Visitor, number: str) -> Any:
    """What the page of the clocks tells of the solution."""
    agnes.go(f"/tickets/{number}/clocks")
    return agnes.page.locator("#clock-solution")


def unread(visitor: Visitor, wanted: str) -> None:
    """What the bell leads to names this, unread."""
    visitor.go("/notifications")
    expect(visitor.page.locator("[aria-labelledby=told-unread]")).to_contain_text(wanted)


def mails(post_office: SmtpSink, login: str) -> list[str]:
    """The subjects of what somebody was mailed about the ticket."""
    return [
        str(one.message["Subject"])
        for one in list(post_office.messages)
        if login in one.recipients and SUBJECT in " ".join(str(one.message["Subject"]).split())
    ]


def test_a_promise_is_kept_in_sight_to_its_end(
    enter: Enter, desk: Served, time: Ahead, post_office: SmtpSink
) -> None:
    promise(enter)
    agnes = enter("agnes")
    choose(agnes)
    clara = enter("clara")
    number = clara.report(SUBJECT, "It did not yesterday.")

    ask(agnes, number)
    solution = clocks(agnes, number)
    expect(solution).to_contain_text("rests")
    time.move(hours=5)  # nobody counts them: we wait for the customer
    clara.go(f"/requests/{number}")
    clara.page.get_by_label("Your message").fill("The one at the door.")
    clara.page.get_by_role("button", name="Send").click()
    expect(clara.page.locator("main")).not_to_contain_text("Please answer by")
    solution = clocks(agnes, number)
    expect(solution.locator(".clock-story")).to_contain_text("runs on")
    expect(solution).not_to_contain_text("broken")
    unread(agnes, SUBJECT)
    agnes.go(f"/tickets/{number}/clocks?sla=gold")
    expect(agnes.page.locator("#what-if")).to_contain_text("Under the other promise")

    time.move(hours=2, minutes=5)
    desk.until(lambda: len(mails(post_office, "agnes.meier@example.com")) == 1, "she is warned")
    time.move(hours=2)
    desk.until(lambda: len(mails(post_office, "agnes.meier@example.com")) == 2, "it is told late")
    agnes.go("/escalations")
    late = agnes.page.locator("[data-row]", has_text=SUBJECT)
    expect(late).to_contain_text("Level 1")
    time.move(hours=1)
    desk.until(lambda: mails(post_office, "olga.brandt@example.com"), "the lead is told")
    time.move(hours=1)
    desk.until(lambda: mails(post_office, "ada.vogt@example.com"), "her manager is told")

    agnes.go(f"/tickets/{number}/why")
    expect(agnes.page.locator("main")).to_contain_text("Level 3: give it to the lead")
    olga = enter("olga")
    unread(olga, SUBJECT)
    olga.go(f"/tickets/{number}")
    expect(olga.page.locator("#fact-owner")).to_have_value("olga.brandt@example.com")
    step = olga.page.locator("section.now")
    step.get_by_text(re.compile("^Solved")).click()
    step.get_by_label("Message to the customer").fill("A new lamp is in.")
    step.get_by_role("button", name="Go on").click()
    expect(olga.page.locator(".ticket-lead")).to_contain_text("resolved", ignore_case=True)
    clara.go(f"/requests/{number}")
    expect(clara.page.locator("main")).to_contain_text("A new lamp is in.")
