"""Drafts that the page sends while somebody types."""

from __future__ import annotations

import json
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.drafts import LONGEST, keep_draft
from engine.errors import Invalid
from webapp.limits import spend_as_person


@view_config(route_name="drafts", request_method="POST", renderer="json", permission="login")
def drafts(request: Request) -> dict[str, bool]:
    """Keep a draft of a form under its key, for the person who is logged in."""
    spend_as_person(request, "drafts", request.desk.settings.limit_drafts)
    keep_draft(request.work, request.matchdict["key"], read_draft(request))
    return {"kept": True}


def read_draft(request: Request) -> dict[str, Any]:
    """The fields of a draft as the page sends them: one JSON object, or one text."""
    sent = str(request.POST.get("draft") or "")
    if len(sent) > LONGEST:
        raise Invalid("This draft cannot be kept.")
    try:
        content = json.loads(sent)
    except (ValueError, RecursionError):
        raise Invalid("This draft cannot be read.") from None
    if isinstance(content, str):
        return {"body": content}
    if not isinstance(content, dict):
        raise Invalid("This draft cannot be read.")
    return {str(name)[:80]: _plain(value) for name, value in list(content.items())[:100]}


def _plain(value: Any) -> Any:
    """Texts and lists of texts; a choice of one is sent as a list by the page."""
    if isinstance(value, list):
        texts = [str(item).replace("\x00", "")[:2000] for item in value[:100]]
        return texts[0] if len(texts) == 1 else texts
    return str(value).replace("\x00", "") if isinstance(value, str | int | float | bool) else ""
