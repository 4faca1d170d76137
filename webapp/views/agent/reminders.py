"""What one wants to be reminded of, and what one has put off: a list that nobody else sees."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.reminders import drop_reminder
from engine.tickets.reminders import reminders_page
from webapp.i18n import N_
from webapp.views.agent.answers import done, id_of, number_of, text_of


@view_config(
    route_name="reminders",
    request_method="GET",
    renderer="agent/reminders.jinja2",
    permission="agent",
)
def reminders(request: Request) -> dict[str, Any]:
    """One's own, the soonest first, in pages."""
    typed = request.GET.get("page", "1")[:6]
    number = int(typed) if typed.isascii() and typed.isdigit() else 1
    page = reminders_page(request.db, request.actor, number)
    return {"page": page, "now": request.work.now}


@view_config(route_name="reminders.done", request_method="POST", permission="agent")
def tick_off(request: Request) -> Response:
    """Tick one off, or have tasks back that were put off."""
    row = drop_reminder(request.work, id_of(request))
    text = N_("Your tasks there are back") if row.hides else N_("The reminder is ticked off")
    path = request.route_path
    back = path("tickets.one", number=row.ticket.number)
    page = number_of(request, "page", 1)
    listed = path("reminders", _query={"page": page} if page > 1 else {})
    href = back if text_of(request, "from") == "ticket" else listed
    return done(request, request.translate(text), href)
