"""Why a ticket is as it is, and why a rule did not fire: for those who may read the ticket."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.tickets.access import ticket_for
from webapp.presenters import why_not, why_page


@view_config(
    route_name="tickets.why", request_method="GET", renderer="agent/why.jinja2", permission="agent"
)
def why(request: Request) -> dict[str, Any]:
    """What was decided about the ticket by itself, newest first."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    return {"ticket": ticket, "page": why_page.page_of(request, ticket)}


@view_config(
    route_name="tickets.why_not",
    request_method="GET",
    renderer="agent/why_not.jinja2",
    permission="agent",
)
def not_fired(request: Request) -> dict[str, Any]:
    """Which rules did not fire, and on which condition that hung."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    return {"ticket": ticket, "page": why_not.page_of(request, ticket)}
