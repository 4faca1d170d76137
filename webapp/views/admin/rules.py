"""The rules in force as sentences, and how often each has decided."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.audit import queries
from engine.catalogue.published import RulesInForce
from engine.errors import NotFound
from engine.rules import Release, Ruleset, explain
from engine.rules.sentences import default_sentence, sentence
from engine.tickets import overview


@view_config(
    route_name="rules", request_method="GET", renderer="admin/rules.jinja2", permission="owner"
)
def rules(request: Request) -> dict[str, Any]:
    """The rulesets, the release in force, and how rules are changed."""
    row = request.db.get(RulesInForce, 1)
    release = request.desk.library.release_of(row.release) if row else None
    asked = queries.evaluations(request.db)
    sets = [_set(request, release, name, asked) for name in release.names] if release else []
    return {"in_force": row, "sets": sorted(sets, key=lambda one: -one["asked"])}


@view_config(
    route_name="rules.one",
    request_method="GET",
    renderer="admin/ruleset.jinja2",
    permission="owner",
)
def ruleset(request: Request) -> dict[str, Any]:
    """One ruleset: its rules in the order asked, with figures, and recent decisions."""
    release = request.desk.library.release(request.db)
    found = release.rulesets.get(request.matchdict["name"])
    if found is None:
        raise NotFound("There is no such ruleset.")
    fired = queries.fired(request.db, found.name)
    return {
        "ruleset": found,
        "events": _events(release, found, request.reader.language),
        "rows": _rows(request, release, found, fired),
        "otherwise": default_sentence(found.default, release.vocabulary, request.reader.language),
        "fired": fired,
        "recent": _recent(request, release, found.name),
        "in_force": request.db.get(RulesInForce, 1),
    }


def _set(request: Request, release: Release, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    found = release.rulesets[name]
    count, last = asked.get(name, (0, None))
    return {
        "name": name,
        "title": request.reader.pick(found.title) or name,
        "rules": len(found.rules),
        "idle": sum(not rule.active for rule in found.rules),
        "events": _events(release, found, request.reader.language),
        "asked": count,
        "last": last,
    }


def _events(release: Release, found: Ruleset, language: str) -> list[str]:
    known = release.vocabulary.events
    return [str(known.get(e, {}).get("label", {}).get(language, e)) for e in found.events]


def _rows(
    request: Request, release: Release, found: Ruleset, fired: queries.Fired
) -> list[dict[str, Any]]:
    """Active rules in the order asked, then those put out of use."""
    idle = [rule for rule in found.rules if not rule.active]
    return [
        {
            "rule": rule,
            "title": request.reader.pick(rule.title) or rule.id,
            "parts": sentence(rule, release.vocabulary, request.reader.language),
            "count": fired.counts[rule.id],
            "last": fired.last.get(rule.id),
        }
        for rule in [*found.in_order(), *idle]
    ]


def _recent(request: Request, release: Release, name: str) -> list[dict[str, Any]]:
    traces = queries.recent(request.db, name)
    seen = overview.readable(request.db, request.actor, [trace.ticket_id for trace in traces])
    numbers = overview.numbers(request.db, [trace.ticket_id for trace in traces])
    return [
        {
            "at": trace.at,
            "number": numbers[trace.ticket_id],
            "ticket": seen.get(trace.ticket_id),
            "said": explain(trace.trace, None, request.reader.language, release.vocabulary),
        }
        for trace in traces
        if trace.ticket_id in numbers
    ]
