"""Failed steps, of one process or of all: seen together, and helped along together."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import incidents
from engine.commands.incidents_all import help_alike
from engine.commands.incidents_many import Help, help_many, incident_in
from engine.errors import Invalid, VorgangError
from engine.tickets import overview
from webapp.i18n import N_
from webapp.presenters.incidents import LISTED, done_with, failed_steps, grouped, missing
from webapp.presenters.problem_words import finding_said
from webapp.presenters.process_tabs import process_tabs
from webapp.views.agent.answers import done, text_of

MOST = LISTED  # tickets helped along at once
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
    count = overview.incident_count(request.db)
    return {"groups": groups, "titles": titles, "full": len(failed) >= MOST, "all": count}


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
        "all": overview.incident_count(request.db, version.key),
        "lately": done_with(request, version),
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
    alike = text_of(request, "alike", 12)
    if alike.isdecimal():
        return _helped_all(request, int(alike), key, back)
    chosen = [text for text in request.POST.getall("select")[:MOST] if str(text).isdecimal()]
    if not chosen:
        raise Invalid(NOTHING)
    ids = list(dict.fromkeys(int(text[:12]) for text in chosen))
    found = help_many(request.work, ids, _help(request), key)
    said = N_("%(well)s of %(count)s go on.")
    text = request.translate(said) % {"well": len(found.well), "count": len(ids)}
    refused = [(number, _why(request, why)) for number, why in found.left]
    kind = "warn" if refused else "ok"
    return done(request, text, back, undo=found.undo, kind=kind, refused=refused)


def _helped_all(request: Request, like: int, key: str, back: str) -> Response:
    """All that failed in the same way, which the worker does."""
    incident, _ = incident_in(request.work, like, key)
    count = help_alike(request.work, incident, _help(request))
    said = N_("It is being done with %(count)s tickets; look below how far it is.")
    return done(request, request.translate(said) % {"count": count}, back)


def _help(request: Request) -> Help:
    """What was chosen; values count only where a variable is to be mended."""
    what, name = text_of(request, "do"), text_of(request, "name", 80)
    values = {name: incidents.value_of(text_of(request, "value", 10_001))} if name else {}
    return Help(
        what, text_of(request, "reason", 2_000), text_of(request, "step", 120),
        values if what == "mend" else {},
    )  # fmt: skip


def _why(request: Request, why: VorgangError | str) -> str:
    """Why one did not go on: it was refused, or stopped again."""
    if isinstance(why, VorgangError):
        return str(request.reader.explain(why))
    reason = finding_said(why, request.reader.language)[:80]
    return str(request.translate(STOPPED) % {"reason": reason})
