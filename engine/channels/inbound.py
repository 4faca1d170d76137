"""The one shape that every incoming message takes, whatever door it came through."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CHANNELS = ("email", "sms", "fax", "web", "phone", "api")


@dataclass
class InboundFile:
    """A file that came with a message; `name` is safe to show, `media_type` is only a claim."""

    name: str
    media_type: str
    data: bytes
    content_id: str | None = None
    inline: bool = False


@dataclass
class Inbound:
    """A message as read. Nothing in it is proven: sender, references and numbers are claims.

    `external_id` is the key by which the same message is known again: the Message-ID, the id of
    the provider, or `sha256:…` of the original bytes. `html` is the sender's own and must pass
    `clean.safe_html` before anybody sees it. `headers` holds the steering headers of an account
    that the caller called trusted, and is empty otherwise. `problems` says in sentences what
    could not be read; the original is always in `raw`. `arrival` is what the bytes do not say and
    reading them once more needs: the door's own knowledge, kept beside the message.
    """

    channel: str
    external_id: str
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    reply_to_name: str = ""
    on_behalf: bool = False  # the sender is a robot, a form perhaps, and `reply_to` a person
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    html: str | None = None
    files: list[InboundFile] = field(default_factory=list)
    raw: bytes = b""
    sent_at: datetime | None = None
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    automatic: bool = False  # never answer automatically, whoever wrote it: lists, machines
    machine: bool = False  # nobody wrote it at all: an out-of-office note, a report
    bounce: bool = False  # a mail of ours came back; `original_id` names it when the report does
    original_id: str | None = None
    failed: dict[str, str] = field(default_factory=dict)  # whom a bounce names, and why
    protection: str = ""  # "signed" or "encrypted": seen, never verified and never opened here
    headers: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unreadable: bool = False  # nothing could be made of it but a file
    arrival: dict[str, Any] = field(default_factory=dict)

    @property
    def writer(self) -> str:
        """The address of whoever asks for something: a form writes for whom it wants answered."""
        return self.reply_to if self.on_behalf else self.sender

    @property
    def writer_name(self) -> str:
        """The name that goes with `writer`, as far as one was given."""
        return self.reply_to_name if self.on_behalf else self.sender_name


def digest_id(raw: bytes) -> str:
    """The duplicate key of a message that brings no id of its own."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()
