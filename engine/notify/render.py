"""The desk's own texts with the few values they may name.

Logic-less on purpose: a placeholder is replaced once, its value is never looked at again, so
nothing that a customer wrote can become a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.errors import Invalid

LANGUAGES = ("de", "en")
VARIABLES = (
    "number",  # of the ticket
    "title",
    "name",  # of the person who reads it
    "queue",
    "state",
    "link",
    "desk",  # what the desk calls itself
    "step",
    "due",
    "text",
    "address",
)
FOLDER = Path(__file__).parent / "templates"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


def render(template: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject (one line) and body of a template in a language, English where it has no other.

    Values that are not given are empty. Raises `Invalid` for a template that does not exist.
    """
    text = _source(template, language if language in LANGUAGES else "en")
    head, _, body = text.partition("\n\n")
    subject = _filled(head.removeprefix("Subject:").strip(), values)
    return " ".join(subject.split()), _filled(body, values).strip() + "\n"


def templates() -> list[str]:
    """The names of all templates, for rules and diagrams to be checked against."""
    return sorted(path.stem for path in (FOLDER / "en").glob("*.txt"))


def placeholders(template: str, language: str) -> set[str]:
    """What a template names."""
    return set(_PLACEHOLDER.findall(_source(template, language)))


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return str(values.get(found[1], "")) if found[1] in VARIABLES else found[0]

    return _PLACEHOLDER.sub(value, text)


@cache
def _source(template: str, language: str) -> str:
    path = FOLDER / language / f"{template}.txt"
    if not _NAME.fullmatch(template) or not path.is_file():
        raise Invalid(f"There is no notice called {template!r}.")
    return path.read_text(encoding="utf-8")
