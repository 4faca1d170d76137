"""What a ticket's clocks say and why, and what they would say under another promise."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.tickets.access import ticket_for
from webapp.presenters import clocks_page


@view_config(
    route_name="tickets.clocks",
    request_method="GET",
    renderer="agent/clocks.jinja2",
    permission="agent",
)
def clocks(request: Request) -> dict[str, Any]:
    """The clocks drawn and told; another SLA or calendar in the address is tried, never kept."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    return {"ticket": ticket, "page": clocks_page.page_of(request, ticket)}
