"""The processes in force and how they are doing; the diagram of each with its tickets on it."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.catalogue.published import ProcessInForce
from engine.commands.process_drafts import draft_of
from engine.commands.process_drafts import drafts as drafts_of
from engine.commands.process_templates import process_templates
from engine.commands.publish import ruleset_names
from engine.commands.shared_parts import is_shared
from engine.errors import NotFound
from engine.tickets import overview
from engine.workflow import Definition
from engine.workflow.source import DIAGRAM
from engine.workflow.xml import XmlFault
from webapp.forms.fields import build_fields
from webapp.presenters.diagram_words import said_to, titles_said
from webapp.presenters.incidents import failed_steps, missing
from webapp.presenters.path import placed_name
from webapp.presenters.process_tabs import process_tabs
from webapp.views.admin.findings import problems_of
from webapp.views.admin.process_files import chosen_files


@view_config(
    route_name="processes",
    request_method="GET",
    renderer="admin/processes.jinja2",
    permission="owner",
)
def processes(request: Request) -> dict[str, Any]:
    """A card for each process."""
    figures = overview.figures(request.db, request.work.now)
    rulesets = ruleset_names(request.work)
    cards = [
        {
            "version": version,
            "figures": figures.get(version.key) or overview.Figures(),
            "problems": len(problems_of(version, rulesets)),
        }
        for version in overview.processes_in_force(request.db)
    ]
    shown = {version.key for version in overview.processes_in_force(request.db)}
    drafts = drafts_of(request.db)
    return {
        "cards": cards,
        "drafts": {draft.key: draft for draft in drafts},
        "fresh": [d for d in drafts if d.key not in shown and not is_shared(d.key)],
        "parts": overview.parts_in_force(request.db),
        "templates": process_templates(request.desk.settings),
    }


@view_config(
    route_name="processes.one",
    request_method="GET",
    renderer="admin/process.jinja2",
    permission="owner",
)
def process(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """One process: diagram, tickets, forms, findings, versions. A mere draft is on its own page."""
    key = request.matchdict["key"]
    if request.db.get(ProcessInForce, key) is None and draft_of(request.db, key):
        return HTTPSeeOther(request.route_path("processes.publish", key=key))
    version = overview.process_in_force(request.db, key)
    definition = request.desk.library.definition(version)
    figures = overview.figures(request.db, request.work.now)
    counts = overview.step_counts(request.db, version.key, definition.steps)
    calls = [step.id for step in definition.steps.values() if step.kind == "callActivity"]
    places = overview.places(request.db, request.actor, version.key, calls)
    failed = failed_steps(request, version.key)
    return {
        "key": version.key,
        "title": version.title,
        "tabs": process_tabs(request, version.key),
        "version": version,
        "since": overview.in_force_since(request.db, version),
        "figures": figures.get(version.key) or overview.Figures(),
        "counts": counts,
        "failed": failed,
        "missing": missing(request, version),
        "broken": sorted({row.incident.step_id.split("/", 1)[0] for row in failed}),
        "steps": _steps(request, definition, counts, places),
        "forms": _forms(request, definition),
        "problems": problems_of(version, ruleset_names(request.work)),
        "called": titles_said(request.reader, version.files.get(DIAGRAM, "")),
        "draft": draft_of(request.db, key),
    }


@view_config(route_name="processes.diagram", request_method="GET", permission="owner")
def diagram(request: Request) -> Response:
    """A diagram: to look at in the reader's language, to download as it was drawn.

    The one in force, else `?version=N`, or that of the draft.
    """
    found = chosen_files(request, request.matchdict["key"])
    bpmn = found.files.get(DIAGRAM, "").encode()
    download = "download" in request.GET
    try:
        said = bpmn if download else said_to(request.reader, bpmn)
    except XmlFault:
        raise NotFound("This diagram cannot be read.") from None
    response = Response(said, content_type="application/xml", charset="utf-8")
    if download:
        response.content_disposition = f'attachment; filename="{found.name}.bpmn"'
    return response


def _steps(
    request: Request, definition: Definition, counts: dict[str, int], places: list[overview.Place]
) -> list[dict[str, Any]]:
    """The steps at which tickets stand, each with those that the reader may open."""
    rows = []
    for step in definition.steps.values():
        count = counts.get(step.id, 0)
        here = [place for place in places if _stands(place.step_id, step.id, definition)]
        if (count or here) and step.kind != "callActivity":  # what it calls is listed itself
            title = placed_name(request, definition, step)
            count, known = max(count, len(here)), len(places) < overview.MOST_TICKETS
            closed = count - len(here) if known else 0  # on tickets that the reader may not open
            rows.append({"title": title, "count": count, "places": here, "closed": closed})
    return rows


def _stands(place: str, step: str, definition: Definition) -> bool:
    return place == step or (place not in definition.steps and place.split("/", 1)[0] == step)


def _forms(request: Request, definition: Definition) -> list[dict[str, Any]]:
    """Each form as its reader would see it, and the steps that show it."""
    language = request.reader.language
    rows = []
    for name, form in definition.forms.items():
        steps = [step for step in definition.steps.values() if step.form == name]
        title = request.reader.pick(form.ui.get("title")) or name
        names = [request.reader.pick(step.title) or step.name for step in steps]
        titles = [one for one in dict.fromkeys(names) if one != title]
        fields = build_fields(form.schema, form.ui, language)
        rows.append({"name": name, "title": title, "steps": titles, "fields": fields})
    return rows
