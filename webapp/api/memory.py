"""What the desk remembers of a ticket, for agents: history, decisions and path."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.errors import NotAllowed
from engine.rules import explain
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from webapp.api import api_view
from webapp.api.paging import asked, page_of
from webapp.api.shapes import Shape, moment
from webapp.presenters.why import vocabulary_of


@api_view(route_name="api.history", request_method="GET")
def get_history(request: Request) -> Shape:
    """Who or what changed the ticket and why, newest first."""
    ticket, query = ticket_of(request), asked(request)
    limit = query["limit"]
    rows = queries.history(request.db, ticket, before=query.get("before"), limit=limit + 1)
    return page_of(request, rows, limit, "before", _change)


@api_view(route_name="api.why", request_method="GET")
def get_why(request: Request) -> Shape:
    """What rules decided about the ticket, newest first, each with a sentence for people."""
    rows = queries.traces(request.db, ticket_of(request))
    return {"items": [_decision(request, row) for row in rows if row.trace.get("decisions")]}


@api_view(route_name="api.path", request_method="GET")
def get_path(request: Request) -> Shape:
    """The process of the ticket and what happened at its steps, oldest first."""
    instance = queries.instance_of(request.db, ticket_of(request))
    if instance is None:
        return {"process": None, "version": None, "status": None, "steps": []}
    return {
        "process": instance.version.key,
        "version": instance.version.number,
        "status": instance.status,
        "steps": [
            {"step": row.step_id, "outcome": row.outcome, "at": moment(row.at), "actor": row.actor}
            for row in queries.step_log(request.db, instance)
        ],
    }


def ticket_of(request: Request) -> Ticket:
    """The ticket of the address; customers may not know what of it is remembered."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    if not request.actor.is_agent:
        raise NotAllowed("This is for agents.")
    return ticket


def _change(request: Request, row: HistoryEntry) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": moment(row.at),
        "what": row.what,
        "before": row.before,
        "after": row.after,
        "actor": row.actor,
        "cause": row.cause,
        "reason": row.reason,
    }


def _decision(request: Request, row: DecisionTrace) -> Shape:
    trace = row.trace
    return {
        "at": moment(row.at),
        "event": row.event,
        "ruleset": row.ruleset,
        "release": row.release,
        "sentence": explain(trace, None, request.reader.language, vocabulary_of(request)),
        "facts": trace.get("facts") or {},
        "decisions": [
            {"rule": one.get("rule"), "action": one.get("action"), "value": one.get("value")}
            for one in trace["decisions"]
        ],
    }
