"""A rule, and the head of a ruleset, as a form: rows of facts, comparisons, values and actions.

Rows are added and taken away by buttons of the form, so that it works without a script; a script
asks the same and puts the answer in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.rules_drafts import edit_rules
from engine.errors import Conflict, Invalid
from engine.rules.editing import in_order, put_head, put_rule
from webapp.forms.rule_posted import typed_of
from webapp.forms.rule_said import begun, id_from, rule_from, typed_from
from webapp.i18n import N_
from webapp.presenters.rule_page import HeadPage, RulePage
from webapp.refused import refuse
from webapp.views.admin.rules_matches import counted, uncounted
from webapp.views.admin.rules_text import revision_of
from webapp.views.agent.answers import accepted, fetched, text_of

UNREADABLE = "The text of this ruleset cannot be read; mend it there."
FORM, COUNT = "admin/rule_form.jinja2", "admin/rules_count.jinja2"


@view_config(route_name="rules.rule", request_method="GET", renderer=FORM, permission="owner")
def rule(request: Request) -> dict[str, Any]:
    """One rule as it stands, ready to be changed."""
    page = RulePage(request, request.matchdict["id"])
    return page.shown(typed_from(page.old, page.rows))


@view_config(route_name="rules.new_rule", request_method="GET", renderer=FORM, permission="owner")
def new_rule(request: Request) -> dict[str, Any]:
    """A rule that is not there yet."""
    return RulePage(request).shown(begun())


@view_config(route_name="rules.head", request_method="GET", renderer=FORM, permission="owner")
def head(request: Request) -> dict[str, Any]:
    """What a ruleset is called, when it is asked, and what is done where no rule fits."""
    page = HeadPage(request)
    return page.shown(page.present())


@view_config(route_name="rules.rule", request_method="POST", renderer=FORM, permission="owner")
@view_config(route_name="rules.new_rule", request_method="POST", renderer=FORM,
             permission="owner")  # fmt: skip
def save(request: Request) -> dict[str, Any] | Response:
    """Keep the rule in the draft, or change the rows of the form; what was typed stays."""
    page = RulePage(request, request.matchdict.get("id", ""))
    typed = typed_of(request.POST)
    if (answer := _other(request, page, typed)) is not None:
        return answer
    taken = {str(one.get("id")) for one in page.listed}
    own = page.id or id_from(typed.texts["title_en"] or typed.texts["title_de"], taken)
    made = rule_from(typed, page.rows, page.old, own)
    if page.find_wrong(typed, made):
        request.response.status_int = 422
        return page.shown(typed)

    def change(text: str) -> str:
        first = next((str(one.get("id")) for one in in_order(page.listed)), "")
        return put_rule(text, made, instead_of=page.id, before=first if page.at == "first" else "")

    return _kept(request, page, typed, change, f"rule-{own}")


@view_config(route_name="rules.head", request_method="POST", renderer=FORM, permission="owner")
def save_head(request: Request) -> dict[str, Any] | Response:
    """Keep the head of the ruleset in the draft."""
    page = HeadPage(request)
    typed = typed_of(request.POST)
    if (answer := _other(request, page, typed)) is not None:
        return answer
    said = page.said(typed)
    if page.find_wrong(typed, said):
        request.response.status_int = 422
        return page.shown(typed)

    def change(text: str) -> str:
        for key, value in said.items():
            if value != page.data.get(key):
                text = put_head(text, key, value)
        return text

    return _kept(request, page, typed, change, "head")


def _other(request: Request, page: Any, typed: Any) -> Response | None:
    """What another button than the one for keeping does; None where it is that one."""
    do = text_of(request, "do", 40)
    if do in ("", "save"):
        return None
    if do == "count" and isinstance(page, RulePage):
        return _counted(request, page, typed)
    if do == "theirs":
        accepted(request)
        gone = isinstance(page, RulePage) and page.gone
        return HTTPSeeOther(page.way_back("") if gone else request.path_qs)
    return _again(request, page, typed, page.build(typed, do))


def _again(request: Request, page: Any, typed: Any, focus: str) -> Response:
    """The form with its rows as they are now; a script takes only them."""
    shown = page.shown(typed, focus=focus)
    part = "admin/rule_rows.jinja2" if fetched(request) else FORM
    return render_to_response(part, shown, request=request)


def _counted(request: Request, page: RulePage, typed: Any) -> Response:
    """How many of the last tickets it would match: alone for a script, else above the form."""
    try:
        said = counted(request, page.name, page.tried(typed))
    except Invalid as error:
        refuse(request, error)
        said = uncounted(request, error)
    if fetched(request):
        return render_to_response(COUNT, {"counted": said}, request=request)
    return render_to_response(FORM, page.shown(typed) | {"counted": said}, request=request)


def _kept(
    request: Request, page: Any, typed: Any, change: Callable[[str], str], where: str
) -> dict[str, Any] | Response:
    """Keep it in the draft; where somebody else was quicker, both stand beside each other.

    What others made of other parts of the ruleset is in nobody's way.
    """
    if not page.data:
        request.response.status_int = 422
        return dict(page.shown(typed, error=request.translate(UNREADABLE)))
    if page.overtaken:
        return _beside(request, page, typed)
    revision = page.revision if page.sent else revision_of(request)
    try:
        edit_rules(request.work, page.name, revision, change)
    except (Conflict, Invalid) as error:
        refuse(request, error)
        page = page.again()
        if isinstance(error, Conflict) and not page.fresh:
            return _beside(request, page, typed)
        return dict(page.shown(typed, error=request.reader.explain(error)))
    request.session.flash(request.translate(N_("Kept in the draft.")))
    accepted(request)
    return HTTPSeeOther(page.way_back(where))


def _beside(request: Request, page: Any, typed: Any) -> dict[str, Any]:
    request.response.status_int = 409
    page.beside(typed)
    return dict(page.shown(typed))
