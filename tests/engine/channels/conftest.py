"""Mails, servers and pictures that the channel tests share."""

from __future__ import annotations

from collections.abc import Callable
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
