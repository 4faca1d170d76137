"""What differs between two releases of the rules, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyramid.request import Request

from engine.rules import Vocabulary, parse_ruleset, vocabulary_of
from engine.rules.difference import HEAD, ExampleChange, RuleChange
from engine.rules.editing import text_of
from engine.rules.layout import written
from engine.rules.pieces import events_needed
from engine.rules.ruleset import Rule
from engine.rules.sentences import Part, sentence
from engine.rules.vocabulary import read_vocabulary
from webapp.i18n import N_

KINDS = {
    "added": N_("added"), "removed": N_("removed"), "changed": N_("changed"), "moved": N_("moved"),
}  # fmt: skip
PARTS = {
    "title": N_("Title"), "order": N_("Place"), "when": N_("Conditions"), "then": N_("Actions"),
    "stop": N_("Stops"), "active": N_("In use"), "valid_from": N_("Valid from"),
    "valid_until": N_("Valid until"), "events": N_("Events"), "changed": N_("Only when changed"),
    "note": N_("Note"), "default": N_("When nothing fits"), "tests": N_("Examples"),
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """One rule and what became of it; before and after as sentences where it can be said so."""

    ruleset: str
    rule: str
    kind: str
    kind_word: str
    title: str
    parts: list[str] = field(default_factory=list)
    before: list[Part] = field(default_factory=list)
    after: list[Part] = field(default_factory=list)


def shown(
    request: Request,
    changes: Iterable[RuleChange],
    before: Vocabulary | None,
    after: Vocabulary | None,
) -> list[Shown]:
    """The changes of a release, in the reader's language."""
    return [_shown(request, change, before, after) for change in changes]


def _shown(
    request: Request, change: RuleChange, before: Vocabulary | None, after: Vocabulary | None
) -> Shown:
    said = change.after or change.before or {}
    title = said.get("title")
    known = {} if not isinstance(title, Mapping) else title
    rule = change.rule != HEAD
    language = request.reader.language
    return Shown(
        change.ruleset,
        change.rule,
        change.kind,
        request.translate(KINDS[change.kind]),
        request.reader.pick(known) or change.rule or change.ruleset,
        [request.translate(PARTS[part]) if part in PARTS else part for part in change.parts],
        told(change.before, before, language) if rule and change.kind != "moved" else [],
        told(change.after, after, language) if rule else [],
    )


def told(
    data: Mapping[str, Any] | None, vocabulary: Vocabulary | None, language: str
) -> list[Part]:
    """One rule as a sentence; empty where it cannot be read."""
    if vocabulary is None or not data:
        return []
    rule = rule_of(data, vocabulary)
    return sentence(rule, vocabulary, language) if rule else []


@lru_cache(maxsize=4)
def vocabulary_read(text: str) -> Vocabulary | None:
    """The vocabulary of a release; None where this version of the desk cannot read it any more."""
    return read_vocabulary(text)[0]


@dataclass(frozen=True)
class ShownExample:
    """One example and what became of it, as it is written."""

    ruleset: str
    name: str
    kind: str
    kind_word: str
    before: str
    after: str


def examples_shown(request: Request, changes: Iterable[ExampleChange]) -> list[ShownExample]:
    """The examples that differ, as they are written; what became of them in the reader's words."""
    return [
        ShownExample(
            one.ruleset, one.name, one.kind, request.translate(KINDS[one.kind]),
            _written(one.before), _written(one.after),
        )
        for one in changes
    ]  # fmt: skip


def _written(example: Mapping[str, Any] | None) -> str:
    """What an example says, without its name."""
    return "\n".join(written({k: v for k, v in (example or {}).items() if k != "name"}))


def rule_of(data: Mapping[str, Any], vocabulary: Vocabulary) -> Rule | None:
    """A rule of its own, read from plain data; None where it is not one (yet)."""
    events = data.get("events") if isinstance(data.get("events"), list) else []
    events = events or events_needed(data.get("then"), vocabulary)
    head = {"ruleset": "x", "title": {"de": "x", "en": "x"}, "events": events}
    return _read(text_of({**head, "rules": [dict(data)]}), vocabulary.text)


@lru_cache(maxsize=2048)
def _read(text: str, vocabulary: str) -> Rule | None:
    ruleset, _ = parse_ruleset(None, text, vocabulary_of(vocabulary))
    return ruleset.rules[0] if ruleset and ruleset.rules else None
