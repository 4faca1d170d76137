"""Somebody in front of a browser: what they do in more than one journey."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.served import Served

PASSWORD = "vorgang-demo"
# Only what has stopped moving can be measured. What turns for ever never stops, and a page that
# nobody sees draws no frame: both would be waited for without an end.
AT_REST = """async () => {
    const soon = new Promise(one => setTimeout(one, 2000, "soon"));
    const frame = () => new Promise(one => requestAnimationFrame(() => requestAnimationFrame(one)));
    for (let quiet = 0; quiet < 3;) {  // what inherits a colour begins to fade when that has ended
        if (await Promise.race([soon, frame()]) === "soon") return;
        const ending = document.getAnimations().filter(
            one => Number.isFinite(one.effect.getComputedTiming().endTime));
        quiet = ending.length ? 0 : quiet + 1;
        await Promise.race([soon, Promise.allSettled(ending.map(one => one.finished))]);
    }
}"""


@dataclass
class Visitor:
    """A page of a desk in somebody's hands; `complaints` is what the browser had to say."""

    page: Any
    served: Served
    language: str = "en"
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen for errors of scripts and for what the content policy stops."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def go(self, path: str) -> Any:
        """Open a page of the desk and hand back the answer."""
        return self.page.goto(self.served.url + path)

    def be(self, name: str) -> Visitor:
        """Be logged in as somebody from now on, in the visitor's language."""
        from sqlalchemy import select

        from engine.commands.people import open_session
        from engine.people.models import Person
        from webapp.security import LOGIN_COOKIE

        with self.served.open() as desk:
            key = desk.run(
                lambda w: open_session(
                    w, w.session.scalars(select(Person).where(Person.login.startswith(name))).one()
                )
            )
        here = {"url": self.served.url}
        self.page.context.add_cookies([{"name": LOGIN_COOKIE, "value": key, **here}])
        self.go(f"/?language={self.language}")
        return self

    def log_in(self, login: str) -> None:
        """Log in as people do."""
        self.go("/login")
        self.page.get_by_label("E-mail").fill(login)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def report(self, title: str, text: str = "Please help.") -> str:
        """Report a fault on the page, as a customer does, and stay there; its number."""
        page = self.page
        self.go("/report/report_fault")
        page.get_by_label("What does not work?").fill(title)
        page.get_by_label("What is affected?").select_option(label="Something else")
        page.locator("[name=impact]").first.check()
        page.get_by_label("What exactly happens?").fill(text)
        page.get_by_role("button", name="Report the fault").click()
        found = re.search(r"\d{16}", page.locator(".received").inner_text())
        assert found
        return found.group()

    def _heard(self, message: Any) -> None:
        if message.type != "error":
            return
        missed = "/no-such" in str(message.location)
        if not missed and "the server responded with a status of 422" not in message.text:
            self.complaints.append(f"{message.text} ({self.page.url})")


@contextmanager
def visitors(browser: Any, served: Served) -> Iterator[Callable[..., Visitor]]:
    """`enter("agnes")`: somebody in front of a browser of their own, logged in to a desk.

    `language`, `theme`, `width` say how they look at it. At the end nobody's browser may have
    complained: no error in a script, nothing that the page's own policy had to stop.
    """
    there: list[Visitor] = []

    def enter(
        name: str = "", *, language: str = "en", theme: str = "light", width: int = 1360
    ) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=language,
            color_scheme=theme, reduced_motion="reduce", accept_downloads=True,
        )  # fmt: skip
        context.set_default_timeout(30_000)
        visitor = Visitor(context.new_page(), served, language)
        there.append(visitor)
        if name:
            visitor.be(name)
        return visitor

    yield enter
    complaints = [one for visitor in there for one in visitor.complaints]
    for visitor in there:
        visitor.page.context.close()
    assert complaints == []
