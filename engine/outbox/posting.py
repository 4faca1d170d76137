"""Where a finished message goes: to the provider that is set, else into a folder to look at."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from engine.channels.mail_out import OutgoingMail, build_mail
from engine.channels.smtp import Refused, SmtpSettings, send_smtp
from engine.errors import Unavailable
from engine.settings import Settings


def post(settings: Settings, mail: OutgoingMail, name: str, only: Sequence[str] = ()) -> Refused:
    """Hand a mail to the server; returns the addresses refused beside others, with the reason.

    `only` are those of its recipients who have not got it yet; nothing given means all.
    Without `smtp_url` it is written to `home/sent/NAME.eml`. Raises `Temporary`, `Permanent` or
    `Invalid`.
    """
    raw = build_mail(mail)
    if not settings.smtp_url:
        write_sent(settings, f"{name}.eml", raw)
        return Refused()
    server = SmtpSettings(settings.smtp_url, sender=mail.sender)
    return send_smtp(server, raw, [to for to in mail.envelope if not only or to in only])


def write_sent(settings: Settings, name: str, data: bytes) -> Path:
    """Keep a message that has nowhere to go; the same name again replaces it."""
    folder = settings.home / "sent"
    target = folder / re.sub(r"[^A-Za-z0-9._-]", "-", name)[:120]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        fresh.write_bytes(data)
        fresh.replace(target)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error
    return target


def domain_of(settings: Settings) -> str:
    """The domain under which our Message-IDs are made."""
    return settings.mail_from.rpartition("@")[2] or "localhost"


def refusals(refused: dict[str, str]) -> str:
    """The refused addresses as one sentence for the ticket, empty when there are none."""
    parts: Sequence[str] = [f"{address}: {reason}" for address, reason in refused.items()]
    return "Not accepted for " + "; ".join(parts) if parts else ""
