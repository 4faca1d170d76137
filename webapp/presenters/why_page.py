"""Everything that was done to a ticket by itself, newest first, each with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.catalogue.published import RulesInForce, RulesRelease
from engine.rules import Vocabulary, asked, explain
from engine.tickets import queries
from engine.tickets import reasons as told
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.facts import own_labels
from webapp.presenters.history import Sentence, cause, say
from webapp.presenters.history_words import Words, words_for
from webapp.presenters.placed import placed_by
from webapp.presenters.why import words_of

MOST_OTHERS = 50  # rules that did not fire and are named at an entry
QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "queue": (N_("Why this queue?"), ("queue", "created")),
    "priority": (N_("Why this priority?"), ("priority",)),
    "owner": (N_("Why this owner?"), ("owner", "claimed", "handed over")),
    "responsible": (N_("Why this person responsible?"), ("responsible",)),
    "state": (N_("Why this state?"), ("state",)),
    "type": (N_("Why this type?"), ("type",)),
    "service": (N_("Why this service?"), ("service",)),
    "sla": (N_("Why this SLA?"), ("sla",)),
    "tag": (N_("Why these tags?"), ("tag",)),
    "notice": (N_("Why were these messages sent?"), ("notice",)),
}


@dataclass(frozen=True)
class Link:
    """A name, and where it leads; empty for who may not go there."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Entry:
    """One decision with what came of it, or one change that no rule decided."""

    id: str
    at: datetime
    sentence: str
    by_rule: bool = False
    event: str = ""
    release: Link | None = None
    rules: list[Link] = field(default_factory=list)
    changes: list[Sentence] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    conditions: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    stopped_by: str = ""
    stopped_idle: bool = False  # by a rule that had led here itself
    depth: int = 0
    after: int | None = None
    trace: int = 0


@dataclass(frozen=True)
class Page:
    """The entries that answer a question, or all."""

    entries: list[Entry]
    more: bool
    field: str
    question: str
    questions: list[dict[str, Any]]


def page_of(request: Request, ticket: Ticket) -> Page:
    """The page; `field` in the address asks one question, `message` another."""
    asked_field = str(request.GET.get("field") or "")
    message = str(request.GET.get("message") or "")
    question = ""
    if message.isdecimal() and len(message) < 10:
        article = queries.article(request.db, request.actor, int(message))
        found = told.reasons_of_article(request.db, ticket, article)
        asked_field, question = "", request.translate(N_("Why was this message written?"))
    elif asked_field in QUESTIONS:
        said, whats = QUESTIONS[asked_field]
        found = told.reasons_of(request.db, ticket, whats)
        question = request.translate(said)
    elif asked_field.startswith("custom."):
        found = told.reasons_of(request.db, ticket, (asked_field,))
        label = own_labels(request).get(asked_field, asked_field.removeprefix("custom."))
        question = request.translate(N_("Why this value of “%(field)s”?")) % {"field": label}
    else:
        asked_field, found = "", told.reasons(request.db, ticket)
    return Page(
        entries=_entries(request, ticket, found),
        more=found.more,
        field=asked_field,
        question=question,
        questions=_questions(request, ticket, asked_field),
    )


def _questions(request: Request, ticket: Ticket, chosen: str) -> list[dict[str, Any]]:
    path = request.route_path("tickets.why", number=ticket.number)
    there = told.whats(request.db, ticket)
    chips = [{"label": request.translate(N_("Everything")), "href": path, "active": not chosen}]
    return chips + [
        {"label": request.translate(said), "href": f"{path}?field={name}", "active": name == chosen}
        for name, (said, whats) in QUESTIONS.items()
        if name == chosen or there.intersection(whats)
    ]


def _entries(request: Request, ticket: Ticket, found: told.Reasons) -> list[Entry]:
    changes = [entry for entries in found.changes.values() for entry in entries]
    history = [*changes, *found.others]
    if not history and not found.traces:
        return []
    teller = _Teller(request, found.traces, words_for(request, history) if history else Words())
    entries = [teller.decision(row, found.changes.get(row.id, [])) for row in found.traces]
    placed = placed_by(request, ticket, sorted(found.others, key=lambda one: -one.id))
    for other in found.others:
        if other.what == "created":
            if placed is not None and placed.at == other.at:
                entries.append(Entry(f"h{other.id}", placed.at, placed.sentence))
            continue
        entries.append(teller.change(other))
    return sorted(entries, key=lambda one: one.at, reverse=True)


