"""Steps through the API: what waits for me, take it, give it back or to another, finish it."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.commands import steps
from engine.commands.form_rules import look_of
from engine.errors import Invalid
from engine.people.queries import person_by_login
from engine.tickets import task_lists
from engine.tickets.flow import WorkItem
from engine.workflow.form_questions import properties
from webapp.api import api_view, shapes
from webapp.api.paging import asked, once_for, page_of
from webapp.api.tickets import not_for_customers


@api_view(route_name="api.tasks", request_method="GET")
def list_tasks(request: Request) -> dict[str, Any]:
    """My steps, or those that I could take."""
    query = asked(request)
    not_for_customers(request, query, ("queue",))
    lists = {"mine": task_lists.my_tasks, "unclaimed": task_lists.unclaimed_tasks}
    queue, after, limit = query.get("queue", ""), query.get("after", ""), query["limit"]
    if after and not task_lists.is_place(after):
        raise Invalid("This is no place in the list.", fields={"after": "unknown"})
    rows = lists[query["scope"]](
        request.db, request.actor, queue=queue, after=after, limit=limit + 1
    )
    return page_of(request, rows, limit, "after", shapes.task, task_lists.place)


@api_view(route_name="api.task", request_method="GET")
def get_task(request: Request) -> dict[str, Any]:
    """One step with its form, as rules have it before anything is answered."""
    item = _item(request)
    asked = steps.step_asked(request.work, item)
    values = steps.initial_values(request.work, item) if item.status == "open" else {}
    form = look_of(request.work, asked, values).form if asked else None
    known = properties(form.schema) if form else values
    return shapes.task(request, item) | {
        "form": {"name": form.name, "schema": form.schema, "ui": form.ui} if form else None,
        "values": {name: value for name, value in values.items() if name in known},
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


@api_view(route_name="api.hand_over", request_method="POST")
def hand_over(request: Request) -> dict[str, Any]:
    """Give a step to a colleague."""
    item = _item(request)
    person = person_by_login(request.db, request.openapi_validated.body["person"])
    if person is None:
        raise Invalid("There is no such person.", fields={"person": "unknown"})
    steps.hand_over(request.work, item, person)
    return _now(request, item)


@api_view(route_name="api.complete", request_method="POST")
def complete(request: Request) -> dict[str, Any]:
    """Finish a step, once for each Idempotency-Key."""
    item = _item(request)
    answers = request.openapi_validated.body["answers"]

    def finish() -> WorkItem:
        steps.complete_step(request.work, item, answers)
        return item

    once_for(request, finish, lambda _: item)
    return _now(request, item)


def _item(request: Request) -> WorkItem:
    return steps.item_for(request.work, request.openapi_validated.parameters.path["id"])


def _now(request: Request, item: WorkItem) -> dict[str, Any]:
    request.db.flush()
    request.db.refresh(item)
    return shapes.task(request, item)
