"""The one shape that every incoming message takes, whatever door it came through."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

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
    could not be read; the original is always in `raw`.
    """

    channel: str
    external_id: str
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    html: str | None = None
    files: list[InboundFile] = field(default_factory=list)
    raw: bytes = b""
    sent_at: datetime | None = None
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    automatic: bool = False  # a machine wrote it: never answer automatically
    bounce: bool = False  # a mail of ours came back; `original_id` names it when the report does
    original_id: str | None = None
    failed: dict[str, str] = field(default_factory=dict)  # whom a bounce names, and why
    protection: str = ""  # "signed" or "encrypted": seen, never verified and never opened here
    headers: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def digest_id(raw: bytes) -> str:
    """The duplicate key of a message that brings no id of its own."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()
