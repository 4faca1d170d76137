"""Routing is changed by two admins in their browsers, in force everywhere at once, and put back.

No file is touched and nothing is started again: what comes by web is decided by the process that
serves pages, what comes by mail by the worker that reads the mailbox.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from playwright.sync_api import expect

from tests.imap_server import PASSWORD, USER
from tests.journeys.served import Served, new_home
from tests.journeys.test_rules_table import PASTE
from tests.journeys.visitor import Visitor, visitors
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.journey
# Id, titles, in use, stops, four columns of conditions, the new one, variable, queue.
ROWS = (
    "vpn-token\tVPN-Token zum Einkauf\tVPN tokens to Purchasing\tyes\tyes"
    "\t\t\t\t\tVPN token\t\tPurchasing\n"
    "headset\tHeadset zum Servicedesk\tHeadsets to the service desk\tyes\tyes"
    "\t\t\t\t\theadset\t\tService Desk\n"
)
Enter = Callable[..., Visitor]


@pytest.fixture
def mailbox(imap_server: tuple[str, int]) -> Iterator[IMAPClient]:
    """The desk's mailbox, empty."""
    host, port = imap_server
    with IMAPClient(host, port=port, ssl=False) as client:
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
        yield client


@pytest.fixture
def guarded(
    peopled: Path,
    tmp_path: Path,
    mailbox: IMAPClient,
    imap_server: tuple[str, int],
    post_office: SmtpSink,
) -> Iterator[Served]:
    """A desk of its own on which a second admin approves rules and the worker reads a mailbox."""
    host, port = imap_server
    home = Path(shutil.copytree(peopled, tmp_path / "home"))
    served = new_home(
        home, smtp=f"smtp://{post_office.host}:{post_office.port}",
        imap_url=f"imap://{USER}:{PASSWORD}@{host}:{port}/INBOX", approve_rules=True,
    )  # fmt: skip
    yield served.start()
    served.stop()


@pytest.fixture
def enter(browser: Any, guarded: Served) -> Iterator[Enter]:
    """Somebody in front of a browser, at this desk."""
    with visitors(browser, guarded) as made:
        yield made


def by_web(enter: Enter, title: str) -> str:
    """A customer reports a fault on the page; its number."""
    customer = enter("sam")
    number = customer.report(title)
    customer.page.context.close()
    return number


def by_mail(served: Served, mailbox: IMAPClient, title: str) -> str:
    """The same by a mail that the worker fetches; its number."""
    mail = (
        f"From: Max Lang <max.lang@example.org>\r\nTo: desk@example.com\r\nSubject: {title}\r\n"
        f"Message-ID: <{title.replace(' ', '-')}@example.org>\r\n\r\nPlease help.\r\n"
    )
    mailbox.append("INBOX", mail.encode())
    served.until(lambda: _ticket(served, title), "the worker has taken the mail in")
    return str(_ticket(served, title))


def draft(page: Any) -> None:
    """Two rows pasted behind the last one, with a column for what they ask."""
    page.wait_for_selector("#table[data-ready=yes]")
    page.get_by_role("button", name="Column").click()
    page.get_by_label("What it asks or does").select_option(label="the subject")
    page.get_by_label("How it is compared").select_option(label="contains the word")
    page.get_by_role("button", name="Add", exact=True).click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    page.evaluate(PASTE, ROWS)
    expect(page.locator("[data-part=state]")).to_have_attribute("data-state", "saved")


def mend_order(page: Any) -> None:
    """The checker says that both never fire, and shows it; moved up, both do."""
    found = page.locator("[data-part=problems]")
    for rule, before in (("vpn-token", "vpn"), ("headset", "hardware")):
        shadowed = found.locator("li", has_text=f"rule '{before}' stops before it")
        expect(shadowed).to_contain_text(rule)
        shadowed.get_by_role("link", name="A ticket that shows it").click()
        expect(page.locator(".witness dd")).to_have_text(rule.replace("-", " "))
        page.go_back()
    found.locator("li", has_text="vpn-token").get_by_role("button").first.click()
    page.keyboard.press("Shift+ArrowDown")
    for _ in range(6):  # above the six that stop before them
        page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-part=count]")).to_have_text("No problems found")


def keep_example(ada: Visitor, number: str) -> None:
    """What was right about a ticket has to stay so."""
    ada.go(f"/tickets/{number}/why")
    page = ada.page
    entry = page.locator(".why-entry", has_text="VPN to Network")
    entry.get_by_role("link", name="Keep as an example").click()
    page.get_by_label("What it is called").fill("VPN without a token stays with the network team")
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.get_by_label("Facts, and what must")).to_have_value(re.compile("without a token"))
    expect(page.locator(".draft-bar")).to_contain_text(re.compile(r"examples (\d+) of \1"))


