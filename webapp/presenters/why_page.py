"""Everything that was done to a ticket by itself, newest first, each with what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.catalogue.published import RulesInForce
from engine.rules import Vocabulary, asked, explain
from engine.tickets import overview, queries
from engine.tickets import reasons as told
from engine.tickets.access import ticket_for
from engine.tickets.models import Article, Ticket
from webapp.i18n import N_
from webapp.presenters.clock_window import clocks_at, moment_of
from webapp.presenters.facts import own_labels
from webapp.presenters.history import Sentence, cause, say
from webapp.presenters.history_words import Words, words_for
from webapp.presenters.notice_ways import ways_of
from webapp.presenters.placed import placed_by
from webapp.presenters.why import Names, ruleset_titles, words_of

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
CAUSES = {
    "rule": N_("Rules"),
    "step": N_("Steps"),
    "timer": N_("Timers"),
    "clock": N_("Clocks"),
    "mail": N_("Mail"),
    "sms": N_("SMS"),
    "fax": N_("Fax"),
    "ticket": N_("Other tickets"),
    "system": N_("The desk"),
}
ASKED_BY = ("message", "decision", "field", "ruleset", "cause")
_PLACE = re.compile(r"(\d{1,10})-(\d{1,10})\Z", re.ASCII)


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
    after: str = ""  # where the decision is told that this one followed
    trace: int = 0
    clocks: str = ""  # where the clocks are drawn as they stood then, if one of them led to this


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: one question, or what one ruleset or cause did, or everything."""

    question: str = ""  # in words; empty where everything is told
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.query


@dataclass(frozen=True)
class Page:
    """The entries that answer a question, or all; where those before them and the latest are."""

    entries: list[Entry]
    question: str
    questions: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    narrowed: bool
    latest: str
    earlier: str


def page_of(request: Request, ticket: Ticket) -> Page:
    """The page; `field`, `message`, `decision`, `ruleset` or `cause` in the address narrow it."""
    before = _before(request)
    wanted, found = _wanted(request, ticket, before)
    path = request.route_path("tickets.why", number=ticket.number)
    older = found.earlier
    place = {"before": f"{older.trace}-{older.entry}"} if older else {}
    return Page(
        entries=_entries(request, ticket, found),
        question=wanted.question,
        questions=_questions(request, ticket, path, wanted),
        sources=_sources(request, ticket, path, wanted),
        narrowed=not wanted.everything,
        latest=_href(path, wanted.query) if before != told.NEWEST else "",
        earlier=_href(path, {**wanted.query, **place}) if older else "",
    )


def _before(request: Request) -> told.Before:
    found = _PLACE.match(str(request.GET.get("before") or ""))
    return told.Before(int(found[1]), int(found[2])) if found else told.NEWEST


def _wanted(request: Request, ticket: Ticket, before: told.Before) -> tuple[Wanted, told.Reasons]:
    db, translate = request.db, request.translate
    said = {name: str(request.GET.get(name) or "") for name in ASKED_BY}
    message, decision, name = said["message"], said["decision"], said["field"]
    if message.isdecimal() and len(message) < 10:
        article = queries.article(db, request.actor, int(message))
        _where_it_was_written(request, ticket, article)
        question = translate(N_("Why was this message written?"))
        found = told.reasons_of_article(db, ticket, article)
        return Wanted(question, {"message": message}), found
    if decision.isdecimal() and len(decision) < 10:
        found = told.reason_in(db, ticket, int(decision))
        return Wanted(translate(N_("One decision")), {"decision": decision}), found
    if name in QUESTIONS:
        question, whats = QUESTIONS[name]
        found = told.reasons_of(db, ticket, whats, before)
        return Wanted(translate(question), {"field": name}), found
    if name.startswith("custom."):
        label = own_labels(request).get(name, name.removeprefix("custom."))
        question = translate(N_("Why this value of “%(field)s”?")) % {"field": label}
        return Wanted(question, {"field": name}), told.reasons_of(db, ticket, (name,), before)
    if said["ruleset"]:
        found = told.reasons(db, ticket, before, ruleset=said["ruleset"][:80])
        return Wanted("", {"ruleset": said["ruleset"][:80]}), found
    if said["cause"] in CAUSES:
        found = told.reasons(db, ticket, before, cause=said["cause"])
        return Wanted("", {"cause": said["cause"]}), found
    return Wanted(), told.reasons(db, ticket, before)


