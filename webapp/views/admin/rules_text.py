"""A ruleset and its examples as text: the form in which they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.rules_drafting import RulesDraft
from engine.commands.rules_drafts import (
    Standing,
    discard_rules_draft,
    proposal,
    remove_ruleset,
    save_rules_draft,
    standing,
)
from engine.commands.rules_examining import examine_rules
from engine.errors import Conflict, Invalid, NotFound, Problem, VorgangError
from engine.rules.editing import content
from webapp.i18n import N_
from webapp.presenters.rules_frame import draft_bar, ruleset_tabs
from webapp.presenters.rules_text import phrases_of_editor, words_of_text
from webapp.presenters.text_difference import difference
from webapp.refused import refuse
from webapp.views.agent.answers import text_of

QUICK = 150_000  # characters of all rules that are checked in no time
KINDS = {"rules.text": "text", "rules.examples": "examples"}


@view_config(route_name="rules.text", request_method="GET", renderer="admin/rules_text.jinja2",
             permission="owner")  # fmt: skip
@view_config(route_name="rules.examples", request_method="GET",
             renderer="admin/rules_text.jinja2", permission="owner")  # fmt: skip
def text(request: Request) -> dict[str, Any]:
    """The text as it stands, with all that is wrong with it."""
    return _page(request, None, None)


@view_config(route_name="rules.text", request_method="POST", renderer="admin/rules_text.jinja2",
             permission="owner")  # fmt: skip
@view_config(route_name="rules.examples", request_method="POST",
             renderer="admin/rules_text.jinja2", permission="owner")  # fmt: skip
def save(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep the text; where somebody else was quicker, it stays in the field and nothing is lost."""
    typed = as_lines(str(request.POST.get("text", "")))
    try:
        keep(request, revision_of(request), typed)
    except (Conflict, Invalid, NotFound) as error:
        refuse(request, error)
        return _page(request, typed, error)
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


def as_lines(typed: str) -> str:
    """A text as it is kept: lines end in one way, and no mark of the byte order stands before."""
    return typed.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def keep(request: Request, revision: int, typed: str) -> RulesDraft:
    """Keep what was typed; whoever typed what others have kept meanwhile is not refused."""
    name, kind = request.matchdict["name"], KINDS[request.matched_route.name]
    stand, kept = kept_text(request)
    draft = stand.drafts.get(name)
    if draft is not None and draft.revision != revision and kept == typed:
        return draft
    return save_rules_draft(request.work, name, revision, **{kind: typed})


def kept_text(request: Request) -> tuple[Standing, str]:
    """The text or the examples as they stand; raises `NotFound`."""
    name, kind = request.matchdict["name"], KINDS[request.matched_route.name]
    stand = standing(request.db)
    if name not in stand.documents:
        raise NotFound("There is no such ruleset.")
    return stand, stand.documents[name] if kind == "text" else stand.examples.get(name, "")


def overtaken_by(request: Request, typed: str, error: VorgangError) -> dict[str, Any] | None:
    """What somebody else has kept meanwhile, beside what was typed."""
    stand, kept = kept_text(request)
    if isinstance(error, Invalid) or kept == typed:
        return None
    draft = stand.drafts.get(request.matchdict["name"])
    return {"who": draft.changed_by if draft else "", "difference": difference(typed, kept),
            "text": request.reader.explain(error)}  # fmt: skip


def checks_later(request: Request, stand: Standing) -> bool:
    """Whether the page comes at once and its script asks for the check of rules by the thousand."""
    size = sum(map(len, stand.documents.values()))
    return size > QUICK and request.method == "GET" and "check" not in request.GET


def _page(request: Request, typed: str | None, error: VorgangError | None) -> dict[str, Any]:
    name, kind = request.matchdict["name"], KINDS[request.matched_route.name]
    stand, kept = kept_text(request)
    examined = None if checks_later(request, stand) else examine_rules(request.work)
    draft = stand.drafts.get(name)
    found: Sequence[Problem] = ()
    if examined is not None:
        found = (examined.problems if kind == "text" else examined.red).get(name, ())
    return {
        "name": name,
        "kind": kind,
        "title": content(stand.documents[name]).get("title", {}),
        "tabs": ruleset_tabs(request, name),
        "bar": draft_bar(request, examined) if examined else None,
        "unchecked": examined is None,
        "text": kept if typed is None else typed,
        "error": request.reader.explain(error) if error else "",
        "overtaken": overtaken_by(request, typed or "", error) if error else None,
        "draft": draft,
        "revision": draft.revision if draft else 0,
        "problems": sorted(found, key=lambda one: one.line or 0),
        "waiting": proposal(request.db) is not None,
        "words": words_of_text(request),
        "phrases": phrases_of_editor(request),
        "urls": {one: request.route_path(f"rules.{one}", name=name) for one in ("words", "check")}
        | {
            "login": request.route_path("login"),
            "table": request.route_path("rules.table", name=name),
        },
    }
