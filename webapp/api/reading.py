"""JSON as it comes from outside: strict, and without characters that no database takes."""

from __future__ import annotations

import json
from typing import Any


def read_json(value: bytes, **parameters: str) -> Any:
    """The value of a JSON text in UTF-8; raises `ValueError` for anything else."""
    try:
        found = json.loads(value.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\u" in value and not _storable(found):
        raise ValueError("a character that cannot be stored")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _storable(value: Any) -> bool:
    """Whether no text in it holds NUL or half of a surrogate pair."""
    if isinstance(value, str):
        return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return all(_storable(key) and _storable(item) for key, item in value.items())
    return all(map(_storable, value)) if isinstance(value, list) else True
