"""What people type, as a bounded query: words only, so no sign has a meaning and none can hurt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from whoosh.query import And, DisjunctionMax, Or, Query, Term
from whoosh.reading import IndexReader

from search import words
from search.schema import CHANNELS

LONGEST_QUESTION = 1_000  # characters; the rest is not looked at
MOST_WORDS = 24
MOST_ENDINGS = 100  # words that a half-typed one may become
SHORTEST_START = 2
PREFIX_WEIGHT = 0.5


@dataclass(frozen=True)
class Question:
    """A question as terms: `stems` by channel, `grams` of each word, `start` a half-typed word."""

    stems: dict[str, tuple[str, ...]]
    grams: dict[str, tuple[str, ...]]
    start: str

    def __bool__(self) -> bool:
        return bool(self.start or self.grams or any(self.stems.values()))


def read(text: str, language: str | None) -> Question:
    """The first words of a text, without those that carry no meaning, for one or all languages."""
    clean = words.normalise(text[:LONGEST_QUESTION])
    every = list(words.words(clean))
    found = list({word.text: word for word in every}.values())[:MOST_WORDS]
    channels = CHANNELS if language is None else (words.channel(language),)
    stems = {name: tuple(dict.fromkeys(words.stems(found, name))) for name in channels}
    idle = frozenset().union(*(words.stop_words(name) for name in channels))
    grams = {w.text: words.grams(w.text) for w in found if w.text not in idle}
    start = _start(clean, every)
    if start in idle and any(stems.values()):
        start = ""  # "ab" at the end of a question is that word; "ab" alone may become another
    return Question(stems, {word: g for word, g in grams.items() if g}, start)


def _start(clean: str, found: list[words.Word]) -> str:
    """The last word while it is being typed: nothing stands behind it yet."""
    if not found or found[-1].end != len(clean):
        return ""
    last = found[-1].text
    return last if len(last) >= SHORTEST_START else ""


def by_words(question: Question, reader: IndexReader) -> Query:
    """Any of the stems, in the title or the text, or a word that begins like the last one."""
    terms: list[Query] = [
        Term(f"{part}_{name}", stem)
        for name, stems in question.stems.items()
        for stem in stems
        for part in ("title", "body")
    ]
    if question.start:
        endings = islice(reader.expand_prefix("words", question.start), MOST_ENDINGS)
        begun = [Term("words", _text(ending)) for ending in endings]
        if begun:
            terms.append(DisjunctionMax(begun, boost=PREFIX_WEIGHT))
    return Or(terms)


def by_grams(question: Question) -> Query:
    """Any run of three letters: finds parts of compounds, other endings and slips of the pen."""
    runs = dict.fromkeys(gram for grams in question.grams.values() for gram in grams)
    return Or([Term(f"{part}_grams", run) for run in runs for part in ("title", "body")])


def readable(audiences: Collection[str], language: str | None) -> Query:
    """What the asker may see at all; it is applied before anything is ranked or counted."""
    allowed: Query = Or([Term("audience", audience) for audience in sorted(set(audiences))])
    if language is None:
        return allowed
    return And([allowed, Term("channel", words.channel(language))])


def _text(term: str | bytes) -> str:
    return term.decode("utf-8", "replace") if isinstance(term, bytes) else term
