"""The one place where what rules decide and diagrams ask for becomes a change of a ticket."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from engine.audit.trail import record
from engine.catalogue.queries import inherited_sla
from engine.commands import changes
from engine.commands.assigning import assign
from engine.commands.clocks import sync_clocks
from engine.commands.notices import send_notice
from engine.commands.watching import add_watchers
from engine.commands.webhooks import call_webhook
from engine.errors import Invalid, VorgangError
from engine.rules import Decision
from engine.tickets.models import Article, Ticket
from engine.work import Cause, Work


@dataclass
class Carried:
    """What came of carrying out: fields changed, variables for the process, messages to send.

    A message has the rule that decided it as its cause, so that what follows is counted with it.
    """

    changed: changes.Changed = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    messages: list[tuple[str, Cause]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)  # by rule, in microseconds


def carry_out(work: Work, ticket: Ticket, decisions: Iterable[Decision]) -> Carried:
    """Do what the decisions say, in order; one that cannot be done is recorded and skipped."""
    carried = Carried()
    for decision in decisions:
        begun = time.perf_counter_ns()
        try:
            with _undone_if_refused(work, decision):
                do_action(work, ticket, decision.action, decision.value, carried)
        except VorgangError as error:
            problem = f"{decision.rule}: {error.message}"
            carried.problems.append(problem)
            record(work, ticket.id, "rule problem", after=problem)
        micros = (time.perf_counter_ns() - begun) // 1000
        carried.spent[decision.rule] = carried.spent.get(decision.rule, 0) + micros
    after_change(work, ticket, carried.changed)
    return carried


def _undone_if_refused(work: Work, decision: Decision) -> AbstractContextManager[Any]:
    """A savepoint where an action can be refused half-way: several fields, or a whole ticket."""
    several = decision.action == "set" and len(decision.value) > 1
    whole = decision.action in ("create_ticket", "start_process")
    return work.session.begin_nested() if several or whole else nullcontext()


def do_action(
    work: Work, ticket: Ticket, action: str, value: Any, carried: Carried | None = None
) -> Carried:
    """Do one action of the vocabulary; raises `Invalid` for one that is not known."""
    carried = carried or Carried()
    if action == "set":
        _set(work, ticket, value, carried)
    elif action == "assign":
        carried.changed |= assign(work, ticket, value)
        carried.variables["owner"] = ticket.owner.login if ticket.owner else ""
    elif action == "raise_priority":
        carried.changed |= changes.raise_priority(work, ticket, value)
        carried.variables["priority"] = ticket.priority.rank
    elif action == "watch":
        add_watchers(work, ticket, str(value))
    elif action == "add_tag":
        carried.changed |= changes.add_tag(work, ticket, str(value))
    elif action == "remove_tag":
        carried.changed |= changes.remove_tag(work, ticket, str(value))
    elif action == "note":
        write_note(work, ticket, str(value))
    elif action == "notify":
        urgent = value.get("urgency") == "high"
        to, template = str(value.get("to", "")), str(value.get("template", ""))
        send_notice(work, ticket, to, template, urgent=urgent)
    elif action == "webhook":
        call_webhook(work, ticket, str(value))
    elif action == "create_ticket":
        create_subtask(work, ticket, value)
    elif action in ("start_process", "link"):
        _other_ticket(work, ticket, action, value)
    elif action == "message":
        carried.messages.append((str(value), work.cause))
    elif action == "variable":
        carried.variables |= dict(value)
    else:
        raise Invalid(f"There is no action {action!r}.")
    return carried


def create_subtask(work: Work, ticket: Ticket, value: Mapping[str, Any]) -> None:
    """A ticket below this one; how many there may be, and how deep, is bounded there."""
    from engine.commands.children import create_child

    create_child(work, ticket, value)


def _other_ticket(work: Work, ticket: Ticket, action: str, value: Mapping[str, Any]) -> None:
    from engine.commands.linking import link_by_rule, start_below

    do = start_below if action == "start_process" else link_by_rule
    do(work, ticket, value)


def write_note(work: Work, ticket: Ticket, text: str) -> Article:
    """An internal article by the desk itself."""
    article = Article(
        ticket_id=ticket.id,
        channel="note",
        direction="internal",
        visible=False,
        sender=work.actor.name,
        body=text,
        automatic=True,
        created_at=work.now,
    )
    work.session.add(article)
    work.session.flush()
    record(work, ticket.id, "article", after=f"note {article.id}")
    return article


def after_change(work: Work, ticket: Ticket, changed: changes.Changed) -> None:
    """What every change of certain fields brings with it, whoever made it."""
    if ("service" in changed or "queue" in changed) and "sla" not in changed:
        _inherit_sla(work, ticket, changed)
    if "sla" in changed:
        sync_clocks(work, ticket)


def _inherit_sla(work: Work, ticket: Ticket, changed: changes.Changed) -> None:
    """The SLA of the ticket's service, else of its queue, unless somebody gave it another one."""
    if ticket.sla_source == "given":
        return
    before = ticket.sla
    ticket.sla, ticket.sla_source = inherited_sla(work.session, ticket.service, ticket.queue)
    if ticket.sla is not before:
        names = (before.name if before else ""), (ticket.sla.name if ticket.sla else "")
        changed["sla"] = names
        reason = f"comes with the {ticket.sla_source or 'queue'}"
        record(work, ticket.id, "sla", *names, reason=reason)


def _set(work: Work, ticket: Ticket, value: Mapping[str, Any], carried: Carried) -> None:
    fields = {name: wanted for name, wanted in value.items() if not name.startswith("custom.")}
    custom = {n.removeprefix("custom."): v for n, v in value.items() if n.startswith("custom.")}
    if custom:
        fields["custom"] = custom
    if "state" in fields and work.cause.kind == "rule":
        _refuse_state(work, ticket, str(fields["state"]))
    carried.changed |= changes.apply_changes(work, ticket, fields)
    carried.variables |= fields


def _refuse_state(work: Work, ticket: Ticket, name: str) -> None:
    """A rule neither ends a ticket behind its process nor opens it again, nor lays it aside."""
    from engine.catalogue.models import State
    from engine.catalogue.queries import by_name
    from engine.commands.pending import needs_date

    wanted = by_name(work.session, State, name)
    if wanted.ended or ticket.state.ended or needs_date(wanted):
        raise Invalid(
            "A rule cannot set the state “%(state)s” here; send the process a message instead.",
            values={"state": name},
        )
