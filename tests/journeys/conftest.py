"""A running desk, a mail server and people in front of browsers, one of each per test process."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.served import Served, new_home
from tests.journeys.visitor import Visitor, visitors
from tests.smtp_sink import SmtpSink, running_sink


@pytest.fixture(scope="session")
def post_office() -> Iterator[SmtpSink]:
    """The mail server of `town_hall`; find one's own mails by their recipient."""
    with running_sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a desk with the sample people and no tickets, to be copied."""
    from engine.cli.sample import load_people
    from engine.cli.starting import set_up

    home = tmp_path_factory.mktemp("peopled") / "home"
    with new_home(home).open() as desk:
        set_up(desk.settings, sample=False, say=lambda _: None)
        desk.run(load_people)
    return home


@pytest.fixture(scope="session")
def town_hall(
    post_office: SmtpSink, peopled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A desk with the sample people and FAQ items and a few of the sample tickets, served."""
    from engine.cli.sample import load_faq, load_tickets
    from engine.cli.structure import read_sample
    from engine.outbox.faq_index import rebuild

    home = Path(shutil.copytree(peopled, tmp_path_factory.mktemp("town_hall") / "home"))
    served = new_home(home, smtp=f"smtp://{post_office.host}:{post_office.port}")
    with served.open() as desk:
        desk.run(load_faq)
        rebuild(desk)
        load_tickets(desk, read_sample("tickets")["tickets"][:6])
    served.start()
    yield served
    served.stop()


@pytest.fixture
def visit(browser: Any, town_hall: Served) -> Iterator[Callable[..., Visitor]]:
    """`visit("agnes")`: somebody in front of a browser of their own; see `visitors`."""
    with visitors(browser, town_hall) as enter:
        yield enter


@pytest.fixture
def no_rules_draft(town_hall: Served) -> None:
    """The journey begins with the rules in force."""
    from sqlalchemy import delete

    from engine.catalogue.rules_drafting import RulesDraft

    with town_hall.open() as desk:
        desk.run(lambda work: work.session.execute(delete(RulesDraft)) and None)


@pytest.fixture(autouse=True)
def patient_expectations() -> None:
    """Two cores may be busy: an expectation waits as long as any other step."""
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where a test leaves screenshots to look at."""
    folder = tmp_path / re.sub(r"\W+", "_", request.node.name)
    folder.mkdir()
    return folder
