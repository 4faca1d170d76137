"""From a rule as data to the fields of its form, and back; also the id that a new one gets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from webapp.forms.rule_posted import Typed
from webapp.forms.rule_rows import Act, Row, Rows

Rule = Mapping[str, Any]
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\Z")


def typed_from(rule: Rule, rows: Rows) -> Typed:
    """The fields as they stand."""
    title = rule.get("title")
    said = title if isinstance(title, dict) else {}
    return Typed(
        {
            "title_de": str(said.get("de") or ""),
            "title_en": str(said.get("en") or ""),
            "valid_from": rows.local(rule["valid_from"]) if rule.get("valid_from") else "",
            "valid_until": rows.local(rule["valid_until"]) if rule.get("valid_until") else "",
            "note": str(rule.get("note") or ""),
        },
        _texts(rule.get("events")),
        _texts(rule.get("changed")),
        {name for name, plain in (("stop", False), ("active", True)) if rule.get(name, plain)},
        rows.conditions(rule.get("when")),
        rows.actions(rule.get("then")),
    )


def begun() -> Typed:
    """A new rule: one condition and one action to fill in."""
    fields = dict.fromkeys(("title_de", "title_en", "valid_from", "valid_until", "note"), "")
    rows = [Row("group", 0), Row("atom", 1)]
    return Typed(fields, flags={"active"}, rows=rows, acts=[Act()])


def rule_from(typed: Typed, rows: Rows, old: Rule, rule_id: str) -> dict[str, Any]:
    """The rule that was typed; keys that no field shows stay as they are."""
    was = typed_from(old, rows)
    said: dict[str, Any] = {**old, "id": rule_id}
    _put(said, "title", _title(typed, old))
    _put(said, "events", typed.events or None)
    _put(said, "changed", typed.changed or None)
    _put(said, "when", rows.when(typed.rows, old.get("when")))
    acts = [act for act in typed.acts if act.verb or act.odd]
    said["then"] = rows.then(acts, old.get("then"))
    for name, plain in (("stop", False), ("active", True)):
        if (name in typed.flags) != (name in was.flags):
            _put(said, name, None if (name in typed.flags) is plain else not plain)
    for name in ("valid_from", "valid_until"):
        if typed.texts[name] != was.texts[name]:
            _put(said, name, rows.moment(typed.texts[name]) if typed.texts[name] else None)
    if typed.texts["note"] != was.texts["note"].strip():
        _put(said, "note", typed.texts["note"] or None)
    return said


def id_from(title: str, taken: Collection[str]) -> str:
    """An id made from a title that no other rule of the set has."""
    flat = unicodedata.normalize("NFKD", title.casefold().translate(GERMAN))
    base = re.sub(r"[^a-z0-9]+", "-", "".join(c for c in flat if c.isascii())).strip("-")[:50]
    base = base.strip("-") or "rule"
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 4)))
    return next(name for name in names if name not in taken and name != "default")


def _title(typed: Typed, old: Rule) -> dict[str, Any] | None:
    german, english = typed.texts["title_de"], typed.texts["title_en"]
    if not german and not english:
        return None
    before = old.get("title")
    kept = before if isinstance(before, dict) else {}
    return {**kept, "de": german or english, "en": english or german}


def _put(said: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        said.pop(key, None)
    else:
        said[key] = value


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
