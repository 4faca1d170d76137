"""The ticket page, its parts that arrive by themselves, and its diagram."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.visits import visit
from engine.errors import NotFound
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from webapp.presenters.choices import title_of
from webapp.presenters.diagram_words import in_words_of
from webapp.presenters.ticket_page import (
    WITH,
    Asked,
    conversation_of,
    dialogs_of,
    earlier_of,
    head_of,
    now_of,
    page_of,
    rights_of,
    side_of,
)
from webapp.views.agent.answers import fetched, unchanged

PARTS: dict[str, Callable[[Asked], Any]] = {
    "head": head_of,
    "conversation": conversation_of,
    "now": now_of,
    "side": side_of,
    "here": lambda asked: asked.present,
    "dialogs": dialogs_of,
}
TEMPLATE = "agent/ticket.jinja2"


def ticket_here(request: Request) -> Ticket:
    """The ticket of the address with what the page needs of it."""
    return ticket_for(request.work, request.matchdict["number"], options=WITH)


@view_config(route_name="tickets.one", request_method="GET", renderer=TEMPLATE, permission="agent")
def ticket_page(request: Request) -> dict[str, Any]:
    """One ticket."""
    return {"page": page_of(request, ticket_here(request))}


@view_config(
    route_name="tickets.live",
    request_method="GET",
    renderer="agent/ticket_live.jinja2",
    permission="agent",
)
def ticket_live(request: Request) -> dict[str, Any] | Response:
    """The parts of the page that have changed; 304 while none has."""
    asked = Asked(request, ticket_here(request))
    tags = asked.tags
    same = unchanged(request, ".".join(tags.values()))
    if same is not None:
        return same
    known = re.findall("[0-9a-f]+", request.headers.get("If-None-Match", ""))
    names = [part for part in PARTS if tags[part] not in known]
    ticket = asked.ticket
    page = {"ticket": ticket, "may": rights_of(request, ticket)}
    page |= {part: PARTS[part](asked) for part in names}
    page |= {"state": title_of(request, ticket.state), "tags": tags}
    return {"page": page, "parts": names}


@view_config(
    route_name="tickets.messages",
    request_method="GET",
    renderer="agent/messages.jinja2",
    permission="agent",
)
def earlier_messages(request: Request) -> dict[str, Any]:
    """Messages before those that the page shows; a script gets them alone."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    page = {"ticket": ticket, "conversation": earlier_of(request, ticket)}
    return {"page": page, "alone": fetched(request)}


@view_config(route_name="tickets.here", request_method="POST", renderer="json", permission="agent")
def here(request: Request) -> dict[str, bool]:
    """The page is open and looked at: colleagues see it, and what is there is not new any more."""
    visit(request.work, ticket_for(request.work, request.matchdict["number"]))
    return {"here": True}


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
