"""What a ticket says, in one comparable form, so that every reader of facts sees the same."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

Seen = str | int | float | Decimal | bool | frozenset[str] | None

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # "now" of an example that names none
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WORKED, OPEN = "working_minutes", "calendars"
BESIDE = {WORKED: "number", OPEN: "list"}  # what calendars say of a date, and its kind
SAID_BESIDE = {
    WORKED: {"en": "{fact} (working minutes since)", "de": "{fact} (Arbeitsminuten seither)"},
    OPEN: {"en": "{fact} (calendars with work then)", "de": "{fact} (Kalender mit Arbeit)"},
}
_TRUE = frozenset({"true", "yes", "1", "ja", "wahr"})
_FALSE = frozenset({"false", "no", "0", "nein", "falsch"})
_NUMBER_LENGTH = 40  # longer digit strings are no numbers of a service desk, only work


def fold(text: str) -> str:
    """Text without differences that no reader sees: case, compatibility forms, composition."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def as_string(raw: Any) -> str | None:
    """A scalar as folded text without outer blanks; None for nothing, and for what is no scalar."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw) if abs(raw) < 10**_NUMBER_LENGTH else hex(raw)
    if isinstance(raw, float | Decimal):
        return None if not math.isfinite(raw) else f"{raw}"
    if isinstance(raw, datetime | date):
        return fold(raw.isoformat())
    if isinstance(raw, str):
        return fold(raw).strip() or None
    return None


def as_number(raw: Any) -> int | float | Decimal | None:
    """A number that can be compared (never NaN), also from its digits; None for anything else."""
    if isinstance(raw, str):
        digits = raw.strip()
        if not digits or len(digits) > _NUMBER_LENGTH:
            return None
        try:
            raw = Decimal(digits)
        except InvalidOperation:
            return None
    if isinstance(raw, int):
        return int(raw)
    if isinstance(raw, float):
        return None if math.isnan(raw) else raw
    if isinstance(raw, Decimal):
        return None if raw.is_nan() else raw
    return None


def as_boolean(raw: Any) -> bool | None:
    """Yes or no, also from 0 and 1 and from the words; None when it says neither."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float):
        return bool(raw) if raw in (0, 1) else None
    word = as_string(raw)
    return True if word in _TRUE else False if word in _FALSE else None


def as_date(raw: Any) -> int | None:
    """A moment as microseconds since 1970 UTC; a naive one counts as UTC, a day as its midnight."""
    try:
        if isinstance(raw, str):
            raw = datetime.fromisoformat(raw.strip()[:_NUMBER_LENGTH])
        elif isinstance(raw, date) and not isinstance(raw, datetime):
            raw = datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
        if not isinstance(raw, datetime):
            return None
        aware = raw if raw.utcoffset() is not None else raw.replace(tzinfo=UTC)
        return (aware - EPOCH) // MICROSECOND
    except (ValueError, OverflowError):
        return None


def as_list(raw: Any) -> frozenset[str] | None:
    """The folded members of a list, a single scalar as a list of one; None when there are none."""
    members = raw if isinstance(raw, list | tuple | set | frozenset) else (raw,)
    return frozenset(text for text in map(as_string, members) if text) or None


def as_pattern_text(raw: Any) -> str | None:
    """Text for patterns: composed but not folded, and always encodable."""
    if not isinstance(raw, str):
        return as_string(raw)
    text = raw.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", text) or None


def as_it_is(raw: Any) -> Any:
    """The value untouched, to tell only whether it changed."""
    return raw


READERS = {
    "raw": as_it_is,
    "string": as_string,
    "text": as_string,
    "enum": as_string,
    "number": as_number,
    "boolean": as_boolean,
    "date": as_date,
    "list": as_list,
    "pattern": as_pattern_text,
}


class Times(Protocol):
    """The calendars of one ticket, handed in with its facts; moments in microseconds since 1970."""

    def working_minutes(self, moment: int, now: int) -> Any:
        """The working minutes from the moment to now; -1 or less where it is still to come."""

    def calendars(self, moment: int, now: int) -> Any:
        """The names of the calendars in which there is work at the moment."""


class Facts:
    """The facts of one evaluation: each is read once per kind, whoever asks.

    What calendars say of a date stands beside it (`ticket.created.working_minutes`): handed in as a
    fact (of a trace, of an example), else reckoned by `times` when it is asked for.
    """

    def __init__(
        self,
        raw: Mapping[str, Any],
        changed: Mapping[str, Any] | None,
        now: datetime,
        times: Times | None = None,
    ) -> None:
        self.raw = raw
        self.now = as_date(now) or 0
        self.times = times
        self.reckoned: dict[str, Any] = {}
        self._changed = changed or {}
        self._seen: dict[tuple[str, str], Seen] = {}

    def seen(self, fact: str, kind: str) -> Seen:
        """The fact as `kind` (one of READERS); None when missing, empty or not of that kind."""
        key = (fact, kind)
        try:
            return self._seen[key]
        except KeyError:
            value: Seen = READERS[kind](self.raw.get(fact))
            self._seen[key] = value
            return value

    def beside(self, fact: str, what: str) -> Seen:
        """What the calendars say of a date, one of BESIDE; None without date or calendars."""
        name = f"{fact}.{what}"
        if name in self.raw:
            return self.seen(name, BESIDE[what])
        if name not in self.reckoned:
            moment: Any = self.seen(fact, "date")
            told = None
            if moment is not None and self.times is not None:
                told = getattr(self.times, what)(moment, self.now)
            self.reckoned[name] = told
        seen: Seen = READERS[BESIDE[what]](self.reckoned[name])
        return seen

    def change(self, fact: str, kind: str) -> tuple[Seen, Seen] | None:
        """(before, after) when this event changed the fact, else None.

        `changed` maps a fact (a ticket's also without "ticket.") to the pair (before, after),
        or to the value before alone.
        """
        name = fact if fact in self._changed else fact.removeprefix("ticket.")
        if name not in self._changed:
            return None
        entry = self._changed[name]
        if isinstance(entry, list | tuple) and len(entry) == 2:
            before, after = READERS[kind](entry[0]), READERS[kind](entry[1])
        else:
            before, after = READERS[kind](entry), self.seen(fact, kind)
        return None if before == after else (before, after)
