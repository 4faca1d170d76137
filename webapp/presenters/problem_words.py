"""What the checks find and what stops a ticket, in the reader's language.

The checks say their findings in English, made of a sentence and what is filled into it: names,
numbers, other sentences. They also lie in the database like that. Here a sentence is recognised by
what is not filled in, as `problems.po` has it, and said again with the same fillings. What nobody
knows stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from babel.messages.pofile import read_po

from engine.errors import Problem
from webapp.i18n import LANGUAGES, LOCALE_DIR, Reader
from webapp.presenters.told_words import TOLD

CATALOGUE = "problems.po"
FILLED = re.compile(r"%\((\w+)\)s")
LONGEST = 5_000  # characters of a text that is looked at
SHORTEST = 3
SUREST = 8  # characters before the first filling of what is looked for in all catalogues
DEEPEST = 6  # sentences within sentences
MOST_LOOKS = 40  # parts of a text for which all sentences are tried
BEFORE = 300  # characters of what may stand before a sentence: a file, a process, a line
WHERE = re.compile(r"[\w./-]{1,120}: ")  # a file or a process that a finding is about
JOINTS = (": ", "; ")
ARROW = " → "  # between the ends of a way that has no name
NO_TITLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Sentence:
    """A sentence by its fixed parts; before, between and behind the `names` of what is filled in.

    A name that stands in quotation marks is one of the reader's own and stays as it is.
    """

    first: str
    middle: tuple[str, ...]
    last: str
    names: tuple[str, ...]
    own: frozenset[str]
    words: str

    @property
    def size(self) -> int:
        """How much of it is fixed: the more, the surer it is meant."""
        return len(self.first) + len(self.last) + sum(map(len, self.middle))

    def read(self, text: str) -> list[str] | None:
        """What is filled in, if the text is this sentence."""
        at, end = len(self.first), len(text) - len(self.last)
        if at > end or not text.startswith(self.first) or not text.endswith(self.last):
            return None
        found = []
        for part in self.middle:
            place = text.find(part, at, end)
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(part)
        return [*found, text[at:end]]


@dataclass(frozen=True)
class Sentences:
    """All sentences that have words in a language: those that are whole, and the surest first."""

    whole: Mapping[str, str]
    filled: tuple[Sentence, ...]


class Reading:
    """One text on its way into a language. However hostile, it is looked at a few times only."""

    def __init__(self, sentences: Sentences, titles: Mapping[str, str] = NO_TITLES) -> None:
        self.sentences, self.titles, self.left = sentences, titles, MOST_LOOKS

    def recognised(self, text: str, depth: int = 0) -> str | None:
        """The text in the other language; None where no part of it is known."""
        if (words := self.sentences.whole.get(text)) is not None:
            return words
        direct = self._match(text, depth)
        if direct is not None and direct[0].first:
            return self._filled(*direct, depth)
        # what begins with anything may as well be a name before a sentence that says more
        where = WHERE.match(text)
        own = direct is not None and where is not None and where[0] == f"{direct[1][0]}: "
        if where and not own and (rest := self.recognised(text[where.end() :], depth + 1)):
            return where[0] + rest
        joined = self._joined(text, depth, direct[0].size if direct else 0)
        return joined if joined or direct is None else self._filled(*direct, depth)

    def _match(self, text: str, depth: int) -> tuple[Sentence, list[str]] | None:
        """The surest sentence that the text is, with what is filled in."""
        if self.left <= 0 or depth > DEEPEST or len(text) < SHORTEST:
            return None
        self.left -= 1
        for sentence in self.sentences.filled:
            found = sentence.read(text)
            if found is not None:
                return sentence, found
        return None

    def _filled(self, sentence: Sentence, found: list[str], depth: int) -> str:
        values = dict(zip(sentence.names, found, strict=True))
        for name, value in values.items():
            if name in sentence.own:
                values[name] = ARROW.join(self.titles.get(p, p) for p in value.split(ARROW))
            else:
                said = self.recognised(value, depth + 1)
                values[name] = self._steps(value, depth) if said is None else said
        return FILLED.sub(lambda match: values[match[1]], sentence.words)

    def _steps(self, value: str, depth: int) -> str:
        """Ids of steps by what these are called; anything else as it is."""
        titles = [self.titles.get(part) for part in value.split(", ")[:MOST_LOOKS]]
        if not titles or None in titles or value.count(", ") >= MOST_LOOKS:
            return value
        return ", ".join(self.recognised(f"'{title}'", depth + 1) or str(title) for title in titles)

    def _joined(self, text: str, depth: int, beaten: int) -> str | None:
        """A sentence behind the name of a file or a process, or two that belong together."""
        best: tuple[str, str, str] | None = None
        for joint in JOINTS:
            at = text.find(joint)
            while 0 < at <= BEFORE and self.left > 0:
                rest = text[at + len(joint) :]
                found = self._match(rest, depth + 1)
                size = len(rest) if rest in self.sentences.whole else found[0].size if found else 0
                if size > beaten:
                    best, beaten = (text[:at], joint, rest), size
                at = text.find(joint, at + 1)
        if best is None:
            return None
        head, joint, rest = best
        before, after = (self.recognised(part, depth + 1) or part for part in (head, rest))
        return f"{before}{joint}{after}"


def finding_said(text: str, language: str, titles: Mapping[str, str] = NO_TITLES) -> str:
    """A message or its mend in the reader's language; as it is where that is not known.

    `titles` says what elements are called in that language, by their names as drawn and their ids.
    """
    if len(text) > LONGEST:
        return text
    if titles:
        return Reading(_sentences(language), titles).recognised(text) or text
    return text if language == "en" else _said(str(text), language)


def refusal_said(text: str, language: str) -> str:
    """What the desk wrote down when it could not do something, in the reader's language.

    Refusals have their words with the pages that show them, in whichever catalogue.
    """
    if language == "en" or len(text) > LONGEST:
        return text
    return _refused(text, language)


def problem_said(
    problem: Problem, language: str, titles: Mapping[str, str] = NO_TITLES
) -> dict[str, Any]:
    """A finding as its reader reads it, in the form in which scripts take it."""
    # what is about no element may name fields of forms, which are called what they are called
    message = finding_said(problem.message, language, titles if problem.element else NO_TITLES)
    return {**problem.as_dict(), "message": message, "mend": finding_said(problem.mend, language)}


@lru_cache(maxsize=1024)
def _said(text: str, language: str) -> str:
    return Reading(_sentences(language)).recognised(text) or text


@lru_cache(maxsize=1024)
def _refused(text: str, language: str) -> str:
    return Reading(_sentences(language, "*.po")).recognised(text) or text


@cache
def _sentences(language: str, catalogues: str = CATALOGUE) -> Sentences:
    pairs = dict(_pairs(language, catalogues))
    if catalogues != CATALOGUE:  # among all that pages say, what could be anything is nothing
        pairs = {one: said for one, said in pairs.items()
                 if len(FILLED.split(one)[0]) >= SUREST or not FILLED.search(one)}  # fmt: skip
    whole = {english: words for english, words in pairs.items() if not FILLED.search(english)}
    found = [_sentence(*pair) for pair in pairs.items() if pair[0] not in whole]
    found.sort(key=lambda one: -one.size)
    return Sentences(whole, tuple(found))


def _pairs(language: str, catalogues: str) -> Iterator[tuple[str, str]]:
    folder = LOCALE_DIR / ("de" if language == "en" else language)
    if language not in LANGUAGES:
        return
    for path in sorted(folder.glob(catalogues)):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and isinstance(message.id, str):
                    yield message.id, str(message.id if language == "en" else message.string)
    for english, words in TOLD.items():  # what goes another way in a play has its words there
        yield english, Reader(language).gettext(words)


def _sentence(english: str, words: str) -> Sentence:
    fixed, names = FILLED.split(english)[::2], FILLED.split(english)[1::2]
    own = (name for name, before, after in zip(names, fixed, fixed[1:], strict=False)
           if before[-1:] in ("'", '"') and after[:1] == before[-1:])  # fmt: skip
    return Sentence(fixed[0], tuple(fixed[1:-1]), fixed[-1], tuple(names), frozenset(own), words)
