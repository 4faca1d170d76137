"""Mail as it comes in by pipe or mailbox: read, delivered, and never lost where it cannot be."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.channels.imap import Mailbox
from engine.channels.mail_in import parse_mail
from engine.commands.intake import Receipt, deliver
from engine.desk import Desk
from engine.errors import Unavailable, VorgangError
from engine.settings import Settings
from engine.tickets.files import make_folder, sync_folder

log = logging.getLogger(__name__)


def take(desk: Desk, raw: bytes, *, trusted: bool = False, queue: str = "") -> Receipt:
    """Deliver one mail. When this returns the mail is safe; when it raises it is not."""
    inbound = parse_mail(raw, trusted=trusted)
    if queue:
        inbound.headers["queue"] = queue
    return deliver(desk, inbound, trusted=trusted or bool(queue))


def spool(settings: Settings, raw: bytes, ending: str = ".eml") -> Path:
    """Keep a message that nothing could be made of, durably, under what it contains."""
    folder = settings.spool_dir
    make_folder(folder)
    target = folder / (hashlib.sha256(raw).hexdigest() + ending)
    fresh = target.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    sync_folder(folder)
    return target


def spooled(settings: Settings) -> list[Path]:
    """What lies in the spool and waits for somebody to look."""
    return sorted(p for p in settings.spool_dir.glob("*") if p.suffix != ".new" and p.is_file())


def deliver_spooled(desk: Desk) -> tuple[int, int]:
    """Try what lies in the spool again; how many came in, and how many still do not."""
    good = bad = 0
    for path in spooled(desk.settings):
        if path.suffix != ".eml":
            bad += 1
            continue
        try:
            take(desk, path.read_bytes())
        except Exception:
            log.exception("%s still cannot be delivered", path)
            bad += 1
        else:
            path.unlink(missing_ok=True)
            good += 1
    return good, bad


def poll(desk: Desk) -> int:
    """Take every mail out of the mailbox that is set; returns how many.

    A mail leaves the mailbox when it is stored. One that nothing can be made of goes to the spool,
    so that those behind it come in. Raises `Unavailable` when mailbox or database do not answer.
    """
    settings = desk.settings
    if not settings.imap_url:
        return 0
    with _alone(settings.home / "run" / "mailbox.lock") as free:
        if not free:
            return 0
        count = 0
        with Mailbox(settings.imap_url) as mailbox:
            for uid, raw in mailbox.fetch():
                _take_or_spool(desk, raw)
                mailbox.done(uid)
                count += 1
        return count


def _take_or_spool(desk: Desk, raw: bytes) -> None:
    try:
        take(desk, raw, trusted=desk.settings.imap_trusted)
    except Unavailable:
        raise
    except Exception as error:
        kept = spool(desk.settings, raw)
        if isinstance(error, VorgangError):
            log.error("a mail could not be delivered (%s); kept as %s", error.message, kept)
        else:
            log.exception("a mail could not be delivered; kept as %s", kept)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
