"""The words around several notifications that go as one message, and the few between them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.notify.render import filled
from engine.notify.texts import LANGUAGES, Text

FOLDER = Path(__file__).parent / "frames"
WORDS: Mapping[str, tuple[str, str]] = {
    "for": ("for {name}", "für {name}"),
    "substitute": (
        "You are told because {name} is away and you stand in.",
        "Sie erhalten das, weil {name} abwesend ist und Sie die Vertretung haben.",
    ),
    "late": ("This was due on {when}.", "Das war am {when} fällig."),
    "unsubscribe": (
        "No more e-mails about this kind of thing (no login needed):",
        "Keine E-Mails dieser Art mehr (ohne Anmeldung):",
    ),
    "more": ("and {n} more", "und {n} weitere"),
    "more_tickets": ("{n} more tickets:", "{n} weitere Tickets:"),
}


def framed(name: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body of a frame in a language, English where it has no other."""
    return filled(_frame(name, language if language in LANGUAGES else "en"), values)


def word(language: str, words: str, **values: str) -> str:
    """A few words in a language."""
    return WORDS[words][language == "de"].format(**values)


@cache
def _frame(name: str, language: str) -> Text:
    head, _, body = (FOLDER / language / f"{name}.txt").read_text("utf-8").partition("\n\n")
    return Text(head.removeprefix("Subject:").strip(), body.strip() + "\n")