def _where_it_was_written(request: Request, ticket: Ticket, article: Article) -> None:
    """Go to the ticket that a message came from when it was merged, if the reader may read that."""
    written = told.written_at(request.db, article)
    if written != ticket.id and article.ticket_id == ticket.id:
        number = overview.numbers(request.db, [written]).get(written, "")
        there = ticket_for(request.work, number)
        query = {"message": str(article.id)}
        raise HTTPSeeOther(request.route_path("tickets.why", number=there.number, _query=query))


def _questions(request: Request, ticket: Ticket, path: str, wanted: Wanted) -> list[dict[str, Any]]:
    there, chosen = told.whats(request.db, ticket), wanted.query.get("field")
    everything = request.translate(N_("Everything"))
    chips = [{"label": everything, "href": path, "active": wanted.everything}]
    return chips + [
        {"label": request.translate(said), "href": f"{path}?field={name}", "active": name == chosen}
        for name, (said, whats) in QUESTIONS.items()
        if name == chosen or there.intersection(whats)
    ]


def _sources(request: Request, ticket: Ticket, path: str, wanted: Wanted) -> list[dict[str, Any]]:
    """By what it was done, as far as there is a choice."""
    there, titles = told.sources(request.db, ticket), ruleset_titles(request)
    chips = [
        *((titles.get(name, name), {"ruleset": name}) for name in there.rulesets),
        *((request.translate(CAUSES[name]), {"cause": name}) for name in there.causes),
    ]
    if len(chips) < 2 and wanted.query.keys().isdisjoint(("ruleset", "cause")):
        return []
    return [
        {"label": label, "href": _href(path, query), "active": query == wanted.query}
        for label, query in chips
    ]


