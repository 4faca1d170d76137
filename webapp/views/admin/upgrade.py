"""What a new version of Vorgang brings for processes, rules and texts: looked at, taken or left."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.starter import (
    CATALOGUE,
    Difference,
    decline,
    differences_here,
    into_draft,
    prepared,
)
from engine.errors import Conflict, Invalid
from webapp.i18n import N_
from webapp.presenters.problem_words import finding_said
from webapp.refused import refuse
from webapp.views.agent.answers import text_of

KINDS = {
    "offer": (N_("on offer"), "done", N_("Nobody changed it here.")),
    "new": (N_("new"), "open", N_("It is not here yet.")),
    "conflict": (
        N_("conflict"),
        "warn",
        N_("Changed here and in what came; taking it puts yours away."),
    ),
}  # fmt: skip


@view_config(
    route_name="processes.upgrade",
    request_method="GET",
    renderer="admin/upgrade.jinja2",
    permission="owner",
)
def upgrade(request: Request) -> dict[str, Any]:
    """Everything that came anew, each with what it would change."""
    return _page(request, [])


@view_config(
    route_name="processes.upgrade",
    request_method="POST",
    renderer="admin/upgrade.jinja2",
    permission="owner",
)
def decide(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Put one of them in force, into a draft, or keep what is here."""
    name, how = text_of(request, "name", 200), text_of(request, "how", 20)
    there = request.route_path("processes.upgrade")
    try:
        if how == "draft":
            draft = into_draft(request.work, name)
            there = request.route_path("processes.publish", key=draft.key)
            said = N_("It is in the draft.")
        elif how == "take":
            prepared(request.work, [name])(request.work)
            said = N_("It is in force.")
        else:
            decline(request.work, request.desk.settings, [name])
            said = N_("What is in force here stays.")
    except (Invalid, Conflict) as error:
        refuse(request, error)
        return _page(request, [request.reader.explain(error), *_said(request, error)])
    request.session.flash(request.translate(said))
    return HTTPSeeOther(there)


def _said(request: Request, error: Invalid | Conflict) -> list[str]:
    problems = error.problems if isinstance(error, Invalid) else ()
    return [finding_said(problem.message, request.reader.language) for problem in problems]


def _page(request: Request, errors: list[str]) -> dict[str, Any]:
    found = differences_here(request.work)
    return {
        "errors": errors,
        "found": [(one, KINDS[one.kind], _drafted(one)) for one in found],
        "counts": {one.name: sum(map(_differs, one.lines)) for one in found},
    }


def _differs(line: str) -> bool:
    return line.startswith(("+", "-")) and not line.startswith(("+++", "---"))


def _drafted(one: Difference) -> bool:
    """Whether it can be looked at as a draft first: processes can, where none is begun."""
    return one.name.startswith("processes/") and one.name != CATALOGUE
