"""One request from the first click to its end, with every neighbour real: must-show 2."""

import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.journey
SAM = "sam.carter@example.net"


def mails_about(sink: SmtpSink, number: str, to: str) -> list[Any]:
    """What has arrived at the sink for somebody about a ticket, oldest first."""
    return [
        one.message
        for one in list(sink.messages)
        if to in one.recipients and number in str(one.message["Subject"])
    ]


def text_of(message: Any) -> str:
    """The text of a mail."""
    part = message.get_payload(decode=True)
    return part.decode("utf-8") if isinstance(part, bytes) else ""


def reported(customer: Visitor) -> str:
    """Sam logs in, reports a fault by the form and is told its number."""
    page = customer.page
    customer.log_in(SAM)
    page.get_by_role("link", name="Report something").first.click()
    page.get_by_role("link", name=re.compile("Report a fault")).first.click()
    page.get_by_label("What does not work?").fill("VPN drops every ten minutes")
    expect(page.locator("#suggestions")).to_contain_text("VPN keeps dropping")
    page.get_by_label("What is affected?").select_option(label="Network, Wi-Fi or VPN")
    page.get_by_label("It blocks me").or_(page.locator("[name=impact]").first).first.check()
    page.get_by_label("What exactly happens?").fill("Error 809, with cable as well.")
    page.get_by_role("button", name="Report the fault").click()
    received = page.locator(".received")
    expect(received).to_contain_text("We have it. Your number is")
    found = re.search(r"\d{16}", received.inner_text())
    assert found, received.inner_text()
    return found.group()


def worked_on(agent: Visitor, number: str) -> None:
    """Agnes finds the task where the rules put it, claims it and sorts the fault."""
    page = agent.page
    agent.go(f"/tickets/{number}")
    expect(page.locator(".why-here")).to_contain_text("VPN to Network")
    expect(page.locator(".why-here")).to_contain_text("VPN")
    now = page.locator("section.now")
    expect(now).to_contain_text("Sort the fault")
    now.get_by_role("button", name="Claim").click()
    now.get_by_text("One person").click()
    now.get_by_role("button", name="Sort", exact=True).click()
    expect(page.locator("section.now h2").first).to_contain_text("Solve the fault")


def answered_with_help(agent: Visitor) -> None:
    """She inserts an FAQ item into her reply."""
    page = agent.page
    page.locator("form#reply textarea").fill("Please try this first:")
    page.get_by_role("button", name="FAQ", exact=True).click()
    page.locator("#faq-search").fill("vpn")
    page.get_by_role("option", name=re.compile("VPN keeps dropping")).first.click()
    expect(page.locator("form#reply textarea")).to_have_value(re.compile("other gateway"))
    page.locator("form#reply").get_by_role("button", name="Send").click()
    expect(page.locator(".timeline")).to_contain_text("Please try this first:")


def answered_by_mail(served: Served, before: Any, number: str) -> None:
    """Sam's mail program answers the mail that it got."""
    mail = EmailMessage()
    mail["From"] = f"Sam Carter <{SAM}>"
    mail["To"] = str(before["From"])
    mail["Subject"] = f"Re: {before['Subject']}"
    mail["Message-ID"] = f"<sam-answers-{number}@example.net>"
    mail["In-Reply-To"] = str(before["Message-ID"])
    mail.set_content("The other gateway works.\n\n> Please try this first:\n")
    receipt = served.deliver(mail.as_bytes())
    assert (receipt["outcome"], receipt["ticket"]) == ("follow_up", number)


def test_a_request_goes_its_whole_way(
    visit: Callable[..., Visitor], town_hall: Served, post_office: SmtpSink
) -> None:
    sam, agnes = visit(), visit("agnes")
    number = reported(sam)
    town_hall.until(lambda: mails_about(post_office, number, SAM), "the acknowledgement arrives")
    acknowledgement = mails_about(post_office, number, SAM)[0]
    assert acknowledgement["Auto-Submitted"] == "auto-replied"

    worked_on(agnes, number)
    answered_with_help(agnes)

    def replies() -> list[Any]:
        mails = mails_about(post_office, number, SAM)
        return [one for one in mails if "Please try this first" in text_of(one)]

    town_hall.until(replies, "the reply arrives")
    answered_by_mail(town_hall, replies()[0], number)
    page = agnes.page
    agnes.go(f"/tickets/{number}")
    expect(page.locator(".timeline")).to_contain_text("The other gateway works.")

    now = page.locator("section.now").first
    now.get_by_text("Solved: ask the customer to confirm").click()
    now.get_by_label("Message to the customer").fill("Glad to hear. Use that gateway from now on.")
    now.get_by_role("button", name="Go on").click()
    expect(page.locator(".ticket-lead")).to_contain_text("resolved", ignore_case=True)

    confirmed(sam, number)
    shows_its_way(agnes, sam, number)


def confirmed(customer: Visitor, number: str) -> None:
    """Sam is asked whether it is settled, and it is."""
    page = customer.page
    customer.go(f"/requests/{number}")
    expect(page.locator("section.now")).to_contain_text("Is this settled?")
    page.get_by_text("Yes, it is settled").click()
    page.locator("section.now").get_by_role("button", name="Send").click()
    expect(page.locator(".standing.done")).to_be_visible()


def shows_its_way(agent: Visitor, customer: Visitor, number: str) -> None:
    """Diagram, strip and history name each step and its cause."""
    page = agent.page
    agent.go(f"/tickets/{number}")
    expect(page.locator(".ticket-lead")).to_contain_text("closed", ignore_case=True)
    figure = page.locator("figure.diagram")
    done = (figure.get_attribute("data-done-steps") or "").split()
    assert {"reported", "route", "triage", "work"} <= {one.rsplit("/")[-1] for one in done}
    expect(figure.locator("[data-element-id=triage].past, .past [data-element-id=triage]")
           .or_(figure.locator("[data-element-id=triage]")).first).to_be_visible()  # fmt: skip
    strip = customer.page.locator("ol.strip").first
    expect(strip).to_contain_text("We are looking into it")
    expect(strip.locator("li.next")).to_have_count(0)
    for details in page.locator(".column.third details").all():
        details.evaluate("one => { one.open = true; }")
    history = page.locator("ol.history")
    for cause in ("rule “VPN", "Agnes Meier", "Sam Carter", "rule “VIP"):
        expect(history.filter(has_text=cause).first).to_be_visible()
