"""What rules may speak of: facts, actions and events, kept as data in rules/vocabulary.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.errors import Invalid, Problem
from engine.rules.facts import BESIDE, SAID_BESIDE
from engine.rules.source import Mapped, read_yaml

FACT_TYPES = frozenset({"string", "text", "number", "boolean", "date", "list", "enum", "any"})
VALUE_TYPES = frozenset({"string", "text", "number", "mapping"})
FIELD_TYPES = frozenset({"string", "number", "list", "any"})
LANGUAGES = ("de", "en")
QUOTES = {"en": ("“", "”"), "de": ("„", "“")}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40}){0,3}\Z")
_OPEN = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")  # what may stand for the star of an open name space


@dataclass(frozen=True)
class Fact:
    """A fact: `kind` from FACT_TYPES, labels with article, `phrases` for a boolean's two values.

    `always`: every ticket has it, so that its values are all that it can be.
    """

    name: str
    kind: str
    label: Mapping[str, str]
    values: tuple[str, ...] = ()
    phrases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    always: bool = False


@dataclass(frozen=True)
class Verb:
    """An action: what value it takes ("mapping": `fields`, those in `required` must be there).

    `event`: only rulesets that hear it may do this, and these do nothing else.
    """

    name: str
    value: str
    label: Mapping[str, str]
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    open: bool = False  # a mapping that takes any field
    event: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """All names; `text` is what it was read from.

    `titles` is what names in open name spaces are called by people, where they are called anything.
    """

    facts: Mapping[str, Fact]
    actions: Mapping[str, Verb]
    events: Mapping[str, Mapping[str, Any]]
    text: str
    titles: Mapping[str, str] = field(default_factory=dict)

    def fact(self, name: str) -> Fact | None:
        """The fact of this name, also of an open name space (`form.*`); None when unknown."""
        known = self.facts.get(name)
        if known is not None:
            return None if name.endswith("*") else known
        space, dot, rest = name.partition(".")
        pattern = self.facts.get(f"{space}.*")
        if pattern is None or not dot or not _OPEN.match(rest):
            return None
        called = self.titles.get(name, rest)
        label = {language: f"{text} {quoted(called, language)}"
                 for language, text in pattern.label.items()}  # fmt: skip
        return Fact(name, pattern.kind, label)

    def told(self, name: str) -> Fact | None:
        """The fact, or what calendars tell beside a date, which examples and traces hold too."""
        fact, dot, what = name.rpartition(".")
        known = self.fact(fact) if dot and what in BESIDE else None
        if known is None or known.kind not in ("date", "any"):
            return self.fact(name)
        label = {language: SAID_BESIDE[what][language].format(fact=text)
                 for language, text in known.label.items()}  # fmt: skip
        return Fact(name, BESIDE[what], label)


def quoted(text: str, language: str) -> str:
    """A text in the quotation marks of a language."""
    opening, closing = QUOTES[language]
    return f"{opening}{text}{closing}"


def load_vocabulary(text: str | bytes) -> Vocabulary:
    """Read rules/vocabulary.yaml; Invalid names every problem with its line."""
    vocabulary, problems = read_vocabulary(text)
    if vocabulary is None:
        raise Invalid("the vocabulary of rules cannot be used", problems)
    return vocabulary


@lru_cache(maxsize=16)
def vocabulary_of(text: str) -> Vocabulary:
    """The same for a text that was good once, read once."""
    return load_vocabulary(text)


def read_vocabulary(text: str | bytes) -> tuple[Vocabulary | None, list[Problem]]:
    """The vocabulary, or None and what is wrong with it; never raises."""
    data, problems = read_yaml(text)
    if problems:
        return None, problems
    if not isinstance(data, Mapped):
        return None, [_problem(None, 1, "a vocabulary is a mapping of facts, actions and events")]
    reader = _Reader()
    facts = dict(reader.section(data, "facts", reader.fact))
    actions = dict(reader.section(data, "actions", reader.verb))
    events = dict(reader.section(data, "events", reader.event))
    if reader.problems:
        return None, reader.problems
    source = text if isinstance(text, str) else text.decode("utf-8")
    return Vocabulary(facts, actions, events, source), []


def _problem(element: str | None, line: int | None, message: str) -> Problem:
    return Problem("vocabulary", "error", element, line, message, "see the comments in the file")


class _Reader:
    """Reads the three sections and gathers what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, element: str, line: int | None, message: str) -> None:
        self.problems.append(_problem(element, line, message))

    def section(self, data: Mapped, key: str, read: Any) -> list[tuple[str, Any]]:
        entries = data.get(key)
        if not isinstance(entries, Mapped):
            self.wrong(key, data.lines.get(key, data.line), f"{key} must be a mapping")
            return []
        found = []
        for name, entry in entries.items():
            line = entries.lines[name]
            if not _NAME.match(name.removesuffix(".*")) or not isinstance(entry, Mapped):
                self.wrong(name, line, f"{name!r} is not a name with a mapping")
            elif not _labelled(entry.get("label")):
                self.wrong(name, line, f"{name!r} needs a label in de and en")
            else:
                found.append((name, read(name, entry, line)))
        return found

    def fact(self, name: str, entry: Mapped, line: int) -> Fact:
        kind = entry.get("type")
        if kind not in FACT_TYPES:
            self.wrong(name, line, f"unknown type {kind!r}")
            kind = "string"
        values = entry.get("values") or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.wrong(name, line, "values must be a list of texts")
            values = []
        phrases = entry.get("phrases") or {}
        if not isinstance(phrases, dict) or not all(map(_labelled, phrases.values())):
            self.wrong(name, line, "phrases must be texts in de and en")
            phrases = {}
        always = entry.get("always", False)
        if not isinstance(always, bool):
            self.wrong(name, line, "always must be true or false")
            always = False
        return Fact(name, kind, entry["label"], tuple(values), phrases, always)

    def verb(self, name: str, entry: Mapped, line: int) -> Verb:
        value = entry.get("value")
        if value not in VALUE_TYPES:
            self.wrong(name, line, f"unknown value type {value!r}")
        fields = entry.get("fields") or {}
        if not isinstance(fields, dict) or not all(
            isinstance(item, dict) and item.get("type") in FIELD_TYPES for item in fields.values()
        ):
            self.wrong(name, line, "fields must map names to a type string, number, list or any")
            fields = {}
        required = entry.get("required") or []
        if not isinstance(required, list) or not all(item in fields for item in required):
            self.wrong(name, line, "required must list fields")
            required = []
        opened = bool(entry.get("open"))
        event = str(entry.get("event") or "")
        return Verb(name, str(value), entry["label"], fields, tuple(required), opened, event)

    def event(self, name: str, entry: Mapped, line: int) -> dict[str, Any]:
        return dict(entry)


def _labelled(label: Any) -> bool:
    return isinstance(label, dict) and all(
        isinstance(label.get(language), str) and label[language] for language in LANGUAGES
    )
