"""The notification centre: the page, the drawer behind the bell, what is unread, and reading it."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.notifications import read_about, read_all, read_some
from engine.notify.inbox import unread
from engine.tickets.access import ticket_for
from webapp.i18n import N_
from webapp.presenters.inbox import aloud, page_of
from webapp.views.agent.answers import HIGHEST, fetched, number_of, text_of, unchanged

MOST = 500  # ids that one request marks as read


@view_config(route_name="notifications", request_method="GET",
             renderer="agent/notifications.jinja2", permission="agent")  # fmt: skip
def notifications(request: Request) -> dict[str, Any]:
    """What one was told, by ticket, unread first; a script gets the latest alone."""
    kind, brief = text_of(request, "kind", 80), fetched(request)
    page = page_of(request, kind=kind, before=number_of(request, "before"), brief=brief)
    return {"page": page, "kind": kind, "brief": brief}


@view_config(route_name="notifications.live", request_method="GET", renderer="json",
             permission="agent")  # fmt: skip
def live(request: Request) -> dict[str, Any] | Response:
    """How many are unread, and the latest; 304 while that is the same. It renews no session."""
    found = unread(request.db, request.actor)
    return unchanged(request, found.tag) or aloud(request, found)


@view_config(route_name="notifications.read", request_method="POST", permission="agent")
def read(request: Request) -> Response:
    """Mark some, all about a ticket, or all that were shown as read."""
    until, number = number_of(request, "until"), text_of(request, "ticket", 50)
    if until:
        read_all(request.work, until)
        if not fetched(request):
            request.session.flash(request.translate(N_("Everything is marked as read.")))
    elif number:
        read_about(request.work, ticket_for(request.work, number).id)
    else:
        words = text_of(request, "ids", 12 * MOST).split()[:MOST]
        read_some(request.work, [min(int(w[:10]), HIGHEST) for w in words if w.isdecimal()])
    return Response(status=204) if fetched(request) else _back(request)


def _back(request: Request) -> HTTPSeeOther:
    kind = text_of(request, "kind", 80)
    query = {"kind": kind} if kind else {}
    return HTTPSeeOther(request.route_path("notifications", _query=query))
