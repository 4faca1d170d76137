"""The order of the rules, and what is done with one of them as a whole."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rules_drafts import edit_rules, standing
from engine.commands.undo import Remembered, take_back
from engine.errors import NotFound
from engine.rules.editing import arrange, drop_rule
from engine.rules.rearranging import copied, ids_in_order, moved, restored, switched
from webapp.forms.rule_said import id_from
from webapp.i18n import N_
from webapp.views.admin.rules_text import revision_of
from webapp.views.agent.answers import text_of

LONGEST = 2_000_000  # characters of an order: the ids of 20,000 rules
MOVES = {"up": -1, "down": 1}
SAID = {
    "copy": N_("The copy is off until you switch it on."), "drop": N_("The rule was deleted."),
    "restore": N_("The rule is there again."),
}  # fmt: skip


@view_config(route_name="rules.change", request_method="POST", permission="owner")
def change(request: Request) -> HTTPSeeOther:
    """Move, copy, switch, delete or put back a rule in the draft."""
    name = request.matchdict["name"]
    do, _, rule = text_of(request, "do", 100).partition(":")
    if do == "undo":
        return _undone(request, name, rule)
    stand = standing(request.db)
    text = stand.documents.get(name)
    if text is None:
        raise NotFound("There is no such ruleset.")
    in_force = stand.release.documents.get(name, "") if stand.release else ""
    ids = ids_in_order(text)
    if rule not in (ids_in_order(in_force) if do == "restore" else ids):
        raise NotFound("There is no such rule.")
    own = id_from(rule, ids) if do == "copy" else rule
    edit = _edit(request, do, rule, own, in_force)
    undo = Remembered(request.work, "delete rule")
    draft = edit_rules(request.work, name, revision_of(request), edit)
    if do == "drop":
        undo.rules(name, text, draft.revision)
    _say(request, do, name, undo.token())
    return _back(request, name, "" if do == "drop" else own, do)


def _edit(request: Request, do: str, rule: str, own: str, in_force: str) -> Callable[[str], str]:
    """What becomes of the text."""
    if do in MOVES:
        return lambda text: moved(text, rule, MOVES[do])
    if do == "order":
        order = str(request.POST.get("order", ""))[:LONGEST].split()
        return lambda text: arrange(text, order)
    if do == "copy":
        return lambda text: copied(text, rule, own)
    if do == "switch":
        return lambda text: switched(text, rule)
    if do == "drop":
        return lambda text: drop_rule(text, rule)
    if do == "restore":
        return lambda text: restored(text, in_force, rule)
    raise NotFound("There is no such rule.")


def _undone(request: Request, name: str, token: str) -> HTTPSeeOther:
    """Put a deleted rule back where it stood."""
    take_back(request.work, token)
    request.session.flash(request.translate(N_("Taken back")))
    return _back(request, name, "", "")


def _say(request: Request, do: str, name: str, token: str) -> None:
    if do not in SAID:
        return
    query = {"do": f"undo:{token}"}
    undo = request.route_path("rules.change", name=name, _query=query) if token else ""
    text = request.translate(SAID[do])
    request.session.flash({"text": text, "kind": "ok", "undo": undo, "more": []})


def _back(request: Request, name: str, rule: str, do: str) -> HTTPSeeOther:
    """To the list, with the focus where it was."""
    query = {"at": rule, "do": do} if rule else {}
    return HTTPSeeOther(request.route_path("rules.one", name=name, _query=query))
