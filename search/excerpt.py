"""The piece of a text that answers: chosen, shortened, escaped, the words found marked."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from search import words
from search.query import Question

WIDTH = 220  # characters
LEAD = 50  # characters before the first word found


def resembles(word: str, question: Question) -> bool:
    """True when a word shares enough runs of letters with one of the question's words.

    Half of the runs, at least two: "Druker" finds "Drucker", "mail" does not find "maintain". A
    word without a meaning is like none: "bricht" does not find "nicht".
    """
    if any(word in words.stop_words(name) for name in question.stems):
        return False
    runs = set(words.grams(word))
    return any(
        len(runs.intersection(grams)) >= max(min(2, len(grams)), (len(grams) + 1) // 2)
        for grams in question.grams.values()
    )


def answers(word: str, question: Question) -> bool:
    """True when a folded word is what was asked for: by stem, by beginning or by likeness."""
    if question.start and word.startswith(question.start):
        return True
    for name, stems in question.stems.items():
        if word not in words.stop_words(name) and words.stem(word, name) in stems:
            return True
    return resembles(word, question)


def excerpt(text: str, question: Question) -> str:
    """HTML of at most about WIDTH characters around the densest place; only `<mark>` in it."""
    seen: dict[str, bool] = {}
    spans = []
    for word in words.words(text):
        if word.text not in seen:
            seen[word.text] = answers(word.text, question)
        if seen[word.text]:
            spans.append((word.start, word.end))
    start, end = _window(text, spans)
    return _marked(text, start, end, [(s, e) for s, e in spans if s >= start and e <= end])


def _window(text: str, spans: list[tuple[int, int]]) -> tuple[int, int]:
    best, most, last = 0, 0, 0
    for first, (begin, _) in enumerate(spans):
        while last < len(spans) and spans[last][1] <= begin - LEAD + WIDTH:
            last += 1
        if last - first > most:
            best, most = begin, last - first
    start = max(0, best - LEAD)
    if start:  # never begin or end in the middle of a word
        start = text.find(" ", start, best) + 1 or best
    end = min(len(text), start + WIDTH)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start) or end
        end = end if end > start else min(len(text), start + WIDTH)
    return start, end


def _marked(text: str, start: int, end: int, spans: Iterable[tuple[int, int]]) -> str:
    pieces = ["… " if start else ""]
    at = start
    for begin, stop in sorted(spans):
        if stop <= at:
            continue
        begin = max(begin, at)
        pieces += [escape(text[at:begin]), "<mark>", escape(text[begin:stop]), "</mark>"]
        at = stop
    pieces += [escape(text[at:end]), " …" if end < len(text) else ""]
    return "".join(pieces)
