"""The draft of a form: what the reader typed and has not sent, and when it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.tickets import queries


@dataclass(frozen=True)
class Draft:
    """What the page says of a draft, so that the newer one wins over the browser's own."""

    key: str
    url: str
    content: dict[str, Any]
    at: datetime | None

    def over(self, values: dict[str, Any]) -> dict[str, Any]:
        """These values with what was typed instead, for the names that they have."""
        typed = {n: v for n, v in self.content.items() if n in values and isinstance(v, str)}
        return values | typed


def draft_of(request: Request, key: str) -> Draft:
    """The reader's draft under a key; empty when there is none."""
    row = queries.draft_row(request.db, request.actor, key)
    content, at = (dict(row.content), row.saved_at) if row else ({}, None)
    return Draft(key, request.route_path("drafts", key=key), content, at)
