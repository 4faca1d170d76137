"""Findings as their reader says them: sentences with moments in their zone, the tickets they may
open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.audit.findings import AuditFinding, AuditRun
from engine.audit.found_queries import of_kind
from engine.invariant.found import Kind
from engine.invariant.looks import KINDS
from engine.tickets import overview
from webapp.i18n import N_
from webapp.presenters.clock_words import LABELS
from webapp.presenters.health_words import OUTCOMES, TIMERS, TOPICS
from webapp.presenters.history_words import NOTICES
from webapp.presenters.notice_ways import CHANNELS

MOMENTS = frozenset({"at", "due", "nearest", "ought", "since", "stands", "timer", "until"})
CALLED = {"clock": LABELS, "channel": CHANNELS, "topic": TOPICS, "outcome": OUTCOMES}
KIND_OF = {"timer": TIMERS, "notification": NOTICES}  # by the family of checks
LEFT = {
    "steps": N_("steps"),
    "messages": N_("messages"),
    "stays": N_("stays at steps"),
    "failures": N_("failures"),
    "timer": N_("a timer"),
    "opened": N_("opened"),
    "closed": N_("closed"),
    "reopened": N_("reopened"),
}
WHY = {
    "night": N_("every night"),
    "day": N_("as it was not looked at by night"),
    "page": N_("asked for on this page"),
    "command": N_("command line"),
}


@dataclass(frozen=True)
class Row:
    """One finding: its sentence, its ticket's number (empty for none), whether that may be read."""

    finding: AuditFinding
    text: str
    problem: str
    number: str
    readable: bool


@dataclass(frozen=True)
class Group:
    """The findings of one kind, of which the oldest are listed."""

    code: str
    title: str
    mend: str
    repairs: bool
    count: int
    rows: list[Row]


def groups(request: Request, counts: dict[str, int]) -> list[Group]:
    """All kinds that were found, each with its findings."""
    made = []
    for code, count in counts.items():
        kind = KINDS.get(code)
        rows = shown_as(request, of_kind(request.db, code))
        title = request.translate(kind.title) if kind else code
        mend = request.translate(kind.mend) if kind else ""
        made.append(Group(code, title, mend, bool(kind and kind.repairs), count, rows))
    return made


def shown_as(request: Request, findings: Iterable[AuditFinding]) -> list[Row]:
    """Findings with what is to be said of each."""
    listed = list(findings)
    ids = {one.ticket_id for one in listed if one.ticket_id}
    numbers = overview.numbers(request.db, ids)
    readable = overview.readable(request.db, request.actor, ids)
    return [
        Row(
            one,
            _sentence(request, KINDS.get(one.code), one.details),
            request.translate(one.problem) if one.problem else "",
            numbers.get(one.ticket_id, "") if one.ticket_id else "",
            one.ticket_id in readable,
        )
        for one in listed
    ]


def title_of(request: Request, code: str) -> str:
    """What a kind of damage is called."""
    kind = KINDS.get(code)
    return str(request.translate(kind.title)) if kind else code


def why_of(request: Request, run: AuditRun) -> str:
    """Why a look was made."""
    return str(request.translate(WHY.get(run.why, run.why)))


def seconds_of(run: AuditRun) -> float:
    """How long it took, without the time in which it rested."""
    return round(sum(float(one.get("seconds", 0)) for one in run.looked.values()), 1)


def rows_of(run: AuditRun) -> int:
    """How many rows it has looked at."""
    return int(sum(one.get("rows", 0) for one in run.looked.values()))


def _sentence(request: Request, kind: Kind | None, details: dict[str, Any]) -> str:
    if kind is None:
        return ""
    family = kind.code.partition(".")[0]
    words = CALLED | {"kind": KIND_OF.get(family, {})}
    values = {
        name: _said(request, name, value, words.get(name, {})) for name, value in details.items()
    }
    try:
        return str(request.translate(kind.text) % values)
    except KeyError:  # found by another version of the desk, which said other things of it
        return str(request.translate(kind.title))


def _said(request: Request, name: str, value: Any, words: Mapping[str, str]) -> Any:
    """A value in the reader's words: a moment by their clock, what has a name by that."""
    if not isinstance(value, str) or not value:
        return value
    if value in words or name == "problem":
        return request.translate(words.get(value, value))
    if name in MOMENTS:
        try:
            return request.reader.date_time(datetime.fromisoformat(value))
        except ValueError:
            return value
    if name == "what":
        parts = [LEFT.get(part, part) for part in value.split(", ")]
        return ", ".join(str(request.translate(part)) for part in parts)
    return value
