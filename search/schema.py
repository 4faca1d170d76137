"""The shape of the index; a change here raises VERSION, and every index elsewhere is rebuilt."""

from __future__ import annotations

from typing import Any

import whoosh
from whoosh.analysis import RegexTokenizer
from whoosh.fields import ID, STORED, TEXT, Schema

from search import words
from search.document import Document

VERSION = 1
CHANNELS = (*words.LANGUAGES, words.OTHER)
TITLE_WEIGHT = 2.0
LONGEST_BODY = 200_000  # characters


def stamp() -> str:
    """What an index must say about itself to be read by this code."""
    return f"{VERSION} whoosh {'.'.join(map(str, whoosh.__version__))}"


def schema() -> Schema:
    """All fields. They take ready terms between blanks, so that none of our code is pickled."""
    fields: dict[str, Any] = {
        "id": ID(unique=True),
        "key": ID(stored=True),
        "language": ID(stored=True),
        "channel": ID(),
        "audience": ID(),
        "words": _terms(),
        "title_grams": _terms(TITLE_WEIGHT),
        "body_grams": _terms(),
        "title": STORED(),
        "body": STORED(),
        "extra": STORED(),
    }
    for name in CHANNELS:
        fields[f"title_{name}"] = _terms(TITLE_WEIGHT)
        fields[f"body_{name}"] = _terms()
    return Schema(**fields)


def _terms(weight: float = 1.0) -> TEXT:
    tokens = RegexTokenizer(r"\S+")
    return TEXT(analyzer=tokens, phrase=False, field_boost=weight)


def identity(key: str, language: str) -> str:
    """The name of one text; the separator cannot come from a language code."""
    return f"{language}\x1f{key}"


def fields_of(document: Document) -> dict[str, Any]:
    """The document as field values for the writer."""
    title = words.normalise(document.title)
    body = words.normalise(document.body)[:LONGEST_BODY]
    extra = words.normalise(" ".join((*document.keywords, document.category)))
    head = [*words.words(title), *words.words(extra)]
    text = list(words.words(body))
    name = words.channel(document.language)
    return {
        "id": identity(document.key, document.language),
        "key": document.key,
        "language": document.language,
        "channel": name,
        "audience": document.audience,
        "words": " ".join(dict.fromkeys(word.text for word in (*head, *text))),
        "title_grams": _grams(head),
        "body_grams": _grams(text),
        "title": title,
        "body": body,
        "extra": extra,
        f"title_{name}": " ".join(words.stems(head, name)),
        f"body_{name}": " ".join(words.stems(text, name)),
    }


def _grams(found: list[words.Word]) -> str:
    return " ".join(gram for word in found for gram in words.grams(word.text))
