"""A release of the rules to be read: what decided then, as sentences and as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.catalogue.published import RulesRelease
from engine.rules import Vocabulary, parse_ruleset
from engine.rules.editing import content, in_order, rules_of
from engine.rules.sentences import Part, default_sentence
from webapp.presenters.rules_difference import told, vocabulary_read

MOST_SHOWN = 500  # rules of one set as sentences


@dataclass(frozen=True)
class ReadRule:
    """One rule in its place; `parts` is empty where this version cannot read it."""

    id: str
    title: str
    idle: bool
    parts: list[Part]


@dataclass(frozen=True)
class ReadRuleset:
    """One ruleset of a release."""

    name: str
    title: str
    rules: list[ReadRule]
    more: int  # that are not shown
    otherwise: list[Part]
    text: str
    examples: str


def rulesets_of(request: Request, release: RulesRelease) -> list[ReadRuleset]:
    """All rulesets of a release, by name."""
    vocabulary = vocabulary_read(release.vocabulary)
    return [
        _ruleset(request, name, text, release.examples.get(name, ""), vocabulary)
        for name, text in sorted(release.documents.items())
    ]


def _ruleset(
    request: Request, name: str, text: str, examples: str, vocabulary: Vocabulary | None
) -> ReadRuleset:
    language = request.reader.language
    parsed = parse_ruleset(name, text, vocabulary)[0] if vocabulary else None
    listed = in_order(rules_of(text))
    return ReadRuleset(
        name,
        _title(request, content(text), name),
        [
            ReadRule(
                str(rule.get("id", "")),
                _title(request, rule, str(rule.get("id", ""))),
                rule.get("active") is False,
                told(rule, vocabulary, language),
            )
            for rule in listed[:MOST_SHOWN]
        ],
        max(0, len(listed) - MOST_SHOWN),
        default_sentence(parsed.default, vocabulary, language) if parsed and vocabulary else [],
        text,
        examples,
    )


def _title(request: Request, data: Mapping[str, Any], otherwise: str) -> str:
    title = data.get("title")
    return request.reader.pick(title if isinstance(title, Mapping) else {}) or otherwise
