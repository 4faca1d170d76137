"""The queues one may see, as a tree with what waits in each."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.tickets.task_lists import queue_loads
from webapp.presenters.queues import queue_rows


@view_config(
    route_name="queues", request_method="GET", renderer="agent/queues.jinja2", permission="agent"
)
def queues(request: Request) -> dict[str, Any]:
    """All queues of the reader's groups."""
    loads = queue_loads(request.db, request.actor)
    return {
        "rows": queue_rows(loads),
        "open": sum(load.open for load in loads),
        "unclaimed": sum(load.unclaimed for load in loads),
        "oldest": min((load.oldest for load in loads if load.oldest), default=None),
    }
