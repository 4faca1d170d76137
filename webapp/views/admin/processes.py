"""The processes in force and how they are doing; the diagram of each with its tickets on it."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.publish import ruleset_names
from engine.tickets import overview
from engine.workflow import Definition
from webapp.forms.fields import build_fields
from webapp.presenters.diagram_words import in_words_of
from webapp.presenters.incidents import failed_steps
from webapp.presenters.process_tabs import process_tabs
from webapp.views.admin.findings import problems_of


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
    return {"cards": cards}


@view_config(
    route_name="processes.one",
    request_method="GET",
    renderer="admin/process.jinja2",
    permission="owner",
)
def process(request: Request) -> dict[str, Any]:
    """One process: diagram, tickets, forms, findings, versions."""
    version = overview.process_in_force(request.db, request.matchdict["key"])
    definition = request.desk.library.definition(version)
    figures = overview.figures(request.db, request.work.now)
    counts = overview.step_counts(request.db, version.key, definition.steps)
    places = overview.places(request.db, request.actor, version.key)
    failed = failed_steps(request, version.key)
    return {
        "key": version.key,
        "title": version.title,
        "tabs": process_tabs(request, version.key),
        "version": version,
        "figures": figures.get(version.key) or overview.Figures(),
        "counts": counts,
        "failed": failed,
        "broken": sorted({row.incident.step_id.split("/", 1)[0] for row in failed}),
        "steps": _steps(request, definition, counts, places),
        "forms": _forms(request, definition),
        "problems": problems_of(version, ruleset_names(request.work)),
        "versions": overview.versions(request.db, version.key),
    }


@view_config(route_name="processes.diagram", request_method="GET", permission="owner")
def diagram(request: Request) -> Response:
    """The diagram in force or another: to look at in one's language, to download as drawn."""
    key, number = request.matchdict["key"], request.GET.get("version", "")[:10]
    version = overview.process_in_force(request.db, key)
    if number:
        version = overview.process_version(request.db, key, number)
    definition = request.desk.library.definition(version)
    download = "download" in request.GET
    said = definition.bpmn if download else in_words_of(definition, request.reader)
    response = Response(said, content_type="application/xml", charset="utf-8")
    if download:
        name = f"{version.key}-v{version.number}.bpmn"
        response.content_disposition = f'attachment; filename="{name}"'
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
            title = request.reader.pick(step.title) or step.name or step.id
            rows.append({"title": title, "count": max(count, len(here)), "places": here})
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