def try_on_history(page: Any) -> None:
    """What would be otherwise, from queue to queue."""
    page.locator(".draft-bar").get_by_role("link", name="Dry run").click()
    page.get_by_role("button", name="Try it").click()
    matrix = page.get_by_role("table", name="Queue: before and after")
    for before, after in (("Network::VPN", ["1", "–"]), ("Service Desk::Hardware", ["–", "1"])):
        row = matrix.get_by_role("row", name=re.compile(f"^{before}"))
        counts = dict(zip(matrix.get_by_role("columnheader").all_inner_texts()[1:],
                          row.get_by_role("cell").all_inner_texts(), strict=True))  # fmt: skip
        assert [counts["Purchasing"], counts["Service Desk"]] == after


def propose(page: Any) -> None:
    """Reviewed with its examples and laid before somebody else."""
    page.locator(".draft-bar").get_by_role("link", name="Review").click()
    expect(page.locator("#changes")).to_contain_text("put it into Purchasing")
    expect(page.get_by_text("VPN without a token stays")).to_be_visible()
    page.get_by_label("What changes, and why").fill("Tokens are bought, not mended")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Somebody else decides on them")).to_be_visible()


def approve(otto: Visitor) -> None:
    """The other admin finds the task, looks at what changes and agrees."""
    otto.go("/today")
    page = otto.page
    page.get_by_role("link", name="Regeln prüfen").click()
    page.locator("section.now").get_by_role("link", name="Was sich ändert").click()
    expect(page.locator("#changes")).to_contain_text("VPN-Token zum Einkauf")
    page.get_by_role("link", name="Ticket öffnen, auf dem entschieden wird").click()
    page.get_by_text("Freigeben", exact=True).click()
    page.get_by_role("button", name="Entscheiden").click()
    expect(page.locator("section.now")).to_contain_text("erfolgreich geschlossen")


def told_why(ada: Visitor, number: str, queue: str) -> None:
    """The ticket says in which queue it is by which rule, and its page of reasons on what."""
    ada.go(f"/tickets/{number}")
    page = ada.page
    expect(page.locator(".crumbs")).to_contain_text(queue)
    expect(page.locator(".why-here")).to_contain_text("VPN tokens to Purchasing")
    ada.go(f"/tickets/{number}/why")
    entry = page.locator(".why-entry", has_text="VPN tokens to Purchasing")
    expect(entry).to_contain_text("Release 2")
    expect(entry).to_contain_text("the subject contains the word “VPN token”")


def put_back(ada: Visitor) -> None:
    """One click."""
    ada.go("/rules/all-releases")
    ada.page.get_by_role("button", name="Put release 1 in force again").click()
    expect(ada.page.get_by_text("Release 1 is in force again.")).to_be_visible()


def test_routing_is_drafted_tried_approved_explained_and_put_back(
    enter: Enter, guarded: Served, mailbox: IMAPClient
) -> None:
    before = by_web(enter, "VPN drops every ten minutes")
    by_web(enter, "VPN token lost")
    by_web(enter, "My headset crackles")
    processes = guarded.pid("web"), guarded.pid("worker")

    ada = enter("ada")
    ada.go("/rules/routing/table")
    draft(ada.page)
    mend_order(ada.page)
    keep_example(ada, before)
    try_on_history(ada.page)
    propose(ada.page)
    assert queue_of(guarded, by_web(enter, "VPN token again")) == "Network::VPN"
    approve(enter("otto", language="de"))

    web, mail = by_web(enter, "Another VPN token"), by_mail(guarded, mailbox, "One more VPN token")
    assert [queue_of(guarded, one) for one in (web, mail)] == ["Purchasing", "Purchasing"]
    told_why(ada, web, "Purchasing")
    told_why(ada, mail, "Purchasing")

    put_back(ada)
    web, mail = by_web(enter, "The last VPN token"), by_mail(guarded, mailbox, "No VPN token left")
    assert [queue_of(guarded, one) for one in (web, mail)] == ["Network::VPN", "Network::VPN"]
    assert (guarded.pid("web"), guarded.pid("worker")) == processes


def queue_of(served: Served, number: str) -> str:
    """Where a ticket lies."""
    from sqlalchemy import select

    from engine.tickets.models import Ticket

    def look(work: Any) -> str:
        query = select(Ticket).where(Ticket.number == number)
        return str(work.session.scalars(query).one().queue.name)

    with served.open() as desk:
        return desk.read(look)


def _ticket(served: Served, title: str) -> str | None:
    from sqlalchemy import select

    from engine.tickets.models import Ticket

    with served.open() as desk:
        query = select(Ticket.number).where(Ticket.title == title)
        return desk.read(lambda work: work.session.scalar(query))
