"""Trying the drafts of rules on the tickets of the past, and what came out."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.rules_drafts import standing
from engine.commands.rules_dry_run import (
    cancel_dry_run,
    digest_of,
    dry_run_or_missing,
    dry_runs,
    start_dry_run,
)
from engine.errors import Conflict, Invalid
from engine.tickets.views import view_for, views
from webapp.i18n import N_
from webapp.presenters.rules_dry_run import (
    LOOKS,
    STATUSES,
    changed_fields,
    fired_rules,
    not_tried,
    ruleset_titles,
    top_names,
)
from webapp.presenters.rules_frame import draft_bar
from webapp.refused import refuse
from webapp.views.agent.answers import id_of, text_of, unchanged

DAYS = "30"


@view_config(route_name="rules.dry_runs", request_method="GET",
             renderer="admin/rules_dry_runs.jinja2", permission="owner")  # fmt: skip
def runs(request: Request) -> dict[str, Any]:
    """What can be tried, and what was tried of late."""
    return _page(request, "")


@view_config(route_name="rules.dry_runs", request_method="POST",
             renderer="admin/rules_dry_runs.jinja2", permission="owner")  # fmt: skip
def start(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Begin; a small run is over when the answer comes."""
    wish = _wish(request)
    try:
        query = wish["query"]
        if wish["view"].isdecimal():
            query = view_for(request.db, request.actor, int(wish["view"][:9])).query
        days = int(wish["days"]) if wish["days"].isdecimal() and wish["days"].isascii() else None
        row = start_dry_run(request.work, days=days, query=query, rulesets=wish["rulesets"])
    except (Invalid, Conflict) as error:
        refuse(request, error)
        return _page(request, request.reader.explain(error))
    return HTTPSeeOther(request.route_path("rules.dry_run", id=row.id))


@view_config(route_name="rules.dry_run", request_method="GET",
             renderer="admin/rules_dry_run.jinja2", permission="owner")  # fmt: skip
def result(request: Request) -> dict[str, Any]:
    """What would be otherwise: by field from what to what, by rule, and for whom."""
    return {"bar": draft_bar(request), **_result(request)}


@view_config(route_name="rules.dry_run.live", request_method="GET",
             renderer="admin/rules_dry_run_live.jinja2", permission="owner")  # fmt: skip
def live(request: Request) -> dict[str, Any] | Response:
    """The same without the frame, or 304 while nothing is new."""
    row = dry_run_or_missing(request.db, id_of(request))
    same = unchanged(request, _tag(row))
    return same if same is not None else _result(request)


@view_config(route_name="rules.dry_run.cancel", request_method="POST", permission="owner")
def cancel(request: Request) -> HTTPSeeOther:
    """Let a run be."""
    row = cancel_dry_run(request.work, id_of(request))
    request.session.flash(request.translate(N_("The dry run was called off.")))
    return HTTPSeeOther(request.route_path("rules.dry_run", id=row.id))


def _tag(row: Any) -> str:
    return f"{row.id}-{row.status}-{row.last_id}"


def _result(request: Request) -> dict[str, Any]:
    row = dry_run_or_missing(request.db, id_of(request))
    stand = standing(request.db)
    queues, other_queues = top_names(row.tally["queues"])
    companies, other_companies = top_names(row.tally["organisations"])
    return {
        "run": row,
        "tag": _tag(row),
        "status": STATUSES[row.status],
        "look": LOOKS[row.status],
        "overtaken": row.digest != digest_of(stand, row.rulesets),
        "not_tried": not_tried(row),
        "fields": changed_fields(request, row),
        "rules": fired_rules(request, row),
        "queues": queues,
        "other_queues": other_queues,
        "companies": companies,
        "other_companies": other_companies,
    }


def _page(request: Request, error: str) -> dict[str, Any]:
    stand = standing(request.db)
    removed = {name: draft.base for name, draft in stand.drafts.items() if draft.removed}
    return {
        "bar": draft_bar(request),
        "error": error,
        "wish": _wish(request) if request.method == "POST" else
                {"days": DAYS, "query": "", "view": "", "rulesets": list(stand.drafts)},
        "rulesets": ruleset_titles(request, {**removed, **stand.documents}),
        "drafted": set(stand.drafts),
        "views": [view for view in views(request.db, request.actor) if view.query],
        "runs": dry_runs(request.db),
        "statuses": STATUSES,
        "looks": LOOKS,
    }  # fmt: skip


def _wish(request: Request) -> dict[str, Any]:
    return {
        "days": text_of(request, "days", 5),
        "query": text_of(request, "query", 500),
        "view": text_of(request, "view", 9),
        "rulesets": [name[:80] for name in request.POST.getall("rulesets")[:200]],
    }
