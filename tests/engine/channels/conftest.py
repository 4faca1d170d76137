"""Mails, servers and pictures that the channel tests share."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import smtp_sink

MAILS = Path(__file__).parent / "mails"


@pytest.fixture
def mail_file() -> Callable[[str], bytes]:
    """The bytes of a stored mail, line ends as on the wire."""

    def read(name: str) -> bytes:
        return (MAILS / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    return read


@pytest.fixture
def make_mail() -> Callable[..., bytes]:
    """A small mail: `body` under the given headers (names with _ for -)."""

    def make(body: bytes = b"hello", **headers: str) -> bytes:
        given = {"From": "a@example.com", "To": "desk@example.org", "Subject": "x"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
        return lines.encode("utf-8", "surrogateescape") + b"\r\n" + body

    return make


@pytest.fixture
def free_port() -> int:
    """A port on the loopback address that nobody uses now."""
    return smtp_sink.free_port()


@pytest.fixture(scope="session")
def imap_server() -> Iterator[tuple[str, int]]:
    """A real IMAP server (pymap, mailboxes in memory) in a process of its own, for all tests."""
    port = smtp_sink.free_port()
    start = "import sys; from pymap.main import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-tls", "--no-service", "admin", "--no-service", "managesieve"]
    command += ["dict", "--demo-data"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if server.poll() is not None:
                    pytest.fail((server.stderr.read() if server.stderr else b"").decode())
                time.sleep(0.05)
        yield "127.0.0.1", port
    finally:
        server.kill()
        server.wait()
        if server.stderr:
            server.stderr.close()
