"""Somebody else changed the same rule meanwhile: what it says now, beside what was typed here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.rules import Vocabulary
from engine.rules.difference import parts_between
from engine.rules.sentences import Part, default_sentence
from webapp.i18n import N_
from webapp.presenters.rules_difference import PARTS, rule_of, told

GONE = "gone"  # the mark of a rule that is not there
IN_SENTENCE = frozenset({"when", "then", "stop", "default"})
Said = Mapping[str, Any]


@dataclass(frozen=True)
class Clash:
    """`by` is empty where other rules came in force; `rows` are label, theirs, mine."""

    by: str
    gone: bool
    theirs: list[Part]
    mine: list[Part]
    rows: list[tuple[str, str, str]]


def mark_of(data: Said) -> str:
    """By which a form knows what it was made of; another place among the rules is no change."""
    said = {key: value for key, value in data.items() if key not in ("order", "rules", "tests")}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16] if said else GONE


def clash(request: Request, by: str, theirs: Said, mine: Said, vocabulary: Vocabulary) -> Clash:
    """What stands there now and what was typed, as sentences and for all that these do not say."""
    language = request.reader.language
    parts = [part for part in parts_between(theirs, mine) if part not in IN_SENTENCE]
    rows = [
        (
            request.translate(PARTS[part]),
            _shown(request, theirs.get(part)),
            _shown(request, mine.get(part)),
        )
        for part in parts
        if part in PARTS and theirs
    ]
    said, typed = (_sentence(one, vocabulary, language) for one in (theirs, mine))
    return Clash(by, not theirs, said, typed, rows)


def _sentence(data: Said, vocabulary: Vocabulary, language: str) -> list[Part]:
    titled = {"id": "x", **data, "title": {"de": "x", "en": "x"}}
    if "default" not in data:
        return told(titled, vocabulary, language) if "then" in data else []
    rule = rule_of({"id": "x", "title": titled["title"], "then": data["default"]}, vocabulary)
    return default_sentence(rule.then, vocabulary, language) if rule else []


def _shown(request: Request, value: Any) -> str:
    _ = request.translate
    if isinstance(value, bool):
        return str(_(N_("yes")) if value else _(N_("no")))
    if isinstance(value, Mapping):
        return " / ".join(dict.fromkeys(str(one) for one in value.values()))
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value or _(N_("nothing")))
