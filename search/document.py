"""What goes into the index and what comes out: plain values that know no Whoosh, no database."""

from __future__ import annotations

from dataclasses import dataclass

AUDIENCES = ("public", "external", "internal")


@dataclass(frozen=True)
class Document:
    """One text in one language; `key` and `language` together name it in the index.

    `title` and `body` are plain text (no markup). `audience` is one of `AUDIENCES`; who may read
    what is decided by the caller, who names the audiences at each question.
    """

    key: str
    language: str
    audience: str
    title: str
    body: str
    keywords: tuple[str, ...] = ()
    category: str = ""

    def __post_init__(self) -> None:
        if not self.key or not self.language:
            raise ValueError("a document needs a key and a language")
        if self.audience not in AUDIENCES:
            raise ValueError(f"unknown audience {self.audience!r}")


@dataclass(frozen=True)
class Hit:
    """One answer: `title` as plain text, `excerpt` as safe HTML whose only element is `<mark>`.

    `score` is between 0 and 2 and comparable only within one list of hits.
    """

    key: str
    language: str
    title: str
    excerpt: str
    score: float
