"""Organisations that customers belong to: found, made, changed and put out of use."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands import organisations as commands
from engine.errors import Invalid
from engine.people import directory
from engine.people.models import Organisation
from engine.people.queries import person_by_login
from engine.work import Work
from webapp.views.admin.customer_meaning import meaning
from webapp.views.admin.form_course import FormCourse
from webapp.views.admin.overtaken import mark
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted, id_of


@view_config(
    route_name="organisations",
    request_method="GET",
    renderer="admin/organisations.jinja2",
    permission="admin",
)
def organisations(request: Request) -> dict[str, Any]:
    """The list, searched and in pages."""
    text, number = request.GET.get("q", "")[:200], request.GET.get("page", "1")
    page = directory.organisations_page(
        request.db,
        text=text,
        number=int(number[:6]) if number.isascii() and number.isdigit() else 1,
    )
    return {"page": page, "q": text}


@view_config(
    route_name="organisations.new",
    request_method=("GET", "POST"),
    renderer="admin/organisation.jinja2",
    permission="admin",
)
def new(request: Request) -> Any:
    """Make an organisation."""
    if request.method == "GET":
        return _form(request, None, {"active": True})
    typed = _typed(request, None)
    try:
        return _saved(request, commands.create_organisation(request.work, typed))
    except Invalid as error:
        return FORM.refused(request, None, typed, error)


@view_config(
    route_name="organisations.one",
    request_method=("GET", "POST"),
    renderer="admin/organisation.jinja2",
    permission="admin",
)
def organisation(request: Request) -> Any:
    """One organisation with its people; saved it keeps them."""
    row = directory.organisation_with(request.db, id_of(request))
    return FORM.one(request, row)


@view_config(route_name="organisations.people", request_method="POST", permission="admin")
def people(request: Request) -> Any:
    """Let somebody belong here, by login, or all who write from its mail domain."""
    row = directory.organisation_with(request.db, id_of(request))
    login = request.POST.get("login", "").strip()[:320]
    if request.POST.get("domain") == "1":
        found = directory.homeless(request.db, row)
    else:
        person = person_by_login(request.db, login)
        found = [person] if person is not None else []
    if not found:
        request.session.flash(
            {"text": request.translate(N_("There is no such person.")), "kind": "bad"}
        )
    elif commands.take_in(request.work, row, found):
        said = request.reader.ngettext(
            "%(num)s person belongs to it now.", "%(num)s people belong to it now.", len(found)
        )
        request.session.flash(said % {"num": len(found)})
    return HTTPSeeOther(request.route_path("organisations.one", id=row.id))


def _typed(request: Request, row: Organisation | None) -> dict[str, Any]:
    post = request.POST
    typed: dict[str, Any] = {name: post.get(name, "").strip() for name in ("name", "domain")}
    return typed | {name: post.get(name) == "true" for name in ("internal", "vip", "active")}


def _stored(request: Request, row: Organisation) -> dict[str, Any]:
    """The fields as they are."""
    return {field: getattr(row, field) for field in commands.FIELDS}


def _form(
    request: Request,
    row: Organisation | None,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    people, total = directory.people_of(request.db, row) if row is not None else ([], 0)
    return {
        "row": row,
        "seen": mark(_stored(request, row)) if row is not None else "",
        "now": [],
        "found": None,
        "typed": typed,
        "errors": errors or {},
        "people": people,
        "total": total,
        "homeless": len(directory.homeless(request.db, row)) if row is not None else 0,
    }


def _change(request: Request, row: Organisation, typed: dict[str, Any]) -> None:
    commands.change_organisation(request.work, row, typed)


def _means(request: Request, row: Organisation, typed: dict[str, Any]) -> dict[str, Any] | None:
    def change(work: Work) -> None:
        commands.change_organisation(work, row, typed)

    return meaning(request, row, _stored(request, row), typed, change)


def _whose_domain(request: Request, error: Invalid) -> dict[str, str]:
    return {"domain": request.reader.explain(error)} if "other" in error.values else {}


def _saved(request: Request, row: Organisation) -> HTTPSeeOther:
    request.session.flash(request.translate(N_("%(name)s has been saved.")) % {"name": row.name})
    accepted(request)
    return HTTPSeeOther(request.route_path("organisations.one", id=row.id))


FORM = FormCourse(_stored, _typed, _form, _change, _saved, _whose_domain, _means)
