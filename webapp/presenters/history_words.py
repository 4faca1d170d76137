"""What a history calls by key or in English, in the reader's words.

History keeps what was true when it was written. What steps, processes, rules and notices are called
is looked up when it is read, so that old entries read like new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyramid.request import Request

from engine.catalogue.queries import custom_fields
from engine.errors import NotFound
from engine.tickets import queries
from webapp.i18n import N_

NOTICES = {
    "acknowledgement": N_("acknowledgement"),
    "answer_reminder": N_("reminder to answer"),
    "approval_reminder": N_("reminder to decide"),
    "approved": N_("approval"),
    "assigned": N_("ticket handed over"),
    "call_customer": N_("request to call the customer"),
    "came_back": N_("report of a mail server"),
    "change_refused": N_("change refused"),
    "clock_breached": N_("time limit missed"),
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
    "resolved": N_("solution"),
    "your_turn": N_("your turn"),
}


@dataclass(frozen=True)
class Words:
    """What things are called; what is not in here is called as it was written."""

    steps: Mapping[str, str] = field(default_factory=dict)  # by id and by English title
    processes: Mapping[str, str] = field(default_factory=dict)  # by key
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by ruleset and id
    fields: Mapping[str, str] = field(default_factory=dict)  # the company's own, by name

    def step(self, text: str) -> str:
        """A step, by its id or its English title."""
        return self.steps.get(text) or self.steps.get(text.rsplit("/", 1)[-1]) or text

    def process(self, text: str) -> str:
        """A process, by its key, which a version may follow."""
        key, _, version = text.partition(" ")
        return f"{self.processes.get(key, key)} {version}".strip()

    def rule(self, ruleset: str, rule: str) -> str:
        """A rule, by its id."""
        return self.rules.get((ruleset, rule), rule)


def words_for(request: Request, ticket_id: int) -> Words:
    """The words for the history of one ticket."""
    pick = request.reader.pick
    steps: dict[str, str] = {}
    processes: dict[str, str] = {}
    for version in queries.versions_of(request.db, ticket_id):
        definition = request.desk.library.definition(version)
        processes[version.key] = pick(definition.title) or version.key
        for step in definition.steps.values():
            title = pick(step.title) or step.name or step.id
            steps |= {step.id: title, str(step.title.get("en") or step.name or step.id): title}
    fields = {row.name: pick(row.title) or row.name for row in custom_fields(request.db)}
    return Words(steps, processes, _rules(request), fields)


def _rules(request: Request) -> dict[tuple[str, str], str]:
    try:
        release = request.desk.library.release(request.db)
    except NotFound:
        return {}
    return {
        (name, rule.id): request.reader.pick(rule.title) or rule.id
        for name, ruleset in release.rulesets.items()
        for rule in ruleset.rules
    }
