"""The page of all that rules can say, made from the vocabulary in force and from this desk."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rules_drafts import standing
from engine.rules import vocabulary_of
from webapp.presenters.rules_frame import draft_bar
from webapp.presenters.rules_reference import sections_of
from webapp.views.agent.answers import text_of


@view_config(route_name="rules.reference", request_method="GET", permission="owner",
             renderer="admin/rules_reference.jinja2")  # fmt: skip
def reference(request: Request) -> dict[str, Any]:
    """Facts, comparisons, actions, events and keys, or what is looked for among them."""
    text, wanted = standing(request.db).vocabulary, text_of(request, "q", 200).strip()
    sections = sections_of(request, vocabulary_of(text), wanted) if text else []
    count = sum(len(entries) for one in sections for _, entries in one.groups)
    return {"bar": draft_bar(request), "sections": sections, "wanted": wanted, "count": count}
