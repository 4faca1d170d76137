"""While a rule is written: how many of the last tickets it would have matched, and which."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rules_counting import OF_FORMS, Matches, count_drafted, count_matches
from engine.commands.rules_drafts import standing
from engine.commands.rules_table import rule_of_line
from engine.errors import Invalid
from engine.tickets import overview
from webapp.presenters.rules_frame import draft_bar, fact_names
from webapp.refused import refuse
from webapp.views.admin.rules_table import read_lines
from webapp.views.agent.answers import text_of

LONGEST = 50_000  # characters of a rule
LONGEST_LINK = 4_000  # of a rule that stands in an address
MOST = 100  # tickets that are listed
UNREADABLE = "This rule cannot be read."


@view_config(route_name="rules.count", request_method=("GET", "POST"),
             renderer="admin/rules_count.jinja2", permission="owner")  # fmt: skip
def count(request: Request) -> dict[str, Any]:
    """One line: matched so many of so many, with the way to these tickets."""
    try:
        said = counted(request, text_of(request, "ruleset", 80), _data(request))
    except Invalid as error:
        refuse(request, error)
        said = uncounted(request, error)
    return {"counted": said}


@view_config(route_name="rules.matched", request_method=("GET", "POST"),
             renderer="admin/rules_matched.jinja2", permission="owner")  # fmt: skip
def matched(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """The tickets themselves, as far as the reader may read them."""
    name, data = text_of(request, "ruleset", 80), _data(request)
    try:
        found = _found(request, name, data)
    except Invalid as error:
        if error.message != OF_FORMS:
            raise
        refuse(request, error)
        return HTTPSeeOther(request.route_path("rules.try_form"))
    seen = overview.readable(request.db, request.actor, found.matched)
    shown = [seen[one] for one in found.matched if one in seen]
    return {
        "bar": draft_bar(request),
        "found": found,
        "ruleset": name,
        "rule": text_of(request, "rule", 80) or str(data.get("id") or ""),
        "tickets": shown[:MOST],
        "more": max(0, len(shown) - MOST),
        "hidden": len(found.matched) - len(shown),
    }


def counted(request: Request, name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a rule, as plain data or by its id; raises `Invalid` for what is none."""
    found = _found(request, name, rule)
    said = json.dumps(rule, separators=(",", ":")) if rule else ""  # half a character, too
    query = {
        "ruleset": name,
        **({"data": said} if rule else {"rule": text_of(request, "rule", 80)}),
    }
    short = len(quote_plus(said)) <= LONGEST_LINK
    return {
        "found": found,
        "ruleset": name,
        "data": said,
        "href": request.route_path("rules.matched", _query=query) if short else "",
        "untold": fact_names(request, found.untold),
    }


def uncounted(request: Request, error: Invalid) -> dict[str, Any]:
    """Half a rule is no mistake while somebody writes."""
    request.response.status_int = 200
    apart = request.reader.explain(error) if error.message == OF_FORMS else ""
    why = error.problems[0].message if error.problems else ""
    return {"found": None, "why": why, "apart": apart}


def _found(request: Request, name: str, rule: Mapping[str, Any]) -> Matches:
    if rule:
        return count_matches(request.work, name, rule)
    return count_drafted(request.work, name, text_of(request, "rule", 80))


def _data(request: Request) -> dict[str, Any]:
    """A rule as JSON, or as a line of a table; raises `Invalid` for anything else."""
    rule, line = _json(request, "data"), _json(request, "line")
    if line is None:
        return rule or {}
    stand, name = standing(request.db), text_of(request, "ruleset", 80)
    return dict(rule_of_line(stand, name, read_lines([line])[0]))


def _json(request: Request, key: str) -> dict[str, Any] | None:
    text = str(request.params.get(key) or "")
    if not text:
        return None
    try:
        data = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Invalid(UNREADABLE)
    return data
