"""Switching language and theme by a form, for pages that must not be loaded twice to do it."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from webapp.i18n import LANGUAGE_COOKIE, LANGUAGES
from webapp.jinja import THEME_COOKIE, THEMES, keep_look
from webapp.security import safe_next
from webapp.views.public.login import posted


@view_config(route_name="language", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def language(request: Request) -> Response:
    """Speak another language in this browser from now on."""
    return _switched(request, LANGUAGE_COOKIE, "language", LANGUAGES)


@view_config(route_name="theme", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def theme(request: Request) -> Response:
    """Look light, dark, or as the system prefers, in this browser from now on."""
    return _switched(request, THEME_COOKIE, "theme", (*THEMES, "auto"))


def _switched(request: Request, cookie: str, name: str, allowed: tuple[str, ...]) -> Response:
    response = HTTPSeeOther(safe_next(request, posted(request, "next")))
    if posted(request, name) in allowed:
        keep_look(request, response, cookie, posted(request, name))
    return response
