"""What a history calls by key or in English, in the reader's words.

History keeps what was true when it was written. What steps, processes, rules and notices are called
is looked up when it is read, so that old entries read like new ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request
from sqlalchemy import func, select

from engine.audit.models import HistoryEntry
from engine.catalogue.models import Priority, Service, Sla, State, TicketType
from engine.catalogue.published import RulesRelease
from engine.catalogue.queries import all_of, custom_fields
from engine.errors import NotFound
from engine.people.queries import names_of
from engine.tickets import queries
from webapp.i18n import N_, Reader
from webapp.presenters.choices import agent_choices, title_of

NOTICES = {
    "acknowledgement": N_("acknowledgement"),
    "answer_reminder": N_("reminder to answer"),
    "approval_reminder": N_("reminder to decide"),
    "approved": N_("approval"),
    "assigned": N_("ticket handed over"),
    "remind_me": N_("own reminder"),
    "taken_back": N_("step free again"),
    "bundle": N_("news about several tickets"),
    "bundle_ticket": N_("several news about one ticket"),
    "digest_daily": N_("daily summary"),
    "digest_weekly": N_("weekly summary"),
    "call_customer": N_("request to call the customer"),
    "came_back": N_("report of a mail server"),
    "change_refused": N_("change refused"),
    "clock_breached": N_("time limit missed"),
    "clock_escalated": N_("time limit missed for long"),
    "clock_last_warning": N_("time limit very near"),
    "clock_warning": N_("time limit near"),
    "closed": N_("ticket closed"),
    "complaint_answer": N_("answer to a complaint"),
    "complaint_not_acknowledged": N_("complaint not acknowledged yet"),
    "customer_replied": N_("answer of the customer"),
    "customer_wrote": N_("message of the customer"),
    "delivery_failed": N_("message not delivered"),
    "escalated": N_("escalation"),
    "handed_on": N_("handed on to another team"),
    "new_ticket": N_("new ticket"),
    "note_added": N_("new note"),
    "others_wrote": N_("message of somebody else"),
    "password_link": N_("link to set a password"),
    "pending_reminder": N_("reminder of a ticket laid aside"),
    "refused": N_("refusal"),
    "rejected": N_("answer to a closed ticket"),
    "reminder": N_("reminder"),
    "reopened": N_("ticket opened again"),
    "request_refused": N_("request refused"),
    "rules_failed": N_("rules that are not in force"),
    "audit_findings": N_("something that may be lost"),
    "resolved": N_("solution"),
    "your_turn": N_("your turn"),
}


# Why the desk did something, as it wrote it down; people's own reasons stay as they wrote them.
REASONS = frozenset({
    N_("a message came in"),
    N_("a time set in the diagram has come"),
    N_("closed by hand"),
    N_("comes with the queue"),
    N_("comes with the service"),
    N_("delivery"),
    N_("every hour"),
    N_("housekeeping"),
    N_("its time has come"),
    N_("laid aside until now"),
    N_("nobody touched the step"),
    N_("moved to another team"),
    N_("not known on this ticket"),
    N_("the customer has called again"),
    N_("the customer has written again"),
    N_("the move to another version was taken back"),
    N_("the customer was changed"),
    N_("the promise was changed"),
    N_("the promised time for first response"),
    N_("the promised time for update"),
    N_("the promised time for solution"),
    N_("the time to object is over"),
})  # fmt: skip
PEOPLE = ("owner", "responsible", "customer", "watcher")
KINDS: dict[str, type[Any]] = {
    "state": State, "type": TicketType, "service": Service, "sla": Sla
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What things are called; what is not in here is called as it was written."""

    steps: Mapping[str, str] = field(default_factory=dict)  # by id and by English title
    processes: Mapping[str, str] = field(default_factory=dict)  # by key
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by ruleset and id
    rulesets: Mapping[str, str] = field(default_factory=dict)  # by name
    fields: Mapping[str, str] = field(default_factory=dict)  # the company's own, by name
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by field and as written
    releases: Mapping[str, int] = field(default_factory=dict)  # numbers by 8 digits

    def step(self, text: str) -> str:
        """A step, by its id or its English title."""
        return self.steps.get(text) or self.steps.get(text.rsplit("/", 1)[-1]) or text

    def process(self, text: str) -> str:
        """A process, by its key, which a version may follow."""
        key, _, version = text.partition(" ")
        return f"{self.processes.get(key, key)} {version}".strip()

    def value(self, what: str, text: str) -> str:
        """The value of a fact: people by their names, not by their logins."""
        return self.values.get((what, text), text)

    def release(self, reader: Reader, digest: str) -> str:
        """A release of the rules, by the beginning of its digest."""
        number = self.releases.get(digest[:8])
        if number is None:
            return digest[:8]
        return reader.gettext("Release %(n)s") % {"n": number}

    def rule(self, ruleset: str, rule: str) -> str:
        """A rule, by its id."""
        return self.rules.get((ruleset, rule), rule)


def words_for(request: Request, entries: Sequence[HistoryEntry]) -> Words:
    """The words for the history of one ticket."""
    pick, ticket_id = request.reader.pick, entries[0].ticket_id
    steps: dict[str, str] = {}
    processes: dict[str, str] = {}
    for version in queries.versions_of(request.db, ticket_id):
        definition = request.desk.library.definition(version)
        processes[version.key] = pick(definition.title) or version.key
        for step in definition.steps.values():
            title = pick(step.title) or step.name or step.id
            steps |= {step.id: title, str(step.title.get("en") or step.name or step.id): title}
    fields = {row.name: pick(row.title) or row.name for row in custom_fields(request.db)}
    rulesets, rules = _rules(request)
    values, releases = _values(request, entries), _releases(request, entries)
    return Words(steps, processes, rules, rulesets, fields, values, releases)


def _releases(request: Request, entries: Sequence[HistoryEntry]) -> dict[str, int]:
    named = {str((e.cause_ref or {}).get("release", ""))[:8] for e in entries if e.cause == "rule"}
    if not named - {""}:
        return {}
    query = select(RulesRelease.digest, RulesRelease.number).where(
        func.substr(RulesRelease.digest, 1, 8).in_(named)
    )
    return {row.digest[:8]: row.number for row in request.db.execute(query)}


def _values(request: Request, entries: Sequence[HistoryEntry]) -> dict[tuple[str, str], str]:
    found = {
        (what, row.name): title_of(request, row)
        for what, kind in KINDS.items()
        for row in all_of(request.db, kind)
    }
    for row in all_of(request.db, Priority):
        found["priority", str(row.rank)] = request.translate(row.name)
    wanted = {login for e in entries if e.what in PEOPLE for login in (e.before, e.after)} - {""}
    names = dict(agent_choices(request)) if wanted else {}
    if others := wanted - names.keys():
        names |= names_of(request.db, others)
    return found | {(what, login): name for what in PEOPLE for login, name in names.items()}


def _rules(request: Request) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """What rulesets and their rules are called, as far as they are still in force."""
    try:
        found = request.desk.library.release(request.db).rulesets
    except NotFound:
        return {}, {}
    pick = request.reader.pick
    return {name: pick(one.title) or name for name, one in found.items()}, {
        (name, rule.id): pick(rule.title) or rule.id
        for name, ruleset in found.items()
        for rule in ruleset.rules
    }
