"""An SLA as a form: lengths as people write them (`1 h 30 min`), the rest as lists and choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.commands.slas import iso
from engine.errors import Problem
from engine.sla.happenings import KINDS, UNANSWERED

FIELDS = ("title_de", "title_en", "calendar", *KINDS, "update_counts", "warn_percent",
          "escalate_after")  # fmt: skip

_LENGTH = re.compile(
    r"(?:(\d{1,5})\s*(?:h|std\.?|stunden?|hours?))?\s*(?:(\d{1,5})\s*(?:m|min\.?|minuten?|minutes?))?"
    r"\s*(?:(\d{1,6})\s*(?:s|sek\.?|sec\.?))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d)")

Typed = dict[str, Any]


def typed_of(entry: Mapping[str, Any]) -> Typed:
    """An SLA (entry of slas.yaml, lengths in seconds) as it stands in the form."""
    title = entry.get("title") or {}
    warn = entry["warn_percent"]
    return {
        "title_de": title.get("de", ""),
        "title_en": title.get("en", ""),
        "calendar": entry["calendar"],
        **{name: length_said(entry.get(name)) for name in KINDS},
        "update_counts": entry.get("update_counts", UNANSWERED),
        "warn_percent": ", ".join(map(str, warn if isinstance(warn, list) else [warn])),
        "escalate_after": ", ".join(map(length_said, entry.get("escalate_after", []))),
        "rests_in": list(entry.get("rests_in", [])),
    }


def entry_typed(typed: Typed) -> dict[str, Any]:
    """What was typed as an entry of slas.yaml, not checked yet."""
    entry: dict[str, Any] = {}
    title = {key: typed[f"title_{key}"] for key in ("de", "en") if typed[f"title_{key}"]}
    if title:
        entry["title"] = title
    entry["calendar"] = typed["calendar"]
    entry |= {name: _iso(typed[name]) for name in KINDS if typed[name]}
    if typed["update_counts"] != UNANSWERED:
        entry["update_counts"] = typed["update_counts"]
    entry["warn_percent"] = [one.strip(" %") for one in _parts(typed["warn_percent"])]
    if levels := [_iso(one) for one in _parts(typed["escalate_after"])]:
        entry["escalate_after"] = levels
    if typed["rests_in"]:
        entry["rests_in"] = list(typed["rests_in"])
    return entry


def differences(
    labels: Mapping[str, str], said: Callable[[str, Any], str], before: Typed, after: Typed
) -> list[tuple[str, str, str]]:
    """What of the form differs, as it is called there; `said` puts a field's value in words."""
    return [
        (label, said(name, before[name]), said(name, after[name]))
        for name, label in labels.items()
        if before[name] != after[name]
    ]


def field_of(name: str, problem: Problem) -> str:
    """The field that a finding belongs to; empty for the whole of it."""
    rest = (problem.element or "").removeprefix(f"slas.{name}").lstrip(".").partition(".")[0]
    return rest if rest in FIELDS or rest == "rests_in" else ""


def length_said(seconds: int | None) -> str:
    """`1 h 30 min`, in units that both languages write alike."""
    if not seconds:
        return ""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (left, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _iso(text: str) -> str:
    """`1 h 30 min` or `1:30` as `PT1H30M`; what is neither stays, and is refused by its place."""
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        return iso(int(clock[1]) * 3600 + int(clock[2]) * 60) if int(clock[1] + clock[2]) else text
    match = _LENGTH.fullmatch(text)
    if not match or not any(match.groups()):
        return text.upper() if text[:2].upper() == "PT" else text
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return iso(total) if total else text


def _parts(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,;]", text) if one.strip()][:20]
