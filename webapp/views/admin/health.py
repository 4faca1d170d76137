"""Whether the desk keeps its promises: nothing lost, nothing stuck, nothing late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import held
from engine.commands.receipts import Receipt
from engine.outbox import queries as outbox_queries
from engine.outbox.repair import retry
from engine.tickets import overview
from engine.work import Work
from webapp.presenters.health_words import OUTCOMES, TOPICS
from webapp.views.admin.checks import health_of
from webapp.views.admin.said import N_
from webapp.views.agent.answers import id_of, number_of
from webapp.views.agent.files import download


@view_config(
    route_name="health", request_method="GET", renderer="admin/health.jinja2", permission="admin"
)
def health(request: Request) -> dict[str, Any]:
    """All figures on one page, each leading to what is behind it."""
    found = health_of(request.work)
    return {
        "health": found,
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
        "load": outbox_queries.load(request.db, request.work.now),
        "topics": TOPICS,
        "numbers": overview.numbers(request.db, (row.ticket_id for row in rows)),
        "readable": _readable(request, (row.ticket_id for row in rows)),
    }


@view_config(route_name="health.outbox_retry", request_method="POST", permission="admin")
def retry_outbox(request: Request) -> HTTPSeeOther:
    """Try one undelivered message again, at once."""
    retry(request.work, id_of(request))
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
    before = number_of(request, "before") or None
    rows = overview.inbound_page(request.db, outcome=outcome, before=before, limit=51)
    return {
        "rows": rows[:50],
        "readable": _readable(request, (message.ticket_id for message, _ in rows)),
        "older": rows[49][0].id if len(rows) > 50 else None,
        "newer": before is not None,
        "counts": overview.outcomes(request.db),
        "senders": overview.held_by_sender(request.db),
        "outcome": outcome,
        "outcomes": OUTCOMES,
    }


@view_config(route_name="health.inbound_take", request_method="POST", permission="admin")
def take_in(request: Request) -> HTTPSeeOther:
    """Take a held message in after all, or with `all` every one of its sender."""
    return _decided(request, held.take_in, N_("Taken in."), N_("%(done)s taken in, %(left)s left."))


@view_config(route_name="health.inbound_ignore", request_method="POST", permission="admin")
def ignore(request: Request) -> HTTPSeeOther:
    """Put a held message aside, or with `all` every one of its sender."""
    return _decided(request, held.put_aside, N_("Ignored."), N_("%(done)s ignored, %(left)s left."))


@view_config(route_name="health.inbound_original", request_method="GET", permission="admin")
def original(request: Request) -> Response:
    """A message that became no ticket, byte by byte."""
    name, data = held.original_of(request.work, id_of(request))
    return download(data, name, "")


def _decided(
    request: Request, decide: Callable[[Work, int], Receipt], one: str, many: str
) -> HTTPSeeOther:
    if request.POST.get("all") == "1":
        done, left = held.of_sender(request.work, id_of(request), decide)
        said = request.translate(many) % {"done": done, "left": left}
    else:
        number = decide(request.work, id_of(request)).ticket
        said = request.translate(one) + (f" #{number}" if number else "")
    request.session.flash(said)
    return HTTPSeeOther(request.route_path("health.inbound", _query={"outcome": "held"}))


def _readable(request: Request, ids: Iterable[int | None]) -> frozenset[int]:
    """Those of these tickets that the reader may open; of the others only the number is said."""
    return frozenset(overview.readable(request.db, request.actor, ids))
