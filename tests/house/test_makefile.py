"""The bootstrap says in plain sentences what is wrong, before it changes anything."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

NEEDED = ("bin", "setup.py", "constraints.txt", "requirements-dev.txt", "package-lock.json")


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A copy of what the bootstrap reads; nothing is installed there."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in NEEDED:
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    return copy


def bootstrap(checkout: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run bin/setup.py there, with nothing of this test run's own settings."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHON", "VORGANG_HOME", "PORT")}
    command = [sys.executable, "bin/setup.py", *arguments]
    return subprocess.run(
        command, cwd=checkout, env={**env, **extra}, capture_output=True, text=True, check=False
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], words: str, place: Path) -> None:
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / ".venv").exists()


def test_a_used_port(checkout: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = bootstrap(checkout, "run", "--port", str(port))
    assert_one_sentence(done, f"Cannot listen on 127.0.0.1:{port}", checkout)


def test_a_host_that_is_not_this_machine(checkout: Path) -> None:
    done = bootstrap(checkout, "run", "--host", "192.0.2.1", "--port", "6543")
    assert_one_sentence(done, "HOST is an address of this machine", checkout)


@pytest.mark.parametrize("port", ["0", "65536", "http", ""])
def test_a_port_that_is_none(checkout: Path, port: str) -> None:
    done = bootstrap(checkout, "run", "--port", port)
    assert_one_sentence(done, f"PORT={port} is not a", checkout)


def test_a_python_that_does_not_run(checkout: Path) -> None:
    done = bootstrap(checkout, "check", PYTHON="/nowhere/python")
    assert_one_sentence(done, "PYTHON=/nowhere/python does not run", checkout)


def test_a_python_that_is_too_old(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    facts = '{"version": [3, 9, 2], "path": "/old", "venv": true, "headers": true, '
    old.write_text(f'#!/bin/sh\necho \'{facts}"ssl": true, "sqlite": true}}\'\n')
    old.chmod(0o755)
    done = bootstrap(checkout, "check", PYTHON=str(old))
    assert_one_sentence(done, "needs Python 3.11, 3.12 or 3.13", checkout)


def test_everything_missing_is_named_at_once(checkout: Path, tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    facts = '{"version": [3, 11, 2], "path": "/usr/bin/python3.11", "venv": false, '
    bare.write_text(f'#!/bin/sh\necho \'{facts}"headers": false, "ssl": true, "sqlite": true}}\'\n')
    bare.chmod(0o755)
    done = bootstrap(checkout, "check", PYTHON=str(bare), PATH=str(tmp_path), CC="")
    assert_one_sentence(done, "This machine lacks:", checkout)
    command = "apt-get install -y python3.11-venv python3.11-dev build-essential make git"
    assert command in done.stderr


def test_a_directory_that_cannot_be_written(checkout: Path) -> None:
    done = bootstrap(checkout, "ready", VORGANG_HOME="/proc/vorgang")
    assert_one_sentence(done, "Cannot write to /proc", checkout)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_checkout_that_cannot_be_written(checkout: Path) -> None:
    checkout.chmod(0o555)
    done = bootstrap(checkout, "ready")
    checkout.chmod(0o755)
    assert_one_sentence(done, f"Cannot write to {checkout}", checkout)


def test_the_entry_can_be_read_by_any_python(root: Path) -> None:
    # No annotations, no f-strings: an old Python must get as far as the sentence.
    text = (root / "bin" / "setup.py").read_text()
    assert 'f"' not in text
    assert "->" not in text
