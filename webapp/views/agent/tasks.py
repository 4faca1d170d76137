"""The list of all tasks that one has or could take."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from webapp.presenters.task_list import task_list_of


@view_config(
    route_name="tasks", request_method="GET", renderer="agent/tasks.jinja2", permission="agent"
)
def tasks(request: Request) -> dict[str, Any]:
    """A page of tasks, the soonest due first."""
    return {"list": task_list_of(request)}
