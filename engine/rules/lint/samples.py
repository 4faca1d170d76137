"""A text that a pattern finds: so that a ticket can be shown which a rule with it fires on."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from re import _constants as names  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST = 300
_LITERAL = re.compile(r"[A-Za-z0-9äöüÄÖÜ _@:/,-]+\Z")
_NOT_BARE = re.compile(r"[\^$]|\\[bBAzZ]|\(\?")
_CLASSES = {  # of all others a letter is one
    "category_digit": "1",
    "category_space": " ",
    "category_not_word": "-",
}


def is_literal(pattern: str) -> bool:
    """Whether the pattern is nothing but the text that it finds."""
    return _LITERAL.match(pattern) is not None


def bare(pattern: str) -> bool:
    """Whether what is around the place found does not matter."""
    return _NOT_BARE.search(pattern) is None


@lru_cache(maxsize=1024)
def sample(pattern: str) -> str:
    """A text that the pattern may well find; it still has to be tried."""
    if is_literal(pattern):
        return pattern
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what reads oddly to Python is fine where it counts
            return _said(parser.parse(pattern))[:LONGEST]
    except (re.error, RecursionError, OverflowError, ValueError, MemoryError):
        return re.sub(r"\\[bBAzZdDwWsS]|[\^$()*+?{}\[\]|\\]", "", pattern)


def _said(parsed: Any) -> str:
    found = ""
    for op, value in parsed:
        if len(found) > LONGEST:
            break
        found += _one(op, value)
    return found


def _one(op: Any, value: Any) -> str:
    if op is names.LITERAL:
        return chr(value)
    if op is names.NOT_LITERAL:
        return "b" if value == ord("a") else "a"
    if op is names.ANY:
        return "a"
    if op is names.IN:
        return _of_class(value)
    if op is names.BRANCH:
        return _said(value[1][0])
    if op is names.SUBPATTERN:
        return _said(value[3])
    if op in (names.MAX_REPEAT, names.MIN_REPEAT):
        return str(_said(value[2]) * min(value[0], LONGEST))[:LONGEST]
    return ""


def _of_class(members: Any) -> str:
    for op, value in members:
        if op is names.NEGATE:
            return "-"
        if op is names.LITERAL:
            return chr(value)
        if op is names.RANGE:
            return chr(value[0])
        if op is names.CATEGORY:
            return _CLASSES.get(str(value).lower(), "a")
    return "a"
