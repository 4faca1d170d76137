"""After something happened: ask the rules that listen for it, and do what they decide.

A rule never fires on what it caused itself, nor does a default; a chain of rules ends after five
links, and where one was cut off, the ticket's history says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.audit.alarms import note_difference
from engine.audit.trail import record, record_spent, record_trace
from engine.commands.carry_out import Carried, carry_out
from engine.commands.facts import facts_of, times_of
from engine.errors import NotFound
from engine.rules import Evaluation
from engine.rules.release import DEFAULT
from engine.tickets.models import Ticket
from engine.work import Cause, Work

DEEPEST = 5
ARRIVED = "ticket.arrived"  # before there is anything that could change


def ask(
    work: Work,
    ticket: Ticket,
    ruleset: str,
    *,
    event: str = "",
    changed: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> tuple[Carried, Evaluation]:
    """Put the ticket to one ruleset of the release in force and carry out what it decides.

    Messages to the process, also those of rules that hear of the changes, are the caller's to
    deliver: a process that is just moving can take none before it has come to rest.
    """
    release = work.desk.library.release(work.session)
    evaluation = _evaluated(work, ticket, ruleset, event, changed, facts)
    if not evaluation.decisions:
        return Carried(), evaluation
    kept = {**evaluation.trace, **_place_in_chain(work.cause)}
    trace_id = record_trace(work, ticket.id, event or "asked", ruleset, kept)
    decided_by = evaluation.matched or (DEFAULT,)
    cause = Cause(
        kind="rule",
        reason=f"{ruleset}: {', '.join(decided_by)}",
        ref={"ruleset": ruleset, "release": release.digest[:12], "rules": list(evaluation.matched)},
        trace_id=trace_id,
        depth=work.cause.depth + 1,
        rules=work.cause.rules | {f"{ruleset}/{rule}" for rule in decided_by},
    )
    carried = carry_out(work.as_desk().because(cause), ticket, evaluation.decisions)
    record_spent(work, trace_id, carried.spent)
    if carried.changed and event != ARRIVED:
        by_rule = work.as_desk().because(cause)
        further = _ask_all(by_rule, ticket, "ticket.changed", carried.changed, {})
        carried.messages += further.messages
    return carried, evaluation


def _evaluated(
    work: Work,
    ticket: Ticket,
    ruleset: str,
    event: str,
    changed: Mapping[str, Any] | None,
    facts: Mapping[str, Any] | None,
) -> Evaluation:
    """What the ruleset decides about the ticket as it is; nothing is carried out."""
    release = work.desk.library.release(work.session)
    seen = facts_of(work, ticket, **(facts or {}))
    before = _as_facts(changed or {})
    evaluation = release.evaluate(
        ruleset,
        seen,
        event=event or None,
        changed=before,
        skip=work.cause.rules,
        now=work.now,
        times=times_of(work, ticket),
    )
    note_difference(work, evaluation.trace, ticket.number)
    return evaluation


def _place_in_chain(cause: Cause) -> dict[str, Any]:
    """How far down a chain this is, the decision it follows, and which rules led here."""
    if not cause.depth:
        return {}
    return {"depth": cause.depth, "after": cause.trace_id, "caused": sorted(cause.rules)}


def _as_facts(changed: Mapping[str, Any]) -> dict[str, Any]:
    """What changed under the names of the facts; the company's own fields one by one."""
    facts = {f if "." in f else f"ticket.{f}": pair for f, pair in changed.items()}
    if "ticket.customer" in facts:  # of whom rules know the address, not the login
        facts["customer.email"] = facts.pop("ticket.customer")
    old, new = facts.pop("ticket.custom", ({}, {}))
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name):
            facts[f"custom.{name}"] = (old.get(name, ""), new.get(name, ""))
    return facts


def follow_up(
    work: Work,
    ticket: Ticket,
    event: str,
    *,
    changed: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Carried:
    """Ask every ruleset that listens for the event; messages to the process are delivered here."""
    flat = {name.replace("__", "."): value for name, value in facts.items()}
    total = _ask_all(work, ticket, event, changed, flat)
    deliver(work, ticket, total.messages)
    return total


def classify(work: Work, ticket: Ticket, facts: Mapping[str, Any]) -> None:
    """Let rules say what a ticket is that has just arrived: the process that begins depends on it.

    Nothing has changed yet that rules could hear of, and no process waits for a message.
    """
    _ask_all(work, ticket, ARRIVED, None, facts)


def _ask_all(
    work: Work,
    ticket: Ticket,
    event: str,
    changed: Mapping[str, Any] | None,
    facts: Mapping[str, Any],
) -> Carried:
    total = Carried()
    try:
        release = work.desk.library.release(work.session)
    except NotFound:
        return total  # a desk without rules still works
    for ruleset in release.listening(event):
        if work.cause.depth >= DEEPEST:
            if _evaluated(work, ticket, ruleset, event, changed, facts).decisions:
                _stopped(work, ticket)
            continue
        carried, _ = ask(work, ticket, ruleset, event=event, changed=changed, facts=facts)
        total.messages += carried.messages
    return total


def deliver(work: Work, ticket: Ticket, messages: Iterable[tuple[str, Cause]]) -> None:
    """Send the process what rules decided, as theirs: it may lead to rules again, but not for ever.

    A diagram that goes back to where the same message waits would go round without end.
    """
    from engine.commands.processes import send_message

    for message, cause in messages:
        by_rule = work.as_desk().because(cause)
        if cause.depth < DEEPEST:
            send_message(by_rule, ticket, message)
        else:
            _stopped(by_rule, ticket)


def _stopped(work: Work, ticket: Ticket) -> None:
    """Tell on the ticket that rules would have gone on here."""
    record(work, ticket.id, "rule problem", after="a chain of rules was stopped after 5 links")
