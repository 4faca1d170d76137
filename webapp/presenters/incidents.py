"""Failed steps for owners and admins: each with its reason, the ticket only if they read it."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from engine.tickets import overview
from engine.tickets.access import may
from engine.tickets.flow import Incident
from engine.tickets.models import Ticket


@dataclass(frozen=True)
class Failed:
    """One failed step. Without `ticket` the reader may not read it and only learns its number."""

    incident: Incident
    key: str
    number: str
    ticket: Ticket | None
    retry: bool


def failed_steps(request: Request, key: str = "") -> list[Failed]:
    """Unresolved incidents of all processes or of one, newest first."""
    rows = overview.incident_page(request.db, key=key)
    ids = [incident.ticket_id for incident, _ in rows]
    seen = overview.readable(request.db, request.actor, ids)
    numbers = overview.numbers(request.db, ids)
    found = []
    for incident, process in rows:
        ticket = seen.get(incident.ticket_id)
        retry = ticket is not None and may(request.db, request.actor, ticket, "work")
        number = numbers[incident.ticket_id]
        found.append(Failed(incident, process, number, ticket, retry))
    return found
