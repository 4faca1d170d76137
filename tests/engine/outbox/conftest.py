"""A town whose mail goes to a real SMTP sink, and one function that delivers what waits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.commands.passing_on import pass_on
from engine.commands.people import make_password_link
from engine.outbox.drain import drain
from engine.outbox.handlers import handlers
from tests.smtp_sink import SmtpSink
from tests.town import Town

Deliver = Callable[[], int]


@pytest.fixture
def deliver(town: Town) -> Deliver:
    """Deliver everything that is due; returns how many rows were taken up."""

    def everything() -> int:
        pass_on(town.desk)
        return drain(town.desk, handlers(make_password_link))

    return everything


@pytest.fixture
def posted(town: Town, smtp_sink: SmtpSink) -> SmtpSink:
    """The sink, set as the town's mail server."""
    address = f"smtp://{smtp_sink.host}:{smtp_sink.port}"
    town.desk.settings = replace(town.desk.settings, smtp_url=address)
    return smtp_sink


def text_of(received: Any) -> str:
    """The plain text of a message that arrived."""
    for part in received.message.walk():
        if part.get_content_type() == "text/plain":
            return part.get_payload(decode=True).decode()
    return ""


@pytest.fixture
def plain() -> Callable[[Any], str]:
    """`plain(received)` is the text of a message that arrived."""
    return text_of
