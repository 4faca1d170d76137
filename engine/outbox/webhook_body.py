"""What a webhook says: JSON made of a template and facts, which whatever is in them stays JSON.

A template is JSON itself. Placeholders stand in its texts: one alone becomes the fact with its
type, one among other words becomes text. Nothing is ever put into the JSON as it is written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.errors import Invalid

LONGEST_TEMPLATE = 20_000
MOST_PIECES = 500  # values of a template
DEEPEST = 12
PLACE = re.compile(r"\{\{ *([A-Za-z0-9_.-]{1,120}) *\}\}")
BASE = ("delivery", "event", "rule", "time", "ticket.url")
STANDARD: Mapping[str, Any] = {
    "delivery": "{{delivery}}",
    "event": "{{event}}",
    "rule": "{{rule}}",
    "time": "{{time}}",
    "ticket": {
        name: f"{{{{ticket.{name}}}}}"
        for name in (
            "number", "title", "url", "queue", "type", "priority", "state", "service", "sla",
            "owner", "channel", "tags", "language", "created",
        )
    },
}  # fmt: skip


def read_template(text: str) -> Any:
    """The template as data; an empty one is the standard. Raises `Invalid`."""
    if not text.strip():
        return STANDARD
    if len(text) > LONGEST_TEMPLATE:
        raise Invalid("The body is too long.", fields={"template": "maxLength"})
    try:
        data = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Invalid("The body is no JSON.", fields={"template": "json"}) from None
    if sum(1 for _ in _texts(data, 0)) > MOST_PIECES:
        raise Invalid("The body is too long.", fields={"template": "maxLength"})
    return data


def unknown_places(data: Any, known: Collection[str]) -> list[str]:
    """The placeholders of a template that nothing fills in."""
    named = {name for text in _texts(data, 0) for name in PLACE.findall(text)}
    return sorted(named - set(known) - set(BASE))


def filled(data: Any, facts: Mapping[str, Any]) -> str:
    """The body; what a template names and no fact says is an empty text."""
    return json.dumps(_filled(data, facts), allow_nan=False)


def _filled(data: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(data, Mapping):
        return {key: _filled(value, facts) for key, value in data.items()}
    if isinstance(data, list):
        return [_filled(value, facts) for value in data]
    if not isinstance(data, str):
        return data
    alone = PLACE.fullmatch(data)
    if alone:
        return _plain(facts.get(alone[1], ""))
    return PLACE.sub(lambda place: _text(facts.get(place[1], "")), data)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a character is none
    number = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    return value if value is None or number else str(value)


def _text(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, list):
        return ", ".join(map(_text, plain))
    return plain if isinstance(plain, str) else json.dumps(plain)


def _texts(data: Any, depth: int) -> Iterator[str]:
    """Every value of a template that may hold placeholders, and one for every other."""
    if depth > DEEPEST:
        raise Invalid("The body is nested too deep.", fields={"template": "json"})
    if isinstance(data, Mapping):
        for value in data.values():
            yield from _texts(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value, depth + 1)
    else:
        yield data if isinstance(data, str) else ""


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
