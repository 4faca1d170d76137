"""Logging in and out; nothing here tells a stranger whether somebody exists."""

from __future__ import annotations

from typing import Any

from pyramid.csrf import new_csrf_token
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember
from pyramid.view import view_config

from engine.commands.people import log_in, log_out, session_person
from engine.errors import Invalid
from engine.people.passwords import LONGEST
from webapp.i18n import N_
from webapp.kept import carried, mine
from webapp.refused import stands
from webapp.security import client_address, login_key, safe_next

TOO_LONG = N_("This password is too long.")
LONGEST_LOGIN = 320


@view_config(
    route_name="login",
    request_method="GET",
    renderer="public/login.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def login_page(request: Request) -> dict[str, Any] | Response:
    """The form; whoever is logged in already goes on."""
    target = safe_next(request, request.GET.get("next"))
    if request.person is not None:
        return HTTPSeeOther(target)
    return {"next": target, "login": "", "failed": False}


@view_config(
    route_name="login",
    request_method="POST",
    renderer="public/login.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def log_in_here(request: Request) -> dict[str, Any] | Response:
    """Open a new session, or answer the same for every reason why not."""
    login, password = posted(request, "login"), posted(request, "password")
    target = safe_next(request, posted(request, "next"))
    if len(password) > LONGEST:
        raise Invalid(TOO_LONG)
    key = log_in(
        request.work,
        login[:LONGEST_LOGIN],
        password,
        address=client_address(request),
        device=request.user_agent or "",
    )
    if key is None:
        stands(request)  # the failure is counted
        request.response.status_int = 422
        found = carried(request, posted(request, "kept"))
        return {"next": target, "login": login[:LONGEST_LOGIN], "failed": True, "kept": found}
    response = enter(request, key, target)
    return still_to_send(request, key, response) or response


@view_config(route_name="logout", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def log_out_here(request: Request) -> Response:
    """End this session, here and in the database."""
    key = login_key(request)
    if key:
        log_out(request.work, key)
    request.session.invalidate()
    return HTTPSeeOther(request.route_path("login"), headers=forget(request))


def enter(request: Request, key: str, target: str) -> Response:
    """Go on as the person of a fresh session; what the stranger's session held is thrown away."""
    request.session.invalidate()
    new_csrf_token(request)
    return HTTPSeeOther(target, headers=remember(request, key))


def still_to_send(request: Request, key: str, entered: Response) -> Response | None:
    """What this person had written when the old session ended, to be sent now; else nothing."""
    request.db.flush()
    person = session_person(request.db, key, request.work.now)
    found = mine(request, carried(request, posted(request, "kept")), person)
    if found is None:
        return None
    request.person = person  # the page is theirs already
    response: Response = render_to_response(
        "errors/again.jinja2", {"kept": found, "href": entered.location}, request=request
    )
    response.headerlist.extend((n, v) for n, v in entered.headerlist if n == "Set-Cookie")
    return response


def posted(request: Request, name: str) -> str:
    """A text of the form; files and absent fields are the empty text."""
    value = request.POST.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""
