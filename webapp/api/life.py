"""What becomes of a ticket through the API: laid aside, opened again, merged, linked, retried."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.commands import incidents
from engine.commands.api_tickets import api_reopen
from engine.commands.merge import merge_tickets
from engine.commands.pending import set_pending
from engine.commands.tickets import link_tickets
from engine.errors import NotFound
from engine.tickets.access import require, ticket_for
from engine.tickets.flow import Incident
from engine.tickets.models import Ticket
from webapp.api import api_view, shapes
from webapp.api.here import ticket_here
from webapp.api.paging import once_for


@api_view(route_name="api.reopen", request_method="POST")
def reopen(request: Request) -> dict[str, Any]:
    """Open a ticket again, once for each Idempotency-Key; customers say what is still wrong."""
    ticket = ticket_here(request)
    reason = request.openapi_validated.body.get("reason", "")

    def open_again() -> Ticket:
        api_reopen(request.work, ticket, reason)
        return ticket

    once_for(request, open_again, lambda _: ticket)
    return _now(request, ticket)


@api_view(route_name="api.pending", request_method="POST")
def pending(request: Request) -> dict[str, Any]:
    """Lay a ticket aside until a moment."""
    ticket, values = _ticket(request), request.openapi_validated.body
    state = values.get("state", "pending reminder")
    set_pending(request.work, ticket, values["until"], state)
    return _now(request, ticket)


@api_view(route_name="api.merge", request_method="POST")
def merge(request: Request) -> dict[str, Any]:
    """Let a ticket go up in another one."""
    ticket, values = _ticket(request, "merge"), request.openapi_validated.body
    other = ticket_for(request.work, values["into"])
    merge_tickets(request.work, ticket, other, values.get("reason", ""))
    return _now(request, ticket)


@api_view(route_name="api.links", request_method="POST")
def link(request: Request) -> dict[str, Any]:
    """Say that two tickets have to do with each other; twice is once."""
    ticket = _ticket(request, "link")
    other = ticket_for(request.work, request.openapi_validated.body["to"])
    link_tickets(request.work, ticket, other)
    return _now(request, ticket)


@api_view(route_name="api.retry", request_method="POST")
def retry(request: Request) -> dict[str, Any]:
    """Try a failed step again; whether it ran is seen by the incidents that are left."""
    ticket = _ticket(request, "work")
    incident = request.db.get(Incident, request.openapi_validated.parameters.path["id"])
    if incident is None or incident.ticket_id != ticket.id:
        raise NotFound("There is no such incident.")
    incidents.retry(request.work, incident)
    return _now(request, ticket)


def _ticket(request: Request, verb: str = "read") -> Ticket:
    ticket = ticket_for(request.work, request.matchdict["number"])
    require(request.work, ticket, verb)
    return ticket


def _now(request: Request, ticket: Ticket) -> dict[str, Any]:
    request.db.flush()
    return shapes.whole_ticket(request, ticket)
