"""Every bound that a stranger's bytes meet, in one place, so that no reader has its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds for incoming messages. Bytes, characters, counts and seconds as the names say."""

    mail_bytes: int = 50 * 1024 * 1024
    header_bytes: int = 256 * 1024  # of one header block; what is beyond stays in the original
    header_lines: int = 1_000
    header_chars: int = 16_000  # of one value that is looked at
    parts: int = 200
    depth: int = 20
    files: int = 100
    text_chars: int = 500_000
    html_chars: int = 1_000_000
    html_tags: int = 50_000
    html_depth: int = 500
    links: int = 5_000
    recipients: int = 100
    contacts: int = 40  # unknown people that one message may make known
    references: int = 50
    subject_chars: int = 500
    name_chars: int = 120
    sms_chars: int = 10_000
    webhook_bytes: int = 256 * 1024
    webhook_fields: int = 200
    replay_seconds: int = 300
    fax_pages: int = 1_000


DEFAULT_LIMITS = Limits()
