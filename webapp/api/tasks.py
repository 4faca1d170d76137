"""Steps through the API: what waits for me, take it, give it back, finish it."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.commands import steps
from engine.tickets import task_lists
from engine.tickets.flow import WorkItem
from webapp.api import api_view, shapes
from webapp.api.tickets import query_of

PARAMETERS = frozenset(("scope", "queue"))


@api_view(route_name="api.tasks", request_method="GET")
def list_tasks(request: Request) -> dict[str, Any]:
    """My steps, or those that I could take."""
    asked = query_of(request, PARAMETERS)
    if asked["scope"] == "mine":
        items = task_lists.my_tasks(request.db, request.actor)
    else:
        items = task_lists.unclaimed_tasks(request.db, request.actor, queue=asked.get("queue"))
    return {"items": [shapes.task(request, item) for item in items]}


@api_view(route_name="api.task", request_method="GET")
def get_task(request: Request) -> dict[str, Any]:
    """One step with its form."""
    item = _item(request)
    form = steps.form_of(request.work, item)
    return shapes.task(request, item) | {
        "form": {"name": form.name, "schema": form.schema, "ui": form.ui} if form else None,
        "values": steps.initial_values(request.work, item) if item.status == "open" else {},
    }


@api_view(route_name="api.claim", request_method="POST")
def claim(request: Request) -> dict[str, Any]:
    """Take a step."""
    item = _item(request)
    steps.claim(request.work, item)
    return _now(request, item)


@api_view(route_name="api.unclaim", request_method="POST")
def unclaim(request: Request) -> dict[str, Any]:
    """Give a step back."""
    item = _item(request)
    steps.unclaim(request.work, item)
    return _now(request, item)


@api_view(route_name="api.complete", request_method="POST")
def complete(request: Request) -> dict[str, Any]:
    """Finish a step."""
    item = _item(request)
    steps.complete_step(request.work, item, request.openapi_validated.body["answers"])
    return _now(request, item)


def _item(request: Request) -> WorkItem:
    return steps.item_for(request.work, request.openapi_validated.parameters.path["id"])


def _now(request: Request, item: WorkItem) -> dict[str, Any]:
    request.db.flush()
    request.db.refresh(item)
    return shapes.task(request, item)
