"""How a text becomes terms: one way for documents and questions, so that both always meet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from whoosh.lang import stemmer_for_language, stopwords_for_language

LANGUAGES = ("de", "en")
OTHER = "any"  # texts in any further language: folded, not stemmed
GRAM = 3
LONGEST = 64  # characters of a word; what is longer is no word (keys, encoded data)

# Invisible characters would split a word in two that reads as one.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\x00]")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
# "ue" after a, e or q is no umlaut: Bauer, neue, Quelle.
_DIGRAPH = re.compile(r"ae|oe|(?<![aeq])ue")


@dataclass(frozen=True)
class Word:
    """A word of a text: `text` folded, `start` and `end` its place in the normalised text."""

    text: str
    start: int
    end: int


def normalise(text: str) -> str:
    """The text in composed form without invisible characters; places in it stay countable."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", whole))


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """The word without case, accents and umlauts; ß becomes ss (Straße and STRASSE are one)."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))[:LONGEST]


def words(text: str) -> Iterator[Word]:
    """The words of a normalised text; "E-Mail" also gives its parts and "email" as a whole."""
    for match in _WORD.finditer(text):
        parts = list(_PART.finditer(match.group()))
        for part in parts:
            folded = fold(part.group())
            if len(folded) > 1 or folded.isdigit():
                yield Word(folded, match.start() + part.start(), match.start() + part.end())
        if len(parts) > 1:
            whole = fold("".join(part.group() for part in parts))
            yield Word(whole, match.start(), match.end())


def channel(language: str) -> str:
    """The analysis for a language: itself where we can stem it, else the common one."""
    short = language.lower().replace("_", "-").split("-")[0]
    return short if short in LANGUAGES else OTHER


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; "Mueller" and "Müller" meet in German."""
    if language == OTHER:
        return word
    if language == "de":
        word = _DIGRAPH.sub(lambda pair: pair.group()[0], word)
    return str(stemmer_for_language(language)(word)) or word


@lru_cache(maxsize=8)
def stop_words(language: str) -> frozenset[str]:
    """Folded words of a language that carry no meaning in a question."""
    if language == OTHER:
        return frozenset()
    return frozenset(fold(word) for word in stopwords_for_language(language))


def stems(found: list[Word], language: str) -> list[str]:
    """Stems of all words that carry meaning, in their order, repeats kept (they count)."""
    stops = stop_words(language)
    return [stem(word.text, language) for word in found if word.text not in stops]


@lru_cache(maxsize=50_000)
def grams(word: str) -> tuple[str, ...]:
    """All runs of three letters of a folded word, umlauts as digraphs folded too."""
    word = _DIGRAPH.sub(lambda pair: pair.group()[0], word)
    return tuple(word[at : at + GRAM] for at in range(len(word) - GRAM + 1))
