"""Rules as text in the layout of the house: short things in one line, lists below their key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.rules.source import LONGEST

WIDTH = 100
STEP = 2  # blanks that each level is set in
_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ_](?:[\w ./+()&'’-]*[\w.+()'’])?\Z")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none"})


def written(value: Any, indent: int = 0) -> list[str]:
    """A mapping or a list as lines of YAML, each set in by so many blanks."""
    if isinstance(value, Mapping):
        return [line for key, member in value.items() for line in _entry(key, member, indent)]
    return [line for member in value for line in _member(member, indent)]


def scalar(value: Any) -> str:
    """A text, number, yes-no or nothing, so that reading it again gives the same."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        said = f"{value:.12f}".rstrip("0")
        return said + "0" if said.endswith(".") else said
    text = str(value)[:LONGEST]
    if _PLAIN.match(text) and text.lower() not in _WORDS and "  " not in text:
        return text
    # JSON is YAML, but for characters that YAML wants escaped and JSON does not.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if _printable(one) else f"\\u{ord(one):04x}" for one in quoted)


def _printable(one: str) -> bool:
    return " " <= one <= "~" or "\xa0" <= one <= "\ud7ff" or "\ue000" <= one <= "\ufefe" or (
        one >= "\U00010000"
    ) or (one > "\ufeff" and one <= "\ufffd")  # fmt: skip


def _entry(key: str, value: Any, indent: int) -> list[str]:
    blanks = " " * indent
    line = f"{blanks}{scalar(key)}: {flow(value)}" if _brief(value) else ""
    if line and (len(line) <= WIDTH or not isinstance(value, Mapping | list | tuple)):
        return [line]
    return [f"{blanks}{scalar(key)}:", *written(value, indent + STEP)]


def _member(value: Any, indent: int) -> list[str]:
    blanks = " " * indent
    if not isinstance(value, Mapping) or (_brief(value) and len(value) != 1):
        line = f"{blanks}- {flow(value)}"
        if len(line) <= WIDTH or not isinstance(value, Mapping):
            return [line]
    first, *rest = written(value, indent + STEP)
    return [f"{blanks}- {first.lstrip()}", *rest]


def _brief(value: Any) -> bool:
    """Whether it may stand in one line: nothing in it that holds mappings."""
    if isinstance(value, Mapping):
        return not any(isinstance(member, Mapping) for member in value.values()) and all(
            _brief(member) for member in value.values()
        )
    if isinstance(value, list | tuple):
        return not any(isinstance(member, Mapping | list | tuple) for member in value)
    return True


def flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)
