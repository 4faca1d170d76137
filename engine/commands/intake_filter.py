"""What a trusted account or the mail filter wants of a message before it is a ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.audit.alarms import note_difference
from engine.audit.trail import record, record_trace
from engine.catalogue.models import Queue, TicketType
from engine.catalogue.queries import maybe, priority_of
from engine.channels.inbound import Inbound
from engine.commands.working_facts import WorkingFacts
from engine.errors import Invalid
from engine.rules import Evaluation
from engine.tickets.models import Ticket
from engine.work import Cause, Work

EVENT = "mail.received"
MOST_LISTED = 50
STEERED = ("queue", "priority", "type")


@dataclass
class Wanted:
    """Where a message shall go; `unknown` says what was asked for and is not there."""

    queue: Queue | None = None
    priority: str | None = None
    type: str | None = None
    tags: list[str] = field(default_factory=list)
    ignored_by: str = ""
    unknown: list[str] = field(default_factory=list)
    asked: list[tuple[str, Evaluation]] = field(default_factory=list)


def told_to_ignore(inbound: Inbound) -> bool:
    """Whether the filter before a trusted account has put the message aside (X-OTRS-Ignore)."""
    return inbound.headers.get("ignore", "").strip().lower() in ("yes", "true", "1")


def wanted_of(work: Work, inbound: Inbound) -> Wanted:
    """What the account wants (headers are there on trusted ones only), then the mail filter."""
    wanted = Wanted()
    for name in STEERED:
        if inbound.headers.get(name):
            _steer(work, wanted, name, inbound.headers[name], "a header")
    try:
        release = work.desk.library.release(work.session)
    except Exception:  # a message is taken in whatever the state of the rules
        return wanted
    facts: dict[str, Any] = {}
    for ruleset in release.listening(EVENT):
        facts = facts or _facts(work, inbound)
        result = release.evaluate(ruleset, facts, event=EVENT, now=work.now)
        note_difference(work, result.trace)
        if result.decisions:
            wanted.asked.append((ruleset, result))
        for decision in result.decisions:
            if decision.action == "set":
                for name, value in dict(decision.value).items():
                    _steer(work, wanted, name, value, f"the rule {decision.rule}")
            elif decision.action == "add_tag":
                wanted.tags.append(str(decision.value))
            elif decision.action == "variable" and dict(decision.value).get("ignore"):
                wanted.ignored_by = f"{ruleset}: {decision.rule} ({release.digest[:8]})"
    return wanted


def remember(work: Work, ticket: Ticket, wanted: Wanted) -> None:
    """Write what the mail filter decided into the history of the ticket that came of it."""
    for ruleset, result in wanted.asked:
        trace_id = record_trace(work, ticket.id, EVENT, ruleset, result.trace)
        cause = Cause(
            kind="rule",
            reason=f"{ruleset}: {', '.join(result.matched) or 'default'}",
            ref={
                "ruleset": ruleset,
                "release": str(result.trace.get("release", ""))[:12],
                "rules": list(result.matched),
            },
            trace_id=trace_id,
        )
        said = (_said(decision.action, decision.value) for decision in result.decisions)
        record(work.because(cause), ticket.id, "mail filter", after="; ".join(filter(None, said)))


def _steer(work: Work, wanted: Wanted, name: str, value: object, by: str) -> None:
    """Take one wish over; a name that the desk does not know must not keep the message out."""
    text = " ".join(str(value).split())
    if name == "queue":
        found = maybe(work.session, Queue, text)
        known = found is not None and found.active
        wanted.queue = found if known else wanted.queue
    elif name == "type":
        known = maybe(work.session, TicketType, text) is not None
        wanted.type = text if known else wanted.type
    elif name == "priority":
        try:
            wanted.priority = priority_of(work.session, text).name
            known = True
        except Invalid:
            known = False
    else:
        return
    if not known:
        wanted.unknown.append(f"{by} asks for the {name} {text[:80]!r}, which is not known here")


def _facts(work: Work, inbound: Inbound) -> dict[str, Any]:
    times = WorkingFacts(work.session).of("", "", work.now, work.now)
    return {name: value for name, value in times.items() if name.startswith("time.")} | {
        "ticket.title": inbound.subject,
        "ticket.body": inbound.text[:20_000],
        "ticket.channel": inbound.channel,
        "customer.email": inbound.writer,
        "customer.domain": inbound.writer.rpartition("@")[2],
        "customer.name": inbound.writer_name,
        "mail.automatic": inbound.machine,
        "mail.no_reply": inbound.automatic,
        "mail.to": [address[:320] for address in inbound.recipients[:MOST_LISTED]],
        "mail.files": [file.name[:200] for file in inbound.files[:MOST_LISTED]],
    }


def _said(action: str, value: Any) -> str:
    if action == "set":
        return ", ".join(f"{name} = {wanted}" for name, wanted in dict(value).items())
    return f"tag = {value}" if action == "add_tag" else ""
