"""Mail as it comes in by pipe or mailbox: read, delivered, and never lost where it cannot be."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.channels.again import read_again, steered
from engine.channels.mail_in import parse_mail
from engine.commands.intake import Receipt, deliver
from engine.errors import Conflict, Unavailable, VorgangError
from engine.settings import Settings
from engine.tickets.files import make_folder, sync_folder

if TYPE_CHECKING:
    from engine.channels.imap import Mailbox, Uid
    from engine.desk import Desk

log = logging.getLogger(__name__)
BESIDE = ".about.json"  # ends the name of the file that says how a spooled message came


def take(
    desk: Desk, raw: bytes, *, trusted: bool = False, queue: str = "", missing: str = ""
) -> Receipt:
    """Deliver one mail. When this returns the mail is safe; when it raises it is not.

    `missing` says in a sentence that only its header came, and where the rest lies.
    """
    return deliver(desk, steered(parse_mail(raw, trusted=trusted, missing=missing), queue))


def spool(
    settings: Settings,
    raw: bytes,
    ending: str = ".eml",
    *,
    channel: str = "email",
    arrival: Mapping[str, Any] | None = None,
) -> Path:
    """Keep a message that nothing could be made of, durably, under what it contains.

    Beside it lies what the door knew when it came, so that it is read the same way later.
    """
    folder = settings.spool_dir
    make_folder(folder)
    target = folder / (hashlib.sha256(raw).hexdigest() + ending)
    about = {"channel": channel, "arrival": dict(arrival or {})}
    _written(_beside(target), json.dumps(about).encode())
    _written(target, raw)
    return target


def spooled(settings: Settings) -> list[Path]:
    """What lies in the spool and waits for somebody to look."""
    return sorted(
        path
        for path in settings.spool_dir.glob("*")
        if path.is_file() and path.suffix != ".new" and not path.name.endswith(BESIDE)
    )


def deliver_spooled(desk: Desk) -> tuple[int, int]:
    """Try what lies in the spool again; how many came in, and how many still do not."""
    good = bad = 0
    for path in spooled(desk.settings):
        try:
            channel, arrival = _known_of(path)
            country = desk.settings.sms_country
            deliver(desk, read_again(channel, path.read_bytes(), arrival, country=country))
        except Exception:
            log.exception("%s still cannot be delivered", path)
            bad += 1
        else:
            path.unlink(missing_ok=True)
            _beside(path).unlink(missing_ok=True)
            good += 1
    return good, bad


def poll(desk: Desk) -> int:
    """Take every mail out of the mailbox that is set; returns how many.

    A mail leaves the mailbox when it is stored. One that nothing can be made of goes to the spool,
    so that those behind it come in. Raises `Unavailable` when mailbox or database do not answer,
    and leaves word of it for `mailbox_state`.
    """
    settings = desk.settings
    if not settings.imap_url:
        return 0
    with _alone(settings.home / "run" / "mailbox.lock") as free:
        if not free:
            return 0
        try:
            count = _emptied(desk)
        except VorgangError as error:
            _note(desk, error.message)
            raise
        _note(desk, "")
        return count


def _emptied(desk: Desk) -> int:
    from engine.channels.imap import Mailbox  # a mail that comes by pipe needs no IMAP

    count = 0
    with Mailbox(desk.settings.imap_url) as mailbox:
        for uid, raw in mailbox.fetch():
            missing = "" if uid.complete else _missing(uid, mailbox)
            if _take_or_spool(desk, raw, missing):
                mailbox.done(uid)
                count += 1
    return count


def _missing(uid: Uid, mailbox: Mailbox) -> str:
    return (
        f"This mail has {uid.size / 2**20:.0f} MB, which is too large to be fetched: only its"
        f" header was read. The whole mail, as {uid.number} in {mailbox.folder}, is kept in the"
        f" folder {mailbox.oversize_folder} of the mailbox."
    )


def _take_or_spool(desk: Desk, raw: bytes, missing: str = "") -> bool:
    """Whether the mail is safe; where others changed the same thing it stays for the next time."""
    trusted = desk.settings.imap_trusted
    try:
        take(desk, raw, trusted=trusted, missing=missing)
    except Unavailable:
        raise
    except Conflict as error:
        log.warning("a mail stays in the mailbox: %s", error.message)
        return False
    except Exception as error:
        arrival = {"trusted": trusted, "missing": missing}
        kept = spool(desk.settings, raw, arrival=arrival)
        if isinstance(error, VorgangError):
            log.error("a mail could not be delivered (%s); kept as %s", error.message, kept)
        else:
            log.exception("a mail could not be delivered; kept as %s", kept)
    return True


@dataclass(frozen=True)
class MailboxState:
    """When the mailbox was last read to its end, and since when and why it cannot be read."""

    read_at: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""


def mailbox_state(settings: Settings) -> MailboxState | None:
    """How the last poll went; None where no mailbox is set."""
    if not settings.imap_url:
        return None
    try:
        found = json.loads(_state_file(settings).read_bytes())
        times = {
            name: datetime.fromisoformat(found[name]) if found.get(name) else None
            for name in ("read_at", "failing_since")
        }
        return MailboxState(error=str(found.get("error", "")), **times)
    except (OSError, ValueError, TypeError, AttributeError):
        return MailboxState()


def _note(desk: Desk, error: str) -> None:
    before, now = mailbox_state(desk.settings) or MailboxState(), desk.clock()
    read_at = before.read_at if error else now
    since = (before.failing_since or now) if error else None
    state = {
        "read_at": read_at.isoformat() if read_at else None,
        "failing_since": since.isoformat() if since else None,
        "error": error,
    }
    try:
        _written(_state_file(desk.settings), json.dumps(state).encode())
    except OSError:
        log.exception("how the mailbox is cannot be written down")


def _state_file(settings: Settings) -> Path:
    return settings.home / "run" / "mailbox.json"


def _beside(path: Path) -> Path:
    return path.with_name(path.name + BESIDE)


def _known_of(path: Path) -> tuple[str, dict[str, Any]]:
    """Channel and circumstances of a spooled file; by its name where nothing lies beside it."""
    try:
        about = json.loads(_beside(path).read_bytes())
        return str(about["channel"]), dict(about["arrival"])
    except (OSError, ValueError, TypeError, KeyError):
        if path.name.endswith(".eml"):
            return "email", {}
        return ("sms" if path.name.endswith(".sms.json") else "fax"), {}


def _written(target: Path, data: bytes) -> None:
    fresh = target.with_name(target.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    sync_folder(target.parent)


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
