"""Why a ticket is as it is, and why a rule did not fire: for those who may read the ticket."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.audit.models import DecisionTrace
from engine.commands.rule_examples import LONGEST_NAME, example_from, keep_example
from engine.commands.rule_examples import text_of as shown_example
from engine.errors import Conflict, Invalid
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from engine.tickets.reasons import trace_for
from webapp.i18n import N_
from webapp.presenters import why_not, why_page
from webapp.refused import refuse
from webapp.views.agent.answers import text_of


@view_config(
    route_name="tickets.why", request_method="GET", renderer="agent/why.jinja2", permission="agent"
)
def why(request: Request) -> dict[str, Any]:
    """What was decided about the ticket by itself, newest first."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    return {"ticket": ticket, "page": why_page.page_of(request, ticket)}


@view_config(
    route_name="tickets.why_not",
    request_method="GET",
    renderer="agent/why_not.jinja2",
    permission="agent",
)
def not_fired(request: Request) -> dict[str, Any]:
    """Which rules did not fire, and on which condition that hung."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    return {"ticket": ticket, "page": why_not.page_of(request, ticket)}


@view_config(
    route_name="tickets.why_example",
    request_method="GET",
    renderer="agent/why_example.jinja2",
    permission="owner",
)
def example(request: Request) -> dict[str, Any]:
    """What would be kept as an example of a decision, shown before it is."""
    return _example(request, "")


@view_config(
    route_name="tickets.why_example",
    request_method="POST",
    renderer="agent/why_example.jinja2",
    permission="owner",
)
def keep(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep it in the draft of the ruleset."""
    ticket, trace = _decision(request)
    try:
        keep_example(request.work, ticket, trace, text_of(request, "name", LONGEST_NAME))
    except (Conflict, Invalid) as error:
        refuse(request, error)
        return _example(request, request.reader.explain(error))
    request.session.flash(request.translate(N_("Kept in the draft.")))
    return HTTPSeeOther(request.route_path("rules.examples", name=trace.ruleset))


def _decision(request: Request) -> tuple[Ticket, DecisionTrace]:
    ticket = ticket_for(request.work, request.matchdict["number"])
    return ticket, trace_for(request.db, ticket, int(request.matchdict["trace"][:20]))


def _example(request: Request, error: str) -> dict[str, Any]:
    ticket, trace = _decision(request)
    name = text_of(request, "name", LONGEST_NAME)
    if not name:
        name = f"{', '.join(rules_of(trace))} ({ticket.number})"[:LONGEST_NAME]
    made = None
    try:
        made = example_from(request.work, ticket, trace, name)
    except Invalid as unfit:
        refuse(request, unfit)
        error = error or request.reader.explain(unfit)
    return {
        "ticket": ticket,
        "trace": trace,
        "name": name,
        "text": shown_example(made) if made else "",
        "as_it_was": made.as_it_was if made else [],
        "error": error,
    }


def rules_of(trace: DecisionTrace) -> list[str]:
    """The ids of the rules that fired."""
    listed = trace.trace.get("rules") or ()
    return [str(one.get("id")) for one in listed if one.get("matched")] or ["default"]
