"""One command runs web and worker; what dies is started again, and nobody is left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.smtp_sink import SmtpSink, free_port

Desk = tuple["subprocess.Popen[bytes]", int]


def until(question: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = question()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/alive", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def child(parent: int, name: str) -> psutil.Process | None:
    for process in psutil.Process(parent).children():
        try:
            if name in process.cmdline():
                return process
        except psutil.NoSuchProcess:
            continue
    return None


@pytest.fixture
def serve(home: Path, smtp_sink: SmtpSink) -> Iterator[Desk]:
    """A desk that serves `home`, with mail to the sink; (process, port)."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("VORGANG_")}
    env |= {"VORGANG_HOME": str(home), "VORGANG_SMTP_URL": f"smtp://127.0.0.1:{smtp_sink.port}"}
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


def test_it_says_where_to_click_and_ends_cleanly(serve: Desk, home: Path) -> None:
    process, port = serve
    until(lambda: f"http://localhost:{port}" in (home / "serve.out").read_text())
    assert str(home / "sent") not in (home / "serve.out").read_text()  # a mail server is set
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert [one for one in family if one.is_running()] == []


def test_mail_leaves_by_itself_and_what_dies_comes_back(
    serve: Desk, home: Path, smtp_sink: SmtpSink, cli
) -> None:
    process, port = serve
    raw = (
        b"From: clara@example.org\r\nTo: desk@example.com\r\nSubject: Help %d\r\n"
        b"Message-ID: <%d@example.org>\r\n\r\nNothing works.\r\n"
    )
    assert json.loads(cli("mail", "deliver", stdin=raw % (1, 1)).stdout)["outcome"] == "created"
    smtp_sink.wait_for(1, 40)
    for name in ("worker", "web"):
        old = until(lambda name=name: child(process.pid, name))
        old.kill()
        until(lambda name=name, old=old: (c := child(process.pid, name)) and c.pid != old.pid)
    assert json.loads(cli("mail", "deliver", stdin=raw % (2, 2)).stdout)["outcome"] == "created"
    got = smtp_sink.wait_for(2, 60)
    until(lambda: alive(port))
    assert len({one.message["Message-ID"] for one in got}) == len(got)


def test_children_do_not_outlive_a_supervisor_that_was_killed(serve: Desk) -> None:
    process, port = serve
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    process.kill()
    process.wait(10)
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in family))
    assert not alive(port)


def test_a_used_port_is_one_sentence(cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = cli("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert b"Cannot listen" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_port_that_is_none(cli) -> None:
    assert cli("serve", "--port", "99999").returncode == 1
