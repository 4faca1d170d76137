"""Whether somebody may listen on a port, asked before anything else is done."""

from __future__ import annotations

import errno
import socket
import time

from engine.errors import Invalid


def require_port(host: str, port: int) -> None:
    """Raise `Invalid` with one sentence when nobody may listen there."""
    if not 0 < port < 65536:
        raise Invalid(f"{port} is not a port. Take one from 1024 to 65535.")
    try:
        place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(place[0], socket.SOCK_STREAM) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(place[4])
    except OSError as error:
        mend = "--host is an address of this machine: 127.0.0.1, or 0.0.0.0 for everybody."
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            other = port + 1 if 1023 <= port < 65535 else 6544
            mend = f"Take another port: --port {other}"
        said = error.strerror or str(error)
        raise Invalid(f"Cannot listen on {host}:{port} ({said}). {mend}") from error


def answers(host: str, port: int, *, timeout: float = 0.3) -> bool:
    """Whether somebody accepts connections there."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
    try:
        socket.create_connection((loopback.get(host, host), port), timeout).close()
    except OSError:
        return False
    return True


def wait_for(host: str, port: int, *, seconds: float) -> bool:
    """Wait until somebody answers; False when nobody does in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answers(host, port):
            return True
        time.sleep(0.05)
    return False
