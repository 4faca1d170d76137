"""Whether the desk keeps its promises: nothing lost, nothing stuck, nothing late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.outbox import queries as outbox_queries
from engine.outbox.repair import retry
from engine.tickets import overview
from webapp.presenters.incidents import failed_steps
from webapp.views.admin.checks import health_of
from webapp.views.admin.said import N_

OUTCOMES = {
    "created": N_("new ticket"),
    "follow_up": N_("answer on a ticket"),
    "duplicate": N_("received before"),
    "ignored": N_("ignored"),
    "held": N_("held back"),
    "unreadable": N_("could not be read"),
}
TOPICS = {
    "mail": N_("Mail"),
    "notice": N_("Notice"),
    "sms": N_("SMS"),
    "fax": N_("Fax"),
    "index": N_("Search index"),
    "link": N_("Password link"),
}


@view_config(
    route_name="health", request_method="GET", renderer="admin/health.jinja2", permission="admin"
)
def health(request: Request) -> dict[str, Any]:
    """All figures on one page, each leading to what is behind it."""
    return {
        "health": health_of(request.work),
        "outcomes": OUTCOMES,
        "day": overview.outcomes(request.db, request.work.now - timedelta(days=1)),
        "versions": overview.processes_in_force(request.db),
        "now": request.work.now,
    }


@view_config(
    route_name="health.outbox",
    request_method="GET",
    renderer="admin/outbox.jinja2",
    permission="admin",
)
def outbox(request: Request) -> dict[str, Any]:
    """What has not left yet, the dead first."""
    rows = outbox_queries.undelivered(request.db)
    return {
        "rows": rows,
        "load": outbox_queries.load(request.db),
        "topics": TOPICS,
        "numbers": overview.numbers(request.db, (row.ticket_id for row in rows)),
    }


@view_config(route_name="health.outbox_retry", request_method="POST", permission="admin")
def retry_outbox(request: Request) -> HTTPSeeOther:
    """Try one undelivered message again, at once."""
    retry(request.work, min(int(request.matchdict["id"][:12]), 2**31 - 1))
    request.session.flash(request.translate(N_("It will be tried again at once.")))
    return HTTPSeeOther(request.route_path("health.outbox"))


@view_config(
    route_name="health.inbound",
    request_method="GET",
    renderer="admin/inbound.jinja2",
    permission="admin",
)
def inbound(request: Request) -> dict[str, Any]:
    """Every message that reached us, what became of it and why."""
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    text = request.GET.get("before", "")[:10]
    before = int(text) if text.isascii() and text.isdigit() and int(text) < 2**31 else None
    rows = overview.inbound_page(request.db, outcome=outcome, before=before, limit=51)
    return {
        "rows": rows[:50],
        "older": rows[49][0].id if len(rows) > 50 else None,
        "newer": before is not None,
        "counts": overview.outcomes(request.db),
        "outcome": outcome,
        "outcomes": OUTCOMES,
    }


@view_config(
    route_name="health.incidents",
    request_method="GET",
    renderer="admin/incidents.jinja2",
    permission="admin",
)
def incidents(request: Request) -> dict[str, Any]:
    """Steps that failed and wait to be mended."""
    titles = {v.key: v.title for v in overview.processes_in_force(request.db)}
    return {"rows": failed_steps(request), "titles": titles}
