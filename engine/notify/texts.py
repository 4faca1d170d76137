"""Which words a message has: this company's own where it wrote some, else those that come with it.

The versions in force are on the shelf, so a change holds for every process with its next
transaction, and none reads the same words twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from engine.catalogue.notice_texts import NoticeInForce, NoticeText
from engine.catalogue.shelf import shelf
from engine.errors import Invalid

LANGUAGES = ("de", "en")
FOLDER = Path(__file__).parent / "templates"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[a-z][a-z0-9_]*)?)\}")
# To people about their access or their work, not about a ticket: only admins word those.
LETTERS = frozenset({"audit_findings", "password_link", "rules_failed"})
# Around several notifications that go as one message, each with what may stand in it; `text` are
# these. Nothing names them but the desk.
_AROUND = ("name", "count", "tickets", "text", "link", "desk")
FRAMES: Mapping[str, tuple[str, ...]] = {
    "bundle": _AROUND,
    "bundle_ticket": ("number", "title", "queue", "count", "text", "link"),
    "digest_daily": _AROUND,
    "digest_weekly": _AROUND,
}


@dataclass(frozen=True)
class Text:
    """Subject, one line, and body in one language."""

    subject: str
    body: str

    def placeholders(self) -> set[str]:
        """The names that stand in braces."""
        return set(PLACEHOLDER.findall(f"{self.subject}\n{self.body}"))


Texts = Mapping[str, Text]  # by language, all of LANGUAGES


@dataclass(frozen=True)
class Notice:
    """A message as it is sent now; `number` is that of its last version, 0 where there is none."""

    name: str
    texts: Texts
    number: int = 0
    title: Mapping[str, str] | None = None  # what one's own messages are called
    based_on: str = ""  # digest of what came with Vorgang when this was saved
    own: bool = False  # whether this company wrote it

    @property
    def outdated(self) -> bool:
        """Whether a newer Vorgang brings other words than when this was written."""
        return self.own and digest(shipped(self.name)) != self.based_on


def notice(session: Session, name: str) -> Notice:
    """The message of this name; raises `Invalid` where there is none."""
    found = notice_or_none(session, name)
    if found is None:
        raise Invalid(f"There is no notice called {name!r}.")
    return found


def notice_or_none(session: Session, name: str) -> Notice | None:
    """The same; None where there is none, as of a message that was removed meanwhile."""
    session.flush()
    mine = shelf(session)
    row = mine.get(NoticeInForce, name) if mine.has(NoticeInForce, name) else None
    text = mine.get(NoticeText, row.text_id) if row is not None else None
    return _made(name, text)


def notices(session: Session) -> dict[str, Notice]:
    """Every message that can be sent, by name."""
    session.flush()
    mine = shelf(session)
    own = {row.name: mine.get(NoticeText, row.text_id) for row in mine.all(NoticeInForce)}
    found = [_made(name, own.get(name)) for name in sorted({*shipped_names(), *own})]
    return {one.name: one for one in found if one is not None}


def templates(session: Session) -> list[str]:
    """The names of all messages that rules and diagrams may say."""
    return [name for name in notices(session) if name not in FRAMES]


@cache
def shipped_names() -> tuple[str, ...]:
    """The messages that come with Vorgang."""
    return tuple(sorted(path.stem for path in (FOLDER / "en").glob("*.txt")))


@cache
def shipped(name: str) -> Texts | None:
    """The words that come with Vorgang; None for a message that does not."""
    if name not in shipped_names():
        return None
    return {language: _read(FOLDER / language / f"{name}.txt") for language in LANGUAGES}


def digest(texts: Texts | None) -> str:
    """The same for the same words; empty for none."""
    if texts is None:
        return ""
    words = "\0".join(f"{texts[one].subject}\0{texts[one].body}" for one in LANGUAGES)
    return hashlib.sha256(words.encode()).hexdigest()


def as_written(texts: Texts) -> dict[str, dict[str, str]]:
    """The words as they are kept in a row."""
    return {name: {"subject": one.subject, "body": one.body} for name, one in texts.items()}


def as_read(stored: Mapping[str, Mapping[str, str]]) -> Texts:
    """The words of a row."""
    return {name: Text(one["subject"], one["body"]) for name, one in stored.items()}


def _made(name: str, row: NoticeText | None) -> Notice | None:
    if row is not None and row.texts:
        return Notice(name, as_read(row.texts), row.number, row.title, row.shipped, True)
    came = shipped(name)
    return Notice(name, came, row.number if row is not None else 0) if came is not None else None


def _read(path: Path) -> Text:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    return Text(head.removeprefix("Subject:").strip(), body.strip() + "\n")
