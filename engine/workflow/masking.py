"""Answers without what people wrote: choices, numbers, days and yes or no stay, texts do not.

What a process decides by is nearly always a choice. So a course can be played again from answers
that say nothing about anybody.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from engine.workflow.definition import Definition, Form

TEXT = "Example text"
ADDRESS = "somebody@example.org"
MOST = 50  # members of a list, fields of a mapping
DEEPEST = 4
_LITERAL = re.compile(r"""["']([^"'<>]{1,80})["']""")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?)?", re.ASCII)
_CLOCK = re.compile(r"([+-])?\d{2}:\d{2}", re.ASCII)


def literals_of(definition: Definition) -> frozenset[str]:
    """The texts that stand in a diagram itself: who answers one of them says nothing new."""
    return _literals(definition.bpmn)


@lru_cache(maxsize=128)
def _literals(bpmn: bytes) -> frozenset[str]:
    return frozenset(_LITERAL.findall(html.unescape(bpmn.decode("utf-8", "replace"))))


def masked_answers(
    form: Form, answers: Mapping[str, Any], literals: Collection[str] = ()
) -> dict[str, Any]:
    """The answers to a form, each text that is no choice replaced."""
    asked = form.schema.get("properties")
    looks = form.ui.get("fields")
    found = {}
    for name, value in answers.items():
        schema = asked.get(name) if isinstance(asked, Mapping) else None
        hints = looks.get(name) if isinstance(looks, Mapping) else None
        schema = schema if isinstance(schema, Mapping) else {}
        chosen = isinstance(hints, Mapping) and hints.get("widget") == "queue"
        found[str(name)] = value if chosen else masked(value, schema, literals)
    return found


def masked(
    value: Any, schema: Mapping[str, Any], literals: Collection[str] = (), depth: int = 0
) -> Any:
    """A value as it may be kept."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEEPEST:
        return None
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MOST]
        return {str(k)[:80]: masked(v, {}, literals, depth + 1) for k, v in pairs}
    if isinstance(value, list | tuple):
        items = schema.get("items")
        inner = items if isinstance(items, Mapping) else {}
        return [masked(one, inner, literals, depth + 1) for one in value[:MOST]]
    text = str(value)
    allowed = schema.get("enum")
    if (isinstance(allowed, list) and value in allowed) or text in literals:
        return text
    if _DAY.fullmatch(text) or _CLOCK.fullmatch(text):
        return text
    return ADDRESS if schema.get("format") == "email" else _placeholder(schema)


def _placeholder(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minLength"), schema.get("maxLength")
    text = TEXT
    if isinstance(least, int) and least > len(text):
        text = text.ljust(min(least, 2_000), ".")
    return text[:most] if isinstance(most, int) and most > 0 else text
