"""The ticket page, its parts that arrive by themselves, and its diagram."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.errors import NotFound
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from webapp.presenters.choices import title_of
from webapp.presenters.diagram_words import in_words_of
from webapp.presenters.ticket_page import (
    conversation_of,
    now_of,
    page_of,
    rights_of,
    side_of,
    tag_of,
)
from webapp.views.agent.answers import unchanged

PARTS: dict[str, Callable[[Request, Ticket], Any]] = {
    "head": lambda request, ticket: None,  # the ticket itself says it all
    "conversation": conversation_of,
    "now": now_of,
    "side": side_of,
}
TEMPLATE = "agent/ticket.jinja2"


@view_config(route_name="tickets.one", request_method="GET", renderer=TEMPLATE, permission="agent")
def ticket_page(request: Request) -> dict[str, Any]:
    """One ticket."""
    return {"page": page_of(request, ticket_for(request.work, request.matchdict["number"]))}


@view_config(
    route_name="tickets.live",
    request_method="GET",
    renderer="agent/ticket_live.jinja2",
    permission="agent",
)
def ticket_live(request: Request) -> dict[str, Any] | Response:
    """One part of the page, or 304 while nothing has changed in it."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    name = request.GET.get("part", "conversation")
    if name not in PARTS:
        raise NotFound("There is no such part.")
    same = unchanged(request, tag_of(request, ticket, name))
    if same is not None:
        return same
    page = {"ticket": ticket, "may": rights_of(request, ticket), name: PARTS[name](request, ticket)}
    return {"page": page | {"state": title_of(request, ticket.state)}, "part": name}


@view_config(route_name="tickets.diagram", request_method="GET", permission="agent")
def ticket_diagram(request: Request) -> Response:
    """The diagram of the version that this ticket is on."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    row = queries.instance_of(request.db, ticket)
    if row is None:
        raise NotFound("This ticket has no process.")
    definition = request.desk.library.definition(row.version)
    said = in_words_of(definition, request.reader)
    return Response(body=said, content_type="application/xml", charset="utf-8")
