"""The company's own ticket fields: the form with which they are made, changed and retired."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.models import CustomField
from engine.catalogue.own_fields import KINDS
from engine.commands import own_fields as commands
from engine.errors import Invalid
from webapp.views.admin.form_course import FormCourse
from webapp.views.admin.overtaken import mark
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted

KIND_NAMES = {
    "text": N_("text"),
    "choice": N_("one of several"),
    "number": N_("number"),
    "date": N_("date"),
}


@view_config(
    route_name="structure.field_new",
    request_method=("GET", "POST"),
    renderer="admin/own_field.jinja2",
    permission="admin",
)
def new_field(request: Request) -> Any:
    """Make a field."""
    if request.method == "GET":
        return _form(request, None, {"kind": "text", "active": True})
    typed = _typed(request, None)
    typed |= {name: request.POST.get(name, "").strip() for name in ("name", "kind")}
    try:
        return _saved(request, commands.create_field(request.work, _values(typed)))
    except Invalid as error:
        return FORM.refused(request, None, typed, error)


@view_config(
    route_name="structure.field",
    request_method=("GET", "POST"),
    renderer="admin/own_field.jinja2",
    permission="admin",
)
def field(request: Request) -> Any:
    """Change a field; retired it stays where it has a value."""
    row = commands.field_with(request.work, request.matchdict["name"][:60])
    return FORM.one(request, row)


def _typed(request: Request, row: CustomField | None) -> dict[str, Any]:
    typed: dict[str, Any] = {
        name: request.POST.get(name, "") for name in ("title_de", "title_en", "choices")
    }
    typed["choices"] = typed["choices"][:50_000].replace("\r\n", "\n").strip()
    flags = ("customer_visible", "active")
    return typed | {name: request.POST.get(name) == "true" for name in flags}


def _values(typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed as the command takes it."""
    title = {"de": typed["title_de"], "en": typed["title_en"]}
    return typed | {"title": title, "choices": typed["choices"].split("\n")}


def _stored(request: Request, row: CustomField) -> dict[str, Any]:
    """The field as it is."""
    return {
        "title_de": row.title.get("de", ""),
        "title_en": row.title.get("en", ""),
        "choices": "\n".join(map(str, row.choices)),
        "customer_visible": row.customer_visible,
        "active": row.active,
    }


def _form(
    request: Request,
    row: CustomField | None,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "row": row,
        "seen": mark(_stored(request, row)) if row is not None else "",
        "now": [],
        "typed": typed,
        "errors": errors or {},
        "kind": row.kind if row is not None else "",
        "kinds": [(name, request.translate(KIND_NAMES[name])) for name in KINDS],
    }


def _change(request: Request, row: CustomField, typed: dict[str, Any]) -> None:
    commands.change_field(request.work, row, _values(typed))


def _saved(request: Request, row: CustomField) -> HTTPSeeOther:
    name = request.reader.pick(row.title)
    request.session.flash(request.translate(N_("%(name)s has been saved.")) % {"name": name})
    accepted(request)
    return HTTPSeeOther(request.route_path("structure"))


FORM = FormCourse(_stored, _typed, _form, _change, _saved)
