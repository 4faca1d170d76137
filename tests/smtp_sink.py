"""A real SMTP server on the loopback that keeps what it is sent, for the `smtp_sink` fixture."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Received:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> Message:
        """The bytes, parsed."""
        return message_from_bytes(self.raw)


@dataclass
class SmtpSink:
    """Where the sink listens, what it got, and what it shall answer next.

    `answers` is a queue of SMTP replies for the next messages, for example "451 try later"; when
    it is empty every message is accepted. A message that is refused is not kept. `refused` has the
    answers for single recipients.
    """

    host: str
    port: int
    messages: list[Received] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """aiosmtpd's hook for each recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook for a message that has arrived whole."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("2"):
            raw = envelope.content if isinstance(envelope.content, bytes) else b""
            got = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw)
            with self._changed:
                self.messages.append(got)
                self._changed.notify_all()
        return answer

    def wait_for(self, count: int, timeout: float = 15.0) -> list[Received]:
        """The messages once there are `count`, or AssertionError with what came by then."""
        end = time.monotonic() + timeout
        with self._changed:
            while len(self.messages) < count:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{len(self.messages)} of {count} messages arrived")
                self._changed.wait(left)
            return list(self.messages)


def free_port() -> int:
    """A port of the loopback on which nobody listens at this moment."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def running_sink() -> Iterator[SmtpSink]:
    """A sink that listens while the block runs."""
    sink = SmtpSink("127.0.0.1", free_port())
    controller = Controller(sink, hostname=sink.host, port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
