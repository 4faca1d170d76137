"""The command line as a mail server or an operator calls it."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.served import Desk, alive, call, call_here, environment, until
from tests.smtp_sink import SmtpSink, free_port

Cli = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def started_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after `vorgang init`, to be copied."""
    home = tmp_path_factory.mktemp("started") / "home"
    done = call_here(home, "init")
    assert done.returncode == 0, done.stderr.decode()
    return home


@pytest.fixture
def home(started_home: Path, tmp_path: Path) -> Path:
    """A desk's home of the test's own."""
    return Path(shutil.copytree(started_home, tmp_path / "home"))


@pytest.fixture
def cli(home: Path) -> Cli:
    """`cli("ticket", "list", stdin=b"")` on `home`."""
    return lambda *arguments, stdin=b"": call_here(home, *arguments, stdin=stdin)


@pytest.fixture
def pipe(home: Path) -> Cli:
    """The same in a process of its own, as a mail server starts it."""
    return lambda *arguments, stdin=b"": call(home, *arguments, stdin=stdin)


@pytest.fixture
def cli_in() -> Cli:
    """`cli_in(home, "init")` on any home."""
    return call_here


@pytest.fixture
def serve(home: Path, smtp_sink: SmtpSink) -> Iterator[Desk]:
    """A desk that serves `home`, with mail to the sink; (process, port)."""
    port = free_port()
    env = environment(home) | {"VORGANG_SMTP_URL": f"smtp://127.0.0.1:{smtp_sink.port}"}
    with (home / "serve.out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "serve", "--port", str(port)],
            env=env, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        until(lambda: alive(port) or process.poll() is not None)
        yield process, port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(20)
