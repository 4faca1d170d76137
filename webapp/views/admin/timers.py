"""Timers: those that did not fire as they should, with the reason, and what comes next."""

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

SHOWN = 50  # of those that come, on one page


@view_config(
    route_name="health.timers",
    request_method="GET",
    renderer="admin/timers.jinja2",
    permission="admin",
)
def timers(request: Request) -> dict[str, Any]:
    """What fails whenever it fires, what is late without a reason, and what is set for later."""
    db, now, after = request.db, request.work.now, request.GET.get("after", "")[:100]
    rows = [] if after else [*figures.failing(db, now), *figures.waiting(db, now, LATE)]
    coming = figures.upcoming(db, now, after, SHOWN + 1)
    ids = [row.ticket_id for row in (*rows, *coming)]
    return {
        "rows": rows,
        "after": after,
        "errors": {row.id: request.translate(row.last_error) for row in rows if row.last_error},
        "lag": figures.lag(db, now),
        "by_kind": figures.coming(db, now, TIMERS),
        "coming": coming[:SHOWN],
        "older": figures.place(coming[SHOWN - 1]) if len(coming) > SHOWN else "",
        "most": figures.COUNTED,
        "kinds": TIMERS,
        "now": now,
        "numbers": overview.numbers(db, ids),
        "readable": frozenset(overview.readable(db, request.actor, ids)),
    }


@view_config(route_name="health.timer_retry", request_method="POST", permission="admin")
def retry_timer(request: Request) -> HTTPSeeOther:
    """Try one of them again, at once."""
    retry(request.work, id_of(request))
    request.session.flash(request.translate(N_("It will be tried again at once.")))
    return HTTPSeeOther(request.route_path("health.timers"))
