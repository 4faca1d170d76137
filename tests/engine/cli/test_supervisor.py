"""The supervisor waits for a desk that starts slowly, and gives up on one that keeps dying."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli import supervisor
from engine.settings import Settings

LATE = (
    "import socket, sys, time; time.sleep(1.5); door = socket.socket(); "
    "door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); "
    "door.bind(('127.0.0.1', int(sys.argv[1]))); door.listen(); time.sleep(60)"
)


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which nobody listens, and this process's own signals put back afterwards."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    yield number
    for one, handler in kept.items():
        signal.signal(one, handler)


def children_run(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let each child run a small program instead of the command line."""

    def start(child: supervisor.Child) -> None:
        child.started = time.monotonic()
        command = [sys.executable, "-c", program, *child.arguments]
        child.process = subprocess.Popen(command, start_new_session=True)

    monkeypatch.setattr(supervisor.Child, "start", start)


def test_a_slow_machine_is_waited_for_and_told_of_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "LONG", 0.2)
    children_run(monkeypatch, LATE)
    ready = []

    def answers() -> None:
        ready.append(True)
        os.kill(os.getpid(), signal.SIGTERM)

    settings = Settings(tmp_path, "sqlite://", "x")
    code = supervisor.supervise(
        settings,
        {"web": [str(port)]},
        host="127.0.0.1",
        port=port,
        ready=answers,
    )
    assert (code, ready) == (0, [True])
    assert capsys.readouterr().out.count("is still starting") == 1


def test_what_dies_again_and_again_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    children_run(monkeypatch, "raise SystemExit(3)")
    settings = Settings(tmp_path, "sqlite://", "x")
    code = supervisor.supervise(
        settings,
        {"web": []},
        host="127.0.0.1",
        port=port,
        ready=lambda: None,
    )
    assert code == 1
    assert "does not start" in capsys.readouterr().err
