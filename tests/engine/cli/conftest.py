"""The command line as a mail server or an operator calls it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., "subprocess.CompletedProcess[bytes]"]
ROOT = Path(__file__).parents[3]


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VORGANG_")}
    return kept | {"VORGANG_HOME": str(home), "PYTHONPATH": str(ROOT)}


def call(home: Path, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *arguments],
        input=stdin,
        capture_output=True,
        env=environment(home),
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def started_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after `vorgang init`, to be copied."""
    home = tmp_path_factory.mktemp("started") / "home"
    done = call(home, "init")
    assert done.returncode == 0, done.stderr.decode()
    return home


@pytest.fixture
def home(started_home: Path, tmp_path: Path) -> Path:
    """A desk's home of the test's own."""
    import shutil

    return Path(shutil.copytree(started_home, tmp_path / "home"))


@pytest.fixture
def cli(home: Path) -> Cli:
    """`cli("ticket", "list", stdin=b"")` on `home`."""
    return lambda *arguments, stdin=b"": call(home, *arguments, stdin=stdin)


@pytest.fixture
def cli_in() -> Cli:
    """`cli_in(home, "init")` on any home."""
    return call
