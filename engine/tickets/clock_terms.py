"""The term `clock:` of the search box: which promise, and how it stands.

`clock:solution`, `clock:update:overdue`, `clock:response<2h`, `clock:resting`, `clock:missed`: a
kind, a standing or a time of the kind that `due:` takes, or both. `due:` asks for the nearest
clock whichever it is; this asks for one of them. What has ended may say when it did:
`clock:solution:missed:2026-10-01..2026-10-31`, `clock:response:ended:<28d`.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists

from engine.sla.models import TicketClock
from engine.tickets import moments
from engine.tickets.asking import plain
from engine.tickets.models import Ticket

KINDS = {
    "first_response": ("first_response", "first", "response", "erste", "antwort"),
    "update": ("update", "next", "nachste", "naechste"),
    "solution": ("solution", "losung", "loesung"),
}
_KIND = {word: kind for kind, words in KINDS.items() for word in words}
_RESTING = ("resting", "rests", "paused", "ruht", "ruhend")
_RUNNING = ("running", "runs", "lauft", "laeuft", "laufend")
_SOON = ("soon", "bald")
_MISSED = ("missed", "breached", "verpasst", "verfehlt")
_KEPT = ("kept", "met", "eingehalten")
_ENDED = ("ended", "done", "beendet")
_PARTS = re.compile(r"([^\W\d][\w]*)(?:[:,\s]+|(?=[<>])|$)(.*)")


def clock(value: str, now: datetime, zone: ZoneInfo) -> ColumnElement[bool] | None:
    """The condition that a ticket has such a clock; None where this asks for nothing."""
    said = plain(value)
    found = _PARTS.fullmatch(said)
    kind = _KIND.get(found.group(1)) if found else None
    rest = found.group(2).strip() if found and kind else said
    standing = _standing(rest, now, zone) if rest or not kind else _ALIVE
    if standing is None:
        return None
    which = (TicketClock.kind == kind,) if kind else ()
    return exists().where(TicketClock.ticket_id == Ticket.id, *which, standing)


def kind_of(value: str) -> str:
    """Which kind of clock such a term means; empty where it means any."""
    found = _PARTS.fullmatch(plain(value))
    return _KIND.get(found.group(1), "") if found else ""


_ALIVE = TicketClock.stopped_at.is_(None)


def _standing(said: str, now: datetime, zone: ZoneInfo) -> ColumnElement[bool] | None:
    if said in _RESTING:
        return and_(_ALIVE, TicketClock.due_at.is_(None))
    if said in _RUNNING:
        return and_(_ALIVE, TicketClock.due_at.is_not(None))
    if said in _SOON:
        return and_(_ALIVE, TicketClock.warn_at <= now, TicketClock.due_at > now)
    if said in _MISSED:
        return TicketClock.breached_at.is_not(None)
    if said in _KEPT:
        return and_(TicketClock.stopped_at.is_not(None), TicketClock.breached_at.is_(None))
    word, _, period = said.partition(":")
    if period and word in (*_MISSED, *_KEPT, *_ENDED):
        return _ended(word, period, now, zone)
    if said in _ENDED:
        return TicketClock.stopped_at.is_not(None)
    when = moments.due(TicketClock.due_at, said, now, zone)
    return None if when is None else and_(_ALIVE, when)


def _ended(word: str, period: str, now: datetime, zone: ZoneInfo) -> ColumnElement[bool] | None:
    """That a clock ended in a time, kept or missed or either."""
    when = moments.happened(TicketClock.stopped_at, period, now, zone)
    if when is None:
        return None
    missed = TicketClock.breached_at.is_not(None)
    kinds = {True: (missed,), False: (~missed,)}
    which = kinds[word in _MISSED] if word not in _ENDED else ()
    return and_(when, *which)