class _Teller:
    """Says decisions and changes in the reader's words."""

    def __init__(self, request: Request, traces: Sequence[DecisionTrace], words: Words) -> None:
        self.request, self.words = request, words
        self.vocabulary: Vocabulary | None = words_of(request)
        self.language = request.reader.language
        self.owner = request.has_permission("owner")
        digests = {trace.release for trace in traces}
        query = select(RulesRelease.digest, RulesRelease.number)
        rows = request.db.execute(query.where(RulesRelease.digest.in_(digests)))
        self.numbers: dict[str, int] = {row.digest: row.number for row in rows}
        self.in_force = request.db.get(RulesInForce, 1)
        self.shown = {trace.id for trace in traces}

    def change(self, entry: HistoryEntry) -> Entry:
        """A change that no recorded decision stands behind."""
        reader = self.request.reader
        parts = (say(reader, entry, self.words), cause(reader, entry, self.words))
        return Entry(f"h{entry.id}", entry.at, " · ".join(part for part in parts if part))

    def decision(self, row: DecisionTrace, changes: Sequence[HistoryEntry]) -> Entry:
        """One decision: who decided, what came of it, and what it rests on."""
        trace, reader = row.trace, self.request.reader
        matched = [one for one in trace.get("rules") or () if one.get("matched")]
        titles = {str(one.get("id")): self._title(one) for one in matched}
        stopped = str(trace.get("stopped_by") or "")
        idle = {str(one.get("id")): self._title(one)
                for one in trace.get("rules") or () if one.get("caused")}  # fmt: skip
        problems = [one for one in changes if one.what == "rule problem"]
        after = trace.get("after")
        return Entry(
            id=f"d{row.id}",
            at=row.at,
            sentence=explain(trace, None, self.language, self.vocabulary),
            by_rule=True,
            event=self._event(row.event),
            release=self._release(row.release),
            rules=[self._rule(row.ruleset, rule, title) for rule, title in titles.items()],
            changes=[Sentence(one.at, say(reader, one, self.words), "")
                     for one in changes if one.what != "rule problem"],
            problems=[say(reader, one, self.words) for one in problems],
            facts=[(self._label(str(name)), shown(value))
                   for name, value in (trace.get("facts") or {}).items()],
            conditions=[(self._title(one), [self._condition(c) for c in one["conditions"]])
                        for one in matched if one.get("conditions")],
            stopped_by=(titles | idle).get(stopped, stopped),
            stopped_idle=stopped in idle,
            depth=int(trace.get("depth") or 0),
            after=after if after in self.shown else None,
            trace=row.id,
        )  # fmt: skip

    def _rule(self, ruleset: str, rule: str, title: str) -> Link:
        if not self.owner:
            return Link(title)
        return Link(title, f"{self.request.route_path('rules.one', name=ruleset)}#rule-{rule}")

    def _release(self, digest: str) -> Link:
        """The release by its number; for owners with what has changed in it since."""
        number = self.numbers.get(digest)
        if number is None:
            return Link(digest[:8])
        said = self.request.translate(N_("Release %(n)s")) % {"n": number}
        if not self.owner or self.in_force is None:
            return Link(said)
        now = self.in_force.release.number
        if number == now:
            return Link(said, self.request.route_path("rules.releases"))
        query = {"a": number, "b": now}
        return Link(said, self.request.route_path("rules.compare", _query=query))

    def _event(self, event: str) -> str:
        known = self.vocabulary.events.get(event, {}) if self.vocabulary else {}
        if known:
            return str(known.get("label", {}).get(self.language, event))
        return self.request.translate(N_("asked by a step")) if event == "asked" else event

    def _title(self, one: dict[str, Any]) -> str:
        return str((one.get("title") or {}).get(self.language) or one.get("id", ""))

    def _label(self, name: str) -> str:
        own = self.vocabulary.titles.get(name) if self.vocabulary else None
        fact = self.vocabulary.fact(name) if self.vocabulary else None
        return own or (str(fact.label.get(self.language, name)) if fact else name)

    def _condition(self, condition: dict[str, Any]) -> dict[str, Any]:
        return {
            "asked": asked(condition, self.language, self.vocabulary),
            "seen": shown(condition.get("seen")),
            "truth": bool(condition.get("truth")),
        }


def shown(value: Any) -> str:
    """A value of a trace for a reader."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "–"
    return "–" if value in (None, "") else str(value)[:200]
