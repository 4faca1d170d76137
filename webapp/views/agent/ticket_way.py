"""The way of a ticket through its process, and what is done where it cannot go on by itself."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import incidents
from engine.commands.undo import Remembered
from engine.errors import Invalid, NotFound
from engine.tickets.access import ticket_for
from engine.tickets.flow import Incident
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.way import OUTCOMES, way_of
from webapp.views.agent.answers import done, number_of, text_of

SAID = {
    "retry": N_("The step runs again"),
    "skip": N_("The step was skipped"),
    "move": N_("The ticket goes on there"),
    "mend": N_("The step runs again"),
}
UNDO = {"skip": "skip", "move": "step moved", "mend": "mend"}


@view_config(
    route_name="tickets.way", request_method="GET", renderer="agent/way.jinja2", permission="agent"
)
def way(request: Request) -> dict[str, Any]:
    """Every stay with its time, on the diagram in its order, and the ways on."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    everything = request.GET.get("all") == "1"
    found = way_of(request, ticket, everything=everything)
    return {"way": found, "ticket": ticket, "outcomes": OUTCOMES, "everything": everything}


@view_config(route_name="tickets.way", request_method="POST", permission="agent")
def help_along(request: Request) -> Response:
    """Try again, skip, move or mend; all but the first can be taken back."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    what = text_of(request, "do")
    undo = Remembered(request.work, UNDO.get(what, "step moved"))
    with undo.ticket(ticket):
        incident = _do(request, ticket, what)
    request.db.flush()
    again = what in ("retry", "mend") and incident is not None and incident.resolved_at is None
    text = request.translate(N_("The step stopped again") if again else SAID[what])
    href = request.route_path("tickets.one", number=ticket.number)
    kept = undo if what in UNDO else None
    return done(request, text, href, undo=kept, kind="bad" if again else "ok")


def _do(request: Request, ticket: Ticket, what: str) -> Incident | None:
    reason, step = text_of(request, "reason", 2_000), text_of(request, "step", 120)
    if "incident" not in request.POST and what in ("move", "skip"):
        token = text_of(request, "token", 40)
        if what == "move":
            incidents.move_token(request.work, ticket, token, step, reason)
        else:
            incidents.skip_token(request.work, ticket, token, reason)
        return None
    incident = _incident(request, ticket)
    if what == "retry":
        incidents.retry(request.work, incident, reason)
    elif what == "skip":
        incidents.skip(request.work, incident, reason)
    elif what == "move":
        incidents.move(request.work, incident, step, reason)
    elif what == "mend":
        incidents.mend(request.work, incident, _values(request), reason)
    else:
        raise Invalid("There is no such action.")
    return incident


def _incident(request: Request, ticket: Ticket) -> Incident:
    incident = incidents.incident_for(request.work, number_of(request, "incident"))
    if incident.ticket_id != ticket.id:
        raise NotFound("There is no such incident.")
    return incident


def _values(request: Request) -> dict[str, Any]:
    """The variable that is named, with what was typed as its value."""
    name = text_of(request, "other", 80) or text_of(request, "name", 80)
    typed = str(request.POST.get("value", ""))
    return {name: incidents.value_of(typed.strip())} if name else {}
