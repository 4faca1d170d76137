"""What is promised for a service: its SLA, changed after what that means was told."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.models import Service, Sla
from engine.catalogue.queries import all_of
from engine.commands import structure as commands
from engine.tickets.models import Ticket
from webapp.presenters.choices import sla_choices, title_of
from webapp.views.admin.form_course import FormCourse
from webapp.views.admin.overtaken import mark
from webapp.views.admin.promise_meaning import meaning
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted, id_of, text_of


@view_config(
    route_name="structure.service",
    request_method=("GET", "POST"),
    renderer="admin/service.jinja2",
    permission="admin",
)
def service(request: Request) -> Any:
    """The SLA of one service."""
    return FORM.one(request, commands.service_with(request.work, id_of(request)))


def _stored(request: Request, row: Service) -> dict[str, Any]:
    slas = {sla.id: sla.name for sla in all_of(request.db, Sla)}
    return {"sla": slas.get(row.sla_id or 0, "")}


def _typed(request: Request, row: Service) -> dict[str, Any]:
    return {"sla": text_of(request, "sla", 200)}


def _form(
    request: Request, row: Service, typed: dict[str, Any], errors: dict[str, str]
) -> dict[str, Any]:
    return {
        "row": row,
        "title": title_of(request, row),
        "seen": mark(_stored(request, row)),
        "now": [],
        "found": None,
        "typed": typed,
        "errors": errors,
        "slas": sla_choices(request),
    }


def _change(request: Request, row: Service, typed: dict[str, Any]) -> None:
    commands.change_service(request.work, row, typed["sla"])


def _means(request: Request, row: Service, typed: dict[str, Any]) -> dict[str, Any] | None:
    if typed == _stored(request, row):
        return None
    return meaning(
        request, Ticket.service_id == row.id,
        lambda work: commands.change_service(work, row, typed["sla"]),
    )  # fmt: skip


def _saved(request: Request, row: Service) -> HTTPSeeOther:
    name = title_of(request, row)
    request.session.flash(request.translate(N_("%(name)s has been saved.")) % {"name": name})
    accepted(request)
    return HTTPSeeOther(request.route_path("structure") + "#services")


FORM = FormCourse(_stored, _typed, _form, _change, _saved, means=_means)
