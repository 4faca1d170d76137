"""Asking for access, and setting a password by a link; the answers are the same for everybody."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from engine.commands.people import forgot_password, register, use_password_link
from engine.errors import Invalid, NotFound
from engine.people.account import open_link
from engine.people.passwords import LONGEST, SHORTEST
from webapp.i18n import N_
from webapp.refused import refuse
from webapp.security import client_address
from webapp.views.public.login import posted

WORDS = {
    "email": N_("Please give a complete e-mail address."),
    "required": N_("Please answer this."),
    "name": N_("Please give your name alone, without addresses."),
}


@view_config(
    route_name="register",
    request_method="GET",
    renderer="public/register.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def register_page(request: Request) -> dict[str, Any]:
    """Name and address are all that is asked."""
    return {"sent": "sent" in request.GET, "name": "", "email": "", "errors": {}}


@view_config(
    route_name="register",
    request_method="POST",
    renderer="public/register.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def register_here(request: Request) -> dict[str, Any] | Response:
    """Send the link to the address, and only there."""
    name, email = posted(request, "name")[:200], posted(request, "email")[:320]
    try:
        register(
            request.work,
            name=name,
            email=email,
            language=request.reader.language,
            address=client_address(request),
        )
    except Invalid as error:
        return refused(request, error, name=name, email=email, sent=False)
    return HTTPSeeOther(request.route_path("register", _query={"sent": "1"}))


@view_config(
    route_name="forgot",
    request_method="GET",
    renderer="public/forgot.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def forgot_page(request: Request) -> dict[str, Any]:
    """Ask for the address."""
    return {"sent": "sent" in request.GET}


@view_config(route_name="forgot", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def forgot_here(request: Request) -> Response:
    """Send a link if there is such a person; the answer does not say."""
    email = posted(request, "email")[:320]
    forgot_password(request.work, email, address=client_address(request))
    return HTTPSeeOther(request.route_path("forgot", _query={"sent": "1"}))


@view_config(
    route_name="password",
    request_method="GET",
    renderer="public/password.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def password_page(request: Request) -> dict[str, Any]:
    """The form for a new password, or at once that the link does not work any more."""
    shown = {"errors": {}, "spent": False, "shortest": SHORTEST}
    try:
        open_link(request.db, request.matchdict["token"], request.work.now)
    except NotFound:
        request.response.status_int = 404
        return shown | {"spent": True}
    return shown


@view_config(
    route_name="password",
    request_method="POST",
    renderer="public/password.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def set_password_here(request: Request) -> dict[str, Any] | Response:
    """Set the password by the link, once, and ask to log in with it."""
    _ = request.translate
    shown = {"spent": False, "shortest": SHORTEST}
    errors = password_errors(request, posted(request, "password"), posted(request, "again"))
    if errors:
        request.response.status_int = 422
        return shown | {"errors": errors}
    try:
        use_password_link(request.work, request.matchdict["token"], posted(request, "password"))
    except NotFound:
        request.response.status_int = 404
        return shown | {"errors": {}, "spent": True}
    request.session.flash(_("Your password is set. You can log in with it now."))
    return HTTPSeeOther(request.route_path("login"))


def password_errors(request: Request, password: str, again: str) -> dict[str, str]:
    """What is wrong with a new password, by field."""
    _ = request.translate
    if len(password) > LONGEST:
        raise Invalid(N_("This password is too long."))
    if len(password) < SHORTEST:
        return {"password": _("Please use at least %(count)s characters.") % {"count": SHORTEST}}
    if password != again:
        return {"again": _("The two passwords are not the same.")}
    return {}


def refused(request: Request, error: Invalid, **shown: Any) -> dict[str, Any]:
    """The form again, with what was typed and what is wrong; nothing is saved."""
    refuse(request, error)
    plain = request.reader.explain(error)
    errors = {
        k: request.translate(WORDS[v]) if v in WORDS else plain for k, v in error.fields.items()
    }
    return shown | {"errors": errors}
