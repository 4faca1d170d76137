"""The desk's own messages with the few values they may name.

Logic-less on purpose: a placeholder is replaced once, its value is never looked at again, so
nothing that a customer wrote can become a template.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from textwrap import shorten
from typing import cast

from sqlalchemy.orm import Session

from engine.notify.texts import LANGUAGES, PLACEHOLDER, Text, notice

LONGEST_SUBJECT = 300  # characters, whatever stands in a title
LONGEST_BODY = 20_000
SMS_TITLE = 50  # characters of a title in an SMS: what is said shall fit into one or two


def render(
    session: Session, template: str, language: str, values: Mapping[str, str]
) -> tuple[str, str]:
    """Subject (one line) and body of a message in a language, English where it has no other.

    Values that are not given are empty. Raises `Invalid` for a message that does not exist.
    """
    texts = notice(session, template).texts
    return filled(texts[language if language in LANGUAGES else "en"], values)


def filled(text: Text, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body of these words; what a value says stays what it is."""

    def value(found: re.Match[str]) -> str:
        return str(values.get(found[1], ""))

    subject = " ".join(PLACEHOLDER.sub(value, text.subject).split())
    body = PLACEHOLDER.sub(value, text.body).strip()
    return subject[:LONGEST_SUBJECT], body[:LONGEST_BODY] + "\n"


def short_text(text: Text, values: Mapping[str, str], hook: str, *, link: bool) -> str:
    """What a message says as an SMS: its subject, the number, and the page for who can log in."""
    title = str(values.get("title", ""))
    brief = shorten(title, SMS_TITLE, placeholder="…")
    if len(brief) < 2:  # one word that is longer
        brief = title if len(title) < SMS_TITLE else f"{title[: SMS_TITLE - 1]}…"
    subject, _ = filled(text, with_title(values, brief))
    lines = [f"{subject} [{hook}{values['number']}]"]
    return "\n".join([*lines, values["link"]] if link else lines)


def with_title(values: Mapping[str, str], title: str) -> Mapping[str, str]:
    """The same values, but for the title."""
    return ChainMap({"title": title}, cast("MutableMapping[str, str]", values))