def _href(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _entries(request: Request, ticket: Ticket, found: told.Reasons) -> list[Entry]:
    changes = [entry for entries in found.changes.values() for entry in entries]
    history = [*changes, *found.others]
    if not history and not found.traces:
        return []
    words = words_for(request, history) if history else Words()
    teller = _Teller(request, ticket, found.traces, words)
    teller.ways = ways_of(request, ticket, history)
    entries = [teller.decision(row, found.changes.get(row.id, [])) for row in found.traces]
    placed = placed_by(request, ticket, sorted(history, key=lambda one: -one.id))
    for other in found.others:
        if other.what == "created" and other.trace_id is None:
            if placed is not None and placed.at == other.at:
                entries.append(Entry(f"h{other.id}", placed.at, placed.sentence))
            continue
        entries.append(teller.change(other))
    return sorted(entries, key=lambda one: one.at, reverse=True)


class _Teller:
    """Says decisions and changes in the reader's words."""

    def __init__(
        self, request: Request, ticket: Ticket, traces: Sequence[DecisionTrace], words: Words
    ) -> None:
        self.request, self.ticket, self.words = request, ticket, words
        self.vocabulary: Vocabulary | None = words_of(request)
        self.language = request.reader.language
        self.owner = request.has_permission("owner")
        self.names = Names(request, traces)
        self.in_force = request.db.get(RulesInForce, 1)
        self.shown = {trace.id for trace in traces}
        self.ways: dict[int, str] = {}  # by entry, how somebody was told

    def said(self, entry: HistoryEntry) -> str:
        """What happened; where somebody was told, also in which way, or why not."""
        sentence, way = say(self.request.reader, entry, self.words), self.ways.get(entry.id)
        return f"{sentence}: {way}" if way else sentence

    def change(self, entry: HistoryEntry) -> Entry:
        """A change that no recorded decision stands behind."""
        reader = self.request.reader
        parts = (self.said(entry), cause(reader, entry, self.words))
        sentence = " · ".join(part for part in parts if part)
        by_clock = "clock" in (entry.cause, entry.what)
        return Entry(
            f"h{entry.id}", entry.at, sentence,
            release=self._elsewhere(entry),
            clocks=self._clocks_of(entry) if by_clock else "",
        )  # fmt: skip

    def _elsewhere(self, entry: HistoryEntry) -> Link | None:
        """Where the decision is told that made this ticket, for who may read the other one."""
        trace = self.request.db.get(DecisionTrace, entry.trace_id) if entry.trace_id else None
        if trace is None or trace.ticket_id in (None, entry.ticket_id):
            return None
        found = overview.readable(self.request.db, self.request.actor, [trace.ticket_id])
        number = found.get(trace.ticket_id)
        if number is None:
            return None
        said = self.request.translate(N_("To the decision"))
        query = {"decision": str(trace.id)}
        return Link(
            said, self.request.route_path("tickets.why", number=number.number, _query=query)
        )

    def decision(self, row: DecisionTrace, changes: Sequence[HistoryEntry]) -> Entry:
        """One decision: who decided, what came of it, and what it rests on."""
        trace, reader = row.trace, self.request.reader
        matched = [one for one in trace.get("rules") or () if one.get("matched")]
        titles = {str(one.get("id")): self._title(one) for one in matched}
        stopped = str(trace.get("stopped_by") or "")
        idle = {str(one.get("id")): self._title(one)
                for one in trace.get("rules") or () if one.get("caused")}  # fmt: skip
        problems = [one for one in changes if one.what == "rule problem"]
        return Entry(
            id=f"d{row.id}",
            at=row.at,
            sentence=explain(self.names.called(row), None, self.language, self.vocabulary),
            by_rule=True,
            event=self._event(row.event),
            release=self._release(row.release),
            rules=[self._rule(row.ruleset, rule, title) for rule, title in titles.items()],
            changes=[Sentence(one.at, self.said(one), "")
                     for one in changes if one.what != "rule problem"],
            problems=[say(reader, one, self.words) for one in problems],
            facts=[(self._label(str(name)), shown(value))
                   for name, value in (trace.get("facts") or {}).items()],
            conditions=[(self._title(one), [self._condition(c) for c in one["conditions"]])
                        for one in matched if one.get("conditions")],
            stopped_by=(titles | idle).get(stopped, stopped),
            stopped_idle=stopped in idle,
            depth=int(trace.get("depth") or 0),
            after=self._after(trace.get("after")),
            trace=row.id,
            clocks=self._clocks(row) if row.event.startswith("clock.") else "",
        )  # fmt: skip

    def _clocks_of(self, entry: HistoryEntry) -> str:
        """The clocks when this came about; what was told late came earlier."""
        at = moment_of(self.request.reader, str((entry.cause_ref or {}).get("at", "")))
        kind = (entry.before or entry.after).partition(" ")[0] if entry.what == "clock" else ""
        return clocks_at(self.request, self.ticket, at or entry.at, kind)

    def _clocks(self, row: DecisionTrace) -> str:
        kind = (row.trace.get("facts") or {}).get("clock.kind")
        return clocks_at(self.request, self.ticket, row.at, kind)

    def _after(self, decision: object) -> str:
        if not isinstance(decision, int):
            return ""
        return f"#d{decision}" if decision in self.shown else f"?decision={decision}"

    def _rule(self, ruleset: str, rule: str, title: str) -> Link:
        if not self.owner:
            return Link(title)
        return Link(title, f"{self.request.route_path('rules.one', name=ruleset)}#rule-{rule}")

    def _release(self, digest: str) -> Link:
        """The release by its number; for owners with what has changed in it since."""
        number = self.names.numbers.get(digest)
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
        fact = self.vocabulary.told(name) if self.vocabulary else None
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
