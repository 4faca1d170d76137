"""A mail that means harm is opened wherever it is shown: nothing runs, nothing is fetched."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.hostile import FILES, MARK, TITLE, hostile_mail
from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
SENDER = "max.lang@example.org"


class Watch:
    """What a page did that it must not: dialogs, requests to other hosts, new windows."""

    def __init__(self, visitor: Visitor) -> None:
        self.seen: list[str] = []
        self.home = visitor.served.url
        page = visitor.page
        page.context.route("**/*", self._asked)
        page.on("dialog", self._dialog)
        page.context.on("page", lambda other: self.seen.append(f"window {other.url}"))

    def _asked(self, route: Any) -> None:
        url = route.request.url
        if url.startswith((self.home, "data:", "blob:")):
            route.continue_()
        else:
            self.seen.append(f"request {url}")
            route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def received(town_hall: Served) -> dict[str, Any]:
    """The hostile mail as it lies on a ticket of a customer."""
    receipt = town_hall.deliver(hostile_mail(SENDER, "<hostile@example.org>"))
    assert receipt["outcome"] in ("created", "duplicate")
    return receipt


def expand(page: Any) -> None:
    """Open everything that is folded, so that everything is loaded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for frame in page.locator("iframe").all():
        frame.scroll_into_view_if_needed()


def test_nothing_runs_and_nothing_is_fetched_where_agents_read_it(
    visit: Callable[..., Visitor], received: dict[str, Any]
) -> None:
    agnes = visit("agnes")
    watch, page, number = Watch(agnes), agnes.page, received["ticket"]
    for path in (f"/tickets/{number}", "/tickets", "/tickets?q=offer", "/today", "/queues"):
        agnes.go(path)
        expand(page)
        expect(page.locator("main")).not_to_be_empty()
        assert MARK not in page.title().replace(TITLE, "")
    agnes.go(f"/tickets/{number}")
    expand(page)
    mail = page.frame_locator("iframe").first
    expect(mail.get_by_text("Please look at this harmless offer.")).to_be_visible()
    active = "script, form, input, iframe, object, embed, svg, base, meta[http-equiv=refresh]"
    expect(mail.locator(active)).to_have_count(0)
    for link in mail.locator("a").all():
        assert not (link.get_attribute("href") or "").lower().startswith(("javascript:", "data:"))
    page.locator("form#reply textarea").fill("We are looking at it.")
    page.locator("form#reply").get_by_role("button", name="Send").click()
    expect(page.locator(".timeline")).to_contain_text("We are looking at it.")
    assert watch.seen == []


def test_nothing_runs_and_nothing_is_fetched_where_the_customer_reads_it(
    visit: Callable[..., Visitor], received: dict[str, Any]
) -> None:
    customer = visit("max")
    watch, page = Watch(customer), customer.page
    for path in ("/requests", f"/requests/{received['ticket']}"):
        customer.go(path)
        expand(page)
        expect(page.locator("main")).to_contain_text("<img src=x onerror")
    assert watch.seen == []


def test_files_that_would_run_are_only_handed_out_to_be_saved(
    visit: Callable[..., Visitor], received: dict[str, Any]
) -> None:
    agnes = visit("agnes")
    watch, page = Watch(agnes), agnes.page
    agnes.go(f"/tickets/{received['ticket']}")
    for name in FILES:
        href = page.locator(f'a[href*="{name}"]').first.get_attribute("href")
        answer = page.request.get(agnes.served.url + href)
        assert answer.headers["content-disposition"].startswith("attachment"), name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        with page.expect_download() as download:
            page.evaluate("href => { location.href = href; }", href)
        assert download.value.suggested_filename == name
    assert watch.seen == []
