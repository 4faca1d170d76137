"""A ruleset and its examples as text: the form in which they are kept."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rules_drafts import (
    discard_rules_draft,
    remove_ruleset,
    save_rules_draft,
    standing,
)
from engine.commands.rules_examining import examine_rules
from engine.errors import Conflict, Invalid, NotFound
from engine.rules.editing import content
from engine.rules.source import LARGEST
from webapp.i18n import N_
from webapp.presenters.rules_frame import draft_bar, ruleset_tabs
from webapp.refused import refuse
from webapp.views.agent.answers import text_of

KINDS = {"rules.text": "text", "rules.examples": "examples"}


@view_config(route_name="rules.text", request_method="GET", renderer="admin/rules_text.jinja2",
             permission="owner")  # fmt: skip
@view_config(route_name="rules.examples", request_method="GET",
             renderer="admin/rules_text.jinja2", permission="owner")  # fmt: skip
def text(request: Request) -> dict[str, Any]:
    """The text as it stands, with all that is wrong with it."""
    return _page(request, None, "")


@view_config(route_name="rules.text", request_method="POST", renderer="admin/rules_text.jinja2",
             permission="owner")  # fmt: skip
@view_config(route_name="rules.examples", request_method="POST",
             renderer="admin/rules_text.jinja2", permission="owner")  # fmt: skip
def save(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep the text; where somebody else was quicker, it stays in the field and nothing is lost."""
    name, kind = request.matchdict["name"], KINDS[request.matched_route.name]
    typed = str(request.POST.get("text", ""))[: LARGEST + 1].replace("\r\n", "\n")
    try:
        save_rules_draft(request.work, name, revision_of(request), **{kind: typed})
    except (Conflict, Invalid) as error:
        refuse(request, error)
        return _page(request, typed, request.reader.explain(error))
    request.session.flash(request.translate(N_("Kept in the draft.")))
    return HTTPSeeOther(request.current_route_path())


@view_config(route_name="rules.discard", request_method="POST", permission="owner")
def discard(request: Request) -> HTTPSeeOther:
    """Throw away what was changed of a ruleset."""
    discard_rules_draft(request.work, request.matchdict["name"], revision_of(request))
    request.session.flash(request.translate(N_("The changes were thrown away.")))
    return HTTPSeeOther(request.route_path("rules"))


@view_config(route_name="rules.remove", request_method="POST", permission="owner")
def remove(request: Request) -> HTTPSeeOther:
    """Leave a ruleset out of the next release."""
    remove_ruleset(request.work, request.matchdict["name"], revision_of(request))
    request.session.flash(request.translate(N_("The next release leaves this ruleset out.")))
    return HTTPSeeOther(request.route_path("rules"))


def revision_of(request: Request) -> int:
    """The revision that a form was made from; raises `Invalid`."""
    said = text_of(request, "revision", 9) or "0"
    if not (said.isascii() and said.isdigit()):
        raise Invalid("This cannot be read.")
    return int(said)


def _page(request: Request, typed: str | None, error: str) -> dict[str, Any]:
    name, kind = request.matchdict["name"], KINDS[request.matched_route.name]
    stand = standing(request.db)
    if name not in stand.documents:
        raise NotFound("There is no such ruleset.")
    examined = examine_rules(request.work)
    draft = stand.drafts.get(name)
    kept = stand.documents[name] if kind == "text" else stand.examples.get(name, "")
    return {
        "name": name,
        "kind": kind,
        "title": content(stand.documents[name]).get("title", {}),
        "tabs": ruleset_tabs(request, name),
        "bar": draft_bar(request, examined),
        "text": kept if typed is None else typed,
        "error": error,
        "draft": draft,
        "revision": draft.revision if draft else 0,
        "problems": (examined.problems if kind == "text" else examined.red).get(name, ()),
    }
