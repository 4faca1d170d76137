"""A mailbox for tests: a real IMAP server, with the mail of one demo user in memory."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.smtp_sink import free_port

USER, PASSWORD = "demouser", "demopass"


@contextmanager
def running_imap() -> Iterator[tuple[str, int]]:
    """The server (pymap) in a process of its own; host and port."""
    port = free_port()
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
