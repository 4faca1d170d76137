"""The course of a finished ticket, gathered from its rows, so that an example can be made of it.

What people wrote stays behind: texts are replaced, choices and what the diagram itself says stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.errors import Invalid
from engine.tickets import queries
from engine.tickets.flow import ProcessInstance, WorkItem
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Definition
from engine.workflow.masking import TEXT, literals_of, masked
from engine.workflow.retelling import Course, retold
from engine.workflow.sandbox import rank_of
from engine.workflow.state import last_data
from engine.workflow.told import Told


def example_of(work: Work, ticket: Ticket) -> tuple[str, dict[str, Any], list[Told]]:
    """The key of the last process of a ticket, its course as a scenario, and what is not exact.

    The caller has looked whether the actor may read the ticket. `Invalid` while it is under way.
    """
    row = queries.instance_of(work.session, ticket)
    if row is None or row.status == "running":
        raise Invalid("This ticket has not come to its end yet.")
    definition = work.desk.library.definition(row.version)
    scenario, notes = retold(definition, course_of(work, ticket, row, definition))
    return row.version.key, scenario, notes


def course_of(work: Work, ticket: Ticket, row: ProcessInstance, definition: Definition) -> Course:
    """What the rows say about the way of a ticket through one process."""
    literals = literals_of(definition)
    at_end = {
        str(name): masked(value, _schema(definition, str(name)), literals)
        for name, value in last_data(row.document).items()
        if name != "ticket"
    }
    asked = {
        name for form in definition.forms.values() for name in form.schema.get("properties", {})
    }
    return Course(
        log=[(e.step_id, e.outcome, e.at) for e in queries.step_log(work.session, row)],
        answers=_answers(work, row),
        decided=_decided(work, row),
        ticket=_ticket(work, ticket, row, literals),
        given={name: value for name, value in at_end.items() if name not in asked},
        at_end=at_end,
        cancelled=row.status == "cancelled",
    )


def _answers(work: Work, row: ProcessInstance) -> dict[str, list[Mapping[str, Any] | None]]:
    query = select(WorkItem).where(WorkItem.instance_id == row.id, WorkItem.status == "done")
    found: dict[str, list[Mapping[str, Any] | None]] = {}
    for item in work.session.scalars(query.order_by(WorkItem.ended_at, WorkItem.id)):
        found.setdefault(item.step_id, []).append(item.answers)
    return found


def _decided(work: Work, row: ProcessInstance) -> list[Any]:
    """What steps asked rules and were told, while the process ran."""
    query = select(DecisionTrace).where(
        DecisionTrace.ticket_id == row.ticket_id,
        DecisionTrace.event == "asked",
        DecisionTrace.at >= row.started_at,
    )
    found = []
    for trace in work.session.scalars(query.order_by(DecisionTrace.id)):
        values: dict[str, Any] = {}
        for decision in trace.trace.get("decisions") or ():
            if decision.get("action") in ("set", "variable"):
                values |= dict(decision.get("value") or {})
        found.append((trace.ruleset, trace.at, values))
    return found


def _ticket(
    work: Work, ticket: Ticket, row: ProcessInstance, literals: Collection[str]
) -> dict[str, Any]:
    """The ticket as it was when the process began, without what says who and what about."""
    custom = {name: masked(value, {}, literals) for name, value in (ticket.custom or {}).items()}
    return custom | {
        "title": TEXT,
        "type": _before(work, row, "type", ticket.type.name if ticket.type else ""),
        "queue": _before(work, row, "queue", ticket.queue.name),
        "priority": rank_of(_before(work, row, "priority", ticket.priority.name)),
        "channel": ticket.channel,
        "language": ticket.language,
        "vip": bool(ticket.customer and ticket.customer.vip)
        or bool(ticket.organisation and ticket.organisation.vip),
    }


def _before(work: Work, row: ProcessInstance, what: str, now: str) -> str:
    """What a field was when the process began: what the first change since then changed."""
    query = (
        select(HistoryEntry.before)
        .where(
            HistoryEntry.ticket_id == row.ticket_id,
            HistoryEntry.what == what,
            HistoryEntry.at >= row.started_at,
        )
        .order_by(HistoryEntry.id)
        .limit(1)
    )
    return work.session.scalar(query) or now


def _schema(definition: Definition, name: str) -> Mapping[str, Any]:
    for form in definition.forms.values():
        found = form.schema.get("properties", {}).get(name)
        if isinstance(found, Mapping):
            return found
    return {}
