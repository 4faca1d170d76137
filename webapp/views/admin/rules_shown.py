"""The ticket that shows what the check of the rules has found, kept as an example."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rule_examples import (
    LONGEST_NAME,
    example_of_finding,
    finding_of,
    keep_finding,
)
from engine.commands.rule_examples import text_of as shown_example
from engine.commands.rules_examining import examine_rules
from engine.errors import Conflict, Invalid, NotFound
from engine.rules.editing import content
from webapp.i18n import N_
from webapp.presenters.problem_words import finding_said
from webapp.presenters.rules_frame import draft_bar, ruleset_tabs
from webapp.refused import refuse
from webapp.views.agent.answers import text_of

PAGE = "admin/rules_shown.jinja2"


@view_config(route_name="rules.shown", request_method="GET", renderer=PAGE, permission="owner")
def shown(request: Request) -> dict[str, Any]:
    """The finding, its ticket, and the example that would be kept."""
    return _page(request, "")


@view_config(route_name="rules.shown", request_method="POST", renderer=PAGE, permission="owner")
def keep(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep it in the draft of the ruleset."""
    name, mark = request.matchdict["name"], request.matchdict["mark"]
    called = text_of(request, "name", LONGEST_NAME)
    try:
        keep_finding(request.work, name, mark, called, shall_fire=_shall_fire(request))
    except (Conflict, Invalid) as error:
        refuse(request, error)
        return _page(request, request.reader.explain(error))
    request.session.flash(request.translate(N_("Kept in the draft.")))
    return HTTPSeeOther(request.route_path("rules.examples", name=name))


def _shall_fire(request: Request) -> bool:
    return text_of(request, "expect", 10) == "fires"


def _page(request: Request, error: str) -> dict[str, Any]:
    name, mark = request.matchdict["name"], request.matchdict["mark"]
    examined = examine_rules(request.work)
    if name not in examined.stand.documents:
        raise NotFound("There is no such ruleset.")
    problem = finding_of(examined, name, mark)
    said = finding_said(problem.message, request.reader.language)
    about = f"{problem.element}: {said}" if problem.element else said
    called = text_of(request, "name", LONGEST_NAME) or about[:LONGEST_NAME]
    texts: list[str] = []
    for fires in (False, True):
        try:
            made = example_of_finding(examined, name, mark, called, shall_fire=fires)
            texts.append(shown_example(made))
        except Invalid as unfit:
            refuse(request, unfit)
            error = error or request.reader.explain(unfit)
            break
    return {
        "name": name,
        "title": content(examined.stand.documents[name]).get("title", {}),
        "tabs": ruleset_tabs(request, name),
        "bar": draft_bar(request, examined),
        "problem": problem,
        "called": called,
        "texts": texts[: 2 if problem.element else 1],
        "fires": _shall_fire(request),
        "error": error,
    }
