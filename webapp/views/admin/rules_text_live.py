"""The text of a ruleset while it is typed: what can stand there, what is wrong, and keeping it."""

from __future__ import annotations

from typing import Any

from pyramid.csrf import get_csrf_token
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.rules_drafts import standing
from engine.commands.rules_examining import examine_rules, examine_typed
from engine.errors import Conflict, Invalid, NotFound
from engine.rules import vocabulary_of
from engine.rules.source import LARGEST
from webapp.i18n import N_
from webapp.presenters.rules_frame import draft_bar
from webapp.presenters.rules_text import completion_of, problems_by_line
from webapp.refused import refuse
from webapp.views.admin.process_drafts import sent_json
from webapp.views.admin.rules_text import as_lines, keep, kept_text, overtaken_by

UNREADABLE = "This cannot be read."
KINDS = ("text", "examples")


@view_config(route_name="rules.words", request_method="GET", renderer="json", permission="owner")
def words(request: Request) -> dict[str, Any]:
    """All that can be said in a ruleset's text, or in its examples; and how to send it."""
    stand = standing(request.db)
    text = stand.documents.get(request.matchdict["name"])
    if text is None:
        raise NotFound("There is no such ruleset.")
    kind = "examples" if request.GET.get("of") == "examples" else "text"
    offered = completion_of(request, kind, vocabulary_of(stand.vocabulary), text)
    return {**offered, "csrf": get_csrf_token(request), "writer": request.writer}


@view_config(route_name="rules.check", request_method="POST", renderer="json", permission="owner")
def check(request: Request) -> dict[str, Any]:
    """What is wrong with a text that is not kept yet; of one that is, also the bar."""
    name, sent = request.matchdict["name"], sent_json(request)
    kind, typed = _kind(sent), _typed(sent)
    stand = standing(request.db)
    if name not in stand.documents:
        raise NotFound("There is no such ruleset.")
    kept = stand.documents[name] if kind == "text" else stand.examples.get(name, "")
    if typed == kept:
        examined = examine_rules(request.work)
        bar = render("admin/rules_bar.jinja2", {"bar": draft_bar(request, examined)}, request)
    else:
        examined, bar = examine_typed(request.work, name, **{kind: typed}), None
    found = (examined.problems if kind == "text" else examined.red).get(name, ())
    ordered = sorted(found, key=lambda one: one.line or 0)
    # Only what was found in the draft itself can be made an example of.
    shown = {"problems": ordered, "name": name if typed == kept else "", "kind": kind}
    listed = render("admin/rules_text_found.jinja2", shown, request)
    return {"problems": problems_by_line(request, ordered), "list": listed, "bar": bar}


@view_config(route_name="rules.text", request_method="POST", renderer="json", permission="owner",
             header="X-Requested-With:fetch")  # fmt: skip
@view_config(route_name="rules.examples", request_method="POST", renderer="json",
             permission="owner", header="X-Requested-With:fetch")  # fmt: skip
def save(request: Request) -> dict[str, Any] | Response:
    """Keep the text; where somebody else was quicker, show both."""
    sent = sent_json(request)
    typed = _typed(sent)
    try:
        draft = keep(request, _revision(sent.get("revision")), typed)
    except (Conflict, Invalid, NotFound) as error:
        status = refuse(request, error)
        return Response(status=status, json_body=_refused(request, typed, error))
    lead = request.translate(N_("%(name)s changed the draft")) % {"name": draft.changed_by}
    return {"revision": draft.revision, "by": draft.changed_by, "lead": lead}


def _refused(request: Request, typed: str, error: Conflict | Invalid | NotFound) -> dict[str, Any]:
    said: dict[str, Any] = {"text": request.reader.explain(error)}
    overtaken = overtaken_by(request, typed, error)
    if overtaken is None:
        return said
    stand, kept = kept_text(request)
    draft = stand.drafts.get(request.matchdict["name"])
    page = render("admin/rules_text_both.jinja2", {"overtaken": overtaken}, request)
    return {**said, "both": page, "theirs": kept, "revision": draft.revision if draft else 0}


def _kind(sent: dict[str, Any]) -> str:
    kind = sent.get("of")
    if kind not in KINDS:
        raise Invalid(UNREADABLE)
    return str(kind)


def _typed(sent: dict[str, Any]) -> str:
    text = sent.get("text")
    if not isinstance(text, str):
        raise Invalid(UNREADABLE)
    if len(text) > 2 * LARGEST:
        raise Invalid("This is too much at once.")
    return as_lines(text)


def _revision(said: Any) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said < 10**9:
        raise Invalid(UNREADABLE)
    return said
