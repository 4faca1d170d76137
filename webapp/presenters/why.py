"""Why a ticket is where it is: the latest decision of a rule, in a sentence that opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.catalogue.published import RulesRelease
from engine.errors import NotFound
from engine.rules import asked, explain
from engine.rules.vocabulary import Vocabulary
from engine.tickets import queries
from engine.tickets.models import Ticket
from webapp.presenters.facts import own_labels
from webapp.presenters.placed import placed_by


@dataclass(frozen=True)
class Why:
    """One decision: the sentence, and what it rests on."""

    at: datetime
    sentence: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    conditions: list[dict[str, Any]] = field(default_factory=list)


def reasons(request: Request, ticket: Ticket, history: Iterable[HistoryEntry] = ()) -> list[Why]:
    """What was decided about a ticket; what put it into its queue comes first, rule or person."""
    placed = placed_by(request, ticket, history)
    decided = _decided(request, ticket)
    return [Why(placed.at, placed.sentence), *decided] if placed else decided


def by_itself(history: Iterable[HistoryEntry]) -> frozenset[str]:
    """The fields that were last set by something else than a person; history newest first."""
    last: dict[str, str] = {}
    for entry in history:
        last.setdefault(entry.what, entry.cause)
    return frozenset(what for what, cause in last.items() if cause != "person")


def _decided(request: Request, ticket: Ticket) -> list[Why]:
    traces = queries.traces(request.db, ticket)
    placed = [t for t in traces if _queue_decision(t) is not None]
    routing = next(iter([*placed, *(t for t in traces if t.ruleset == "routing")]), None)
    ordered = ([routing] if routing else []) + [t for t in traces if t is not routing]
    words, names = words_of(request), Names(request, ordered)
    return [_why(request, trace, words, names)
            for trace in ordered[:20] if trace.trace.get("decisions")]  # fmt: skip


def _why(request: Request, row: DecisionTrace, words: Vocabulary | None, names: Names) -> Why:
    language, own = request.reader.language, words.titles if words else {}
    return Why(
        at=row.at,
        sentence=explain(names.called(row), _queue_decision(row), language, words),
        facts=[(own.get(name) or _label(name, language, words), _shown(value))
               for name, value in (row.trace.get("facts") or {}).items()],
        conditions=[_condition(entry, condition, language, words)
                    for entry in row.trace.get("rules") or () if entry.get("matched")
                    for condition in entry.get("conditions") or ()],
    )  # fmt: skip


def _queue_decision(row: DecisionTrace) -> int | None:
    """Which decision of the trace set the queue; None where none did."""
    for index, decision in enumerate(row.trace.get("decisions") or ()):
        value = decision.get("value")
        if decision.get("action") == "set" and isinstance(value, dict) and "queue" in value:
            return index
    return None


def _condition(
    entry: dict[str, Any], condition: dict[str, Any], language: str, words: Vocabulary | None
) -> dict[str, Any]:
    title = entry.get("title") or {}
    return {
        "rule": title.get(language) or entry.get("id", ""),
        "asked": asked(condition, language, words),
        "seen": _shown(condition.get("seen")),
        "truth": bool(condition.get("truth")),
    }


def _label(name: str, language: str, words: Vocabulary | None) -> str:
    fact = words.told(name) if words else None
    return str(fact.label[language]) if fact and language in fact.label else name


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "–" if value in (None, "") else str(value)[:200]


def words_of(request: Request) -> Vocabulary | None:
    """The words of the rules with what the company's own fields are called."""
    words = vocabulary_of(request)
    return replace(words, titles=own_labels(request)) if words else None


def vocabulary_of(request: Request) -> Vocabulary | None:
    """The words of the rules in force, or None before the first publishing."""
    try:
        return request.desk.library.release(request.db).vocabulary
    except NotFound:
        return None


class Names:
    """What people call the rulesets and releases of some decisions."""

    def __init__(self, request: Request, traces: Iterable[DecisionTrace]) -> None:
        self.titles = ruleset_titles(request)
        digests = {trace.release for trace in traces}
        query = select(RulesRelease.digest, RulesRelease.number)
        rows = request.db.execute(query.where(RulesRelease.digest.in_(digests)))
        self.numbers: dict[str, int] = {row.digest: row.number for row in rows}

    def called(self, row: DecisionTrace) -> dict[str, Any]:
        """The trace with its ruleset's title and its release's number, as sentences say them."""
        number = self.numbers.get(row.release)
        release = str(number) if number is not None else row.release
        return {**row.trace, "ruleset": self.titles.get(row.ruleset, row.ruleset),
                "release": release}  # fmt: skip


def ruleset_titles(request: Request) -> dict[str, str]:
    """What the rulesets in force are called, in the reader's language."""
    try:
        rulesets = request.desk.library.release(request.db).rulesets
    except NotFound:
        return {}
    pick = request.reader.pick
    return {name: pick(one.title) or name for name, one in rulesets.items()}
