"""The releases of the rules: which decided when, what each says, what differs, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.published import RulesInForce
from engine.commands.rules_drafts import standing
from engine.commands.rules_publishing import (
    LONGEST_NOTE,
    periods,
    periods_between,
    periods_of,
    release_or_missing,
    roll_back_rules,
)
from engine.errors import Invalid, NotFound
from engine.rules.difference import difference, example_difference
from webapp.i18n import N_
from webapp.presenters.rules_difference import examples_shown, shown, vocabulary_read
from webapp.presenters.rules_frame import draft_bar
from webapp.presenters.rules_release import rulesets_of
from webapp.refused import refuse
from webapp.views.admin.rules_review import moment_read
from webapp.views.agent.answers import text_of


@view_config(route_name="rules.releases", request_method="GET",
             renderer="admin/rules_releases.jinja2", permission="owner")  # fmt: skip
def releases(request: Request) -> dict[str, Any]:
    """Which release decided when, the latest first."""
    return _list(request, [], "")


@view_config(route_name="rules.release", request_method="GET",
             renderer="admin/rules_release.jinja2", permission="owner")  # fmt: skip
def release(request: Request) -> dict[str, Any]:
    """The rules of one release, as sentences and as they are written."""
    row = release_or_missing(request.db, _number(request.matchdict["number"]))
    return {
        "release": row,
        "periods": periods_of(request.db, row),
        "in_force": request.db.get(RulesInForce, 1),
        "sets": rulesets_of(request, row),
        "bar": draft_bar(request),
    }


@view_config(route_name="rules.compare", request_method="GET",
             renderer="admin/rules_compare.jinja2", permission="owner")  # fmt: skip
def compare(request: Request) -> dict[str, Any]:
    """What differs between two releases, rule by rule and example by example."""
    older, newer = (release_or_missing(request.db, _number(request.GET.get(key)))
                    for key in ("a", "b"))  # fmt: skip
    changes = difference(older.documents, newer.documents)
    before, after = vocabulary_read(older.vocabulary), vocabulary_read(newer.vocabulary)
    examples = example_difference(older.examples, newer.examples)
    return {
        "a": older, "b": newer, "rows": shown(request, changes, before, after),
        "examples": examples_shown(request, examples),
        "other_words": older.vocabulary != newer.vocabulary,
        "bar": draft_bar(request),
    }  # fmt: skip


@view_config(route_name="rules.back", request_method="POST",
             renderer="admin/rules_releases.jinja2", permission="owner")  # fmt: skip
def back(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Put an earlier release in force again; where it cannot be, say why."""
    number = _number(request.matchdict["number"])
    try:
        row = roll_back_rules(request.work, number, text_of(request, "note", LONGEST_NOTE))
    except Invalid as error:
        refuse(request, error)
        return _list(request, error.problems, request.reader.explain(error))
    said = request.translate(N_("Release %(number)s is in force again.")) % {"number": row.number}
    if overtaken := standing(request.db).overtaken:
        more = N_("The drafts stay; Review puts those that began as other rules on top: %(names)s.")
        said = f"{said} {request.translate(more) % {'names': ', '.join(overtaken)}}"
    request.session.flash(said)
    return HTTPSeeOther(request.route_path("rules.releases"))


def _list(request: Request, problems: Any, error: str) -> dict[str, Any]:
    on, at = (text_of(request, key, 40) for key in ("on", "at"))
    asked = _span(request, on, at)
    rows = periods(request.db)
    return {
        "on": on if asked else "",
        "at": at if asked else "",
        "found": periods_between(request.db, *asked) if asked else None,
        "periods": rows,
        "numbers": [(n, n) for n in sorted({one.release.number for one in rows}, reverse=True)],
        "in_force": request.db.get(RulesInForce, 1),
        "problems": problems,
        "error": error,
        "bar": draft_bar(request),
    }


def _span(request: Request, on: str, at: str) -> tuple[datetime, datetime] | None:
    """The day that is asked about, in the reader's zone, or the moment where a time is said."""
    if at or "T" in on:
        moment = moment_read(request, f"{on}T{at}" if at else on)
        return (moment, moment) if moment else None
    try:
        day = datetime.fromisoformat(on).replace(tzinfo=request.reader.tz)
        return day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(said: Any) -> int:
    text = str(said or "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("There is no such release.")
    return int(text)
