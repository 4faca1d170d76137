"""While a rule is written: how many of the last tickets it would have matched, and which."""

from __future__ import annotations

import json
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rules_counting import Matches, count_drafted, count_matches
from engine.errors import Invalid
from engine.tickets import overview
from webapp.presenters.rules_frame import draft_bar
from webapp.refused import refuse
from webapp.views.agent.answers import text_of

LONGEST = 50_000  # characters of a rule
LONGEST_LINK = 4_000  # of a rule that stands in an address
MOST = 100  # tickets that are listed


@view_config(route_name="rules.count", request_method=("GET", "POST"),
             renderer="admin/rules_count.jinja2", permission="owner")  # fmt: skip
def count(request: Request) -> dict[str, Any]:
    """One line: matched so many of so many, with the way to these tickets."""
    try:
        found = _found(request)
    except Invalid as error:
        refuse(request, error)
        request.response.status_int = 200  # half a rule is no mistake while somebody writes
        return {"found": None, "href": ""}
    return {"found": found, "href": _href(request)}


@view_config(route_name="rules.matched", request_method="GET",
             renderer="admin/rules_matched.jinja2", permission="owner")  # fmt: skip
def matched(request: Request) -> dict[str, Any]:
    """The tickets themselves, as far as the reader may read them."""
    found = _found(request)
    seen = overview.readable(request.db, request.actor, found.matched)
    shown = [seen[one] for one in found.matched if one in seen]
    return {
        "bar": draft_bar(request),
        "found": found,
        "ruleset": text_of(request, "ruleset", 80),
        "rule": text_of(request, "rule", 80) or str(_data(request).get("id") or ""),
        "tickets": shown[:MOST],
        "more": max(0, len(shown) - MOST),
        "hidden": len(found.matched) - len(shown),
    }


def _found(request: Request) -> Matches:
    name, rule = text_of(request, "ruleset", 80), text_of(request, "rule", 80)
    if request.params.get("data"):
        return count_matches(request.work, name, _data(request))
    return count_drafted(request.work, name, rule)


def _data(request: Request) -> dict[str, Any]:
    """A rule as JSON; raises `Invalid` for anything else."""
    text = str(request.params.get("data") or "")
    if not text:
        return {}
    try:
        data = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Invalid("This rule cannot be read.")
    return data


def _href(request: Request) -> str:
    """The page of the tickets; empty where the rule is too long for an address."""
    query = {"ruleset": text_of(request, "ruleset", 80)}
    if request.params.get("data"):
        query["data"] = json.dumps(_data(request), ensure_ascii=False, separators=(",", ":"))
    else:
        query["rule"] = text_of(request, "rule", 80)
    if len(query.get("data", "")) > LONGEST_LINK:
        return ""
    return str(request.route_path("rules.matched", _query=query))
