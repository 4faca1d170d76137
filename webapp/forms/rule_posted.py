"""What was typed into the form of a rule, bounded and in the order in which it stood there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.forms.rule_rows import Act, Row

MOST_ROWS, MOST_ACTS, MOST_VALUES = 400, 40, 1000
LONGEST, LONGEST_NOTE, LONGEST_LINES = 2000, 4000, 100_000
DEEPEST = 8
_FIELD = re.compile(r"([wa])(\d{1,4})-([a-z]{1,10})(?:-([A-Za-z0-9_.-]{0,80}))?\Z")


@dataclass
class Typed:
    """The fields of a rule or of a ruleset's head as texts."""

    texts: dict[str, str]
    events: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


TEXTS = {"title_de": 200, "title_en": 200, "valid_from": 40, "valid_until": 40,
         "note": LONGEST_NOTE}  # fmt: skip


def typed_of(sent: Any) -> Typed:
    """Read a form that was sent; what does not belong into it is passed over."""
    found: dict[str, dict[int, dict[str, list[str]]]] = {"w": {}, "a": {}}
    for key, value in sent.items():
        match = _FIELD.match(key)
        if not match or not isinstance(value, str):
            continue
        lines, number = found[match[1]], int(match[2])
        if number in lines or len(lines) < MOST_ROWS:
            part = match[3] + (f"-{match[4]}" if match[4] is not None else "")
            values = lines.setdefault(number, {}).setdefault(part, [])
            if len(values) < MOST_VALUES:
                values.append(clean(value, LONGEST_LINES))
    rows = [_row(one) for one in found["w"].values()]
    return Typed(
        {name: clean(_first(sent, name), most).strip() for name, most in TEXTS.items()},
        [event[:80] for event in sent.getall("events")[:50] if isinstance(event, str)],
        [fact[:100] for fact in sent.getall("changed")[:100] if isinstance(fact, str) and fact],
        {flag for flag in ("stop", "active") if sent.get(flag)},
        _nested(rows),
        [_act(one) for one in list(found["a"].values())[:MOST_ACTS]],
    )


def clean(text: str, longest: int) -> str:
    """Text without control characters and no longer than this."""
    text = text.replace("\r\n", "\n")[:longest]
    return "".join(c for c in text if c >= " " or c in "\n\t")


def _first(sent: Any, name: str) -> str:
    value = sent.get(name, "")
    return value if isinstance(value, str) else ""


def _row(parts: Mapping[str, list[str]]) -> Row:
    kind, _, deep = _one(parts, "kind").partition(":")
    depth = min(int(deep), DEEPEST) if deep.isascii() and deep.isdigit() and len(deep) < 3 else 1
    if kind == "group":
        mode = _one(parts, "mode")
        return Row("group", depth, mode if mode in ("all", "any", "none") else "all")
    odd = _json(_one(parts, "odd", LONGEST_LINES)) if kind == "odd" else ""
    if odd:
        return Row("odd", depth, odd=odd)
    return Row(
        "atom",
        depth,
        fact=_one(parts, "fact", 100),
        name=_one(parts, "name", 100),
        op=_one(parts, "op", 60),
        values=parts.get("value", []),
    )


def _nested(rows: list[Row]) -> list[Row]:
    """Depths made so that each row stands in a group, all of them in the first."""
    if not rows or rows[0].kind != "group":
        rows.insert(0, Row("group", 0))
    rows[0].depth = 0
    deepest = 1  # that the next row may stand
    for row in rows[1:]:
        row.depth = max(1, min(row.depth, deepest))
        deepest = row.depth + 1 if row.kind == "group" else row.depth
    return rows


def _act(parts: Mapping[str, list[str]]) -> Act:
    odd = _json(_one(parts, "odd", LONGEST_LINES))
    if odd:
        return Act(odd=odd)
    values = {
        key.removeprefix("value").removeprefix("-"): said[0]
        for key, said in parts.items()
        if key.partition("-")[0] == "value" and said
    }
    return Act(_one(parts, "verb", 120), _one(parts, "name", 100).strip(), values)


def _one(parts: Mapping[str, list[str]], name: str, longest: int = LONGEST) -> str:
    return (parts.get(name) or [""])[0][:longest]


def _json(text: str) -> str:
    """The text if it is data in JSON, else nothing."""
    try:
        json.loads(text, parse_constant=_no)
    except (ValueError, RecursionError):
        return ""
    return text


def _no(text: str) -> Any:
    raise ValueError(text)
