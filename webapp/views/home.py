"""The start page for whoever comes, and a sign of life for load balancers."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config


@view_config(route_name="home", permission=NO_PERMISSION_REQUIRED, request_method="GET")
def home(request: Request) -> Response:
    """Agents start with today's tasks, customers with their requests, strangers with the login."""
    if request.person is None:
        return HTTPSeeOther(request.route_path("login"))
    return HTTPSeeOther(request.route_path("today" if request.actor.is_agent else "requests"))


@view_config(route_name="alive", permission=NO_PERMISSION_REQUIRED, request_method="GET")
def alive(request: Request) -> Response:
    """`ok` while this process answers; says nothing else to strangers."""
    return Response("ok", content_type="text/plain")
