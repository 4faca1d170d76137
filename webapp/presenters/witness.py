"""The ticket that shows what a check of the rules has found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from webapp.i18n import N_, Reader

LONGEST = 200  # characters of a value
EVENT, DAY = N_("What happened"), N_("When")
BEFORE, AFTER = N_("%(fact)s, before"), N_("%(fact)s, afterwards")
YES, NO, NOTHING = N_("yes"), N_("no"), N_("empty")


def witness_words(witness: Any, reader: Reader, words: Any) -> list[tuple[str, str]]:
    """Each thing that the ticket says: what it is called, and what it is. `words`: a vocabulary."""
    return list(_lines(witness, reader, words)) if isinstance(witness, Mapping) else []


def _lines(witness: Mapping[str, Any], reader: Reader, words: Any) -> Iterator[tuple[str, str]]:
    if event := witness.get("event"):
        known = words.events.get(event, {}) if words else {}
        yield reader.gettext(EVENT), str(known.get("label", {}).get(reader.language, event))
    changed = witness.get("changed") or {}
    for fact, value in (witness.get("facts") or {}).items():
        if fact not in changed:
            yield _called(fact, reader, words), _shown(value, reader)
    for fact, ends in changed.items():
        called = _called(fact, reader, words)
        yield reader.gettext(BEFORE) % {"fact": called}, _shown(ends[0], reader)
        yield reader.gettext(AFTER) % {"fact": called}, _shown(ends[-1], reader)
    if now := witness.get("now"):
        yield reader.gettext(DAY), _moment(now, reader)


def _called(fact: str, reader: Reader, words: Any) -> str:
    known = words.told(fact) if words else None
    return str(known.label.get(reader.language, fact)) if known else fact


def _shown(value: Any, reader: Reader) -> str:
    if isinstance(value, bool):
        return reader.gettext(YES if value else NO)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)[:LONGEST] or reader.gettext(NOTHING)
    return reader.gettext(NOTHING) if value in (None, "") else str(value)[:LONGEST]


def _moment(text: Any, reader: Reader) -> str:
    try:
        return str(reader.date_time(datetime.fromisoformat(str(text))))
    except ValueError:
        return str(text)[:LONGEST]
