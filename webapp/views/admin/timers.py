"""Timers that did not fire as they should: why, when they are tried again, and at once."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.health import LATE
from engine.tickets import overview
from engine.timers import figures
from engine.timers.repair import retry
from webapp.presenters.health_words import TIMERS
from webapp.views.admin.said import N_
from webapp.views.agent.answers import id_of


@view_config(
    route_name="health.timers",
    request_method="GET",
    renderer="admin/timers.jinja2",
    permission="admin",
)
def timers(request: Request) -> dict[str, Any]:
    """What fails whenever it fires, and what is late without a reason."""
    now = request.work.now
    rows = figures.failing(request.db, now)
    rows += figures.waiting(request.db, now, LATE)
    ids = [row.ticket_id for row in rows]
    return {
        "rows": rows,
        "errors": {row.id: request.translate(row.last_error) for row in rows if row.last_error},
        "lag": figures.lag(request.db, now),
        "kinds": TIMERS,
        "now": now,
        "numbers": overview.numbers(request.db, ids),
        "readable": frozenset(overview.readable(request.db, request.actor, ids)),
    }


@view_config(route_name="health.timer_retry", request_method="POST", permission="admin")
def retry_timer(request: Request) -> HTTPSeeOther:
    """Try one of them again, at once."""
    retry(request.work, id_of(request))
    request.session.flash(request.translate(N_("It will be tried again at once.")))
    return HTTPSeeOther(request.route_path("health.timers"))
