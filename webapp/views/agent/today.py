"""Today: what is mine and due, what nobody has taken; kept live by asking again."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from webapp.presenters.today import today_of
from webapp.views.agent.answers import unchanged


@view_config(
    route_name="today", request_method="GET", renderer="agent/today.jinja2", permission="agent"
)
def today(request: Request) -> dict[str, Any]:
    """The agent's start page."""
    return {"today": today_of(request)}


@view_config(
    route_name="today.live",
    request_method="GET",
    renderer="agent/today_live.jinja2",
    permission="agent",
)
def today_live(request: Request) -> dict[str, Any] | Response:
    """The lists alone, or 304 while nothing has changed."""
    found = today_of(request)
    return unchanged(request, found.tag) or {"today": found}
