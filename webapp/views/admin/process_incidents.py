"""Failed steps, of one process or of all: seen together, and helped along together."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import incidents
from engine.errors import Invalid, NotFound, VorgangError
from engine.tickets import overview
from engine.tickets.flow import Incident, ProcessInstance
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.incidents import failed_steps, grouped, missing
from webapp.presenters.problem_words import finding_said
from webapp.presenters.process_tabs import process_tabs
from webapp.views.agent.answers import done, text_of

MOST = 200  # tickets listed, and helped along at once
NOTHING = N_("No ticket was chosen.")
STOPPED = N_("It stopped again: %(reason)s")


@view_config(
    route_name="health.incidents",
    request_method="GET",
    renderer="admin/incidents.jinja2",
    permission="admin",
)
def of_all(request: Request) -> dict[str, Any]:
    """Steps of any process that failed and wait to be mended."""
    titles = {v.key: v.title for v in overview.processes_in_force(request.db)}
    failed = failed_steps(request)
    groups = grouped(request, failed)
    return {"groups": groups, "titles": titles, "full": len(failed) >= MOST}


@view_config(
    route_name="processes.incidents",
    request_method="GET",
    renderer="admin/process_incidents.jinja2",
    permission="owner",
)
def of_one(request: Request) -> dict[str, Any]:
    """Steps of one process that failed, and steps for which nobody is found."""
    version = overview.process_in_force(request.db, request.matchdict["key"])
    failed = failed_steps(request, version.key)
    return {
        "key": version.key,
        "title": version.title,
        "tabs": process_tabs(request, version.key),
        "groups": grouped(request, failed),
        "full": len(failed) >= MOST,
        "missing": missing(request, version),
    }


@view_config(route_name="health.incidents", request_method="POST", permission="admin")
def help_all(request: Request) -> Response:
    """Help tickets of any process along."""
    return _helped(request, "", request.route_path("health.incidents"))


@view_config(route_name="processes.incidents", request_method="POST", permission="owner")
def help_one(request: Request) -> Response:
    """Help tickets of this process along."""
    key = request.matchdict["key"]
    overview.process_in_force(request.db, key)
    return _helped(request, key, request.route_path("processes.incidents", key=key))


def _helped(request: Request, key: str, back: str) -> Response:
    """Each ticket for itself, so that one that cannot go on keeps no other from it."""
    chosen = [text for text in request.POST.getall("select")[:MOST] if str(text).isdecimal()]
    refused: list[tuple[str, str]] = []
    if not chosen:
        raise Invalid(NOTHING)
    for text in dict.fromkeys(chosen):
        number = ""
        try:
            with request.db.begin_nested():
                incident = _incident(request, int(text[:12]), key)
                number = request.db.get_one(Ticket, incident.ticket_id).number
                refused += _help(request, incident, number)
        except VorgangError as error:
            refused.append((number, request.reader.explain(error)))
    count = len(dict.fromkeys(chosen))
    well = count - len(refused)
    said = N_("%(well)s of %(count)s go on.")
    text = request.translate(said) % {"well": well, "count": count}
    return done(request, text, back, kind="warn" if refused else "ok", refused=refused)


def _incident(request: Request, incident_id: int, key: str) -> Incident:
    incident = incidents.incident_for(request.work, min(incident_id, 2**31 - 1))
    row = request.db.get(ProcessInstance, incident.instance_id or 0)
    if key and (row is None or row.version.key != key):
        raise NotFound("There is no such incident.")
    return incident


def _help(request: Request, incident: Incident, number: str) -> list[tuple[str, str]]:
    """Do what was chosen; what stopped again is told with its reason."""
    work, reason = request.work, text_of(request, "reason", 2_000)
    what = text_of(request, "do")
    if what == "retry":
        incidents.retry(work, incident, reason)
    elif what == "skip":
        incidents.skip(work, incident, reason)
    elif what == "move":
        incidents.move(work, incident, text_of(request, "step", 120), reason)
    else:
        raise Invalid("This cannot be done with several tickets.")
    request.db.flush()
    if incident.resolved_at is not None:
        return []
    reason = finding_said(incident.message, request.reader.language)
    return [(number, request.translate(STOPPED) % {"reason": reason[:80]})]
