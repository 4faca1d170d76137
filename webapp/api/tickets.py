"""Tickets through the API: list, report, read, change."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.commands.api_tickets import api_change, api_ticket, once
from engine.errors import Invalid
from engine.people.queries import person_by_login
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.queries import Filter
from webapp.api import api_view, shapes
from webapp.api.uploads import files_of

PARAMETERS = frozenset(
    [
        "queue",
        "state_type",
        "open",
        "type",
        "priority",
        "tag",
        "owner",
        "customer",
        "before",
        "limit",
    ]
)
AGENTS_ONLY = frozenset(("queue", "tag", "owner"))


@api_view(route_name="api.tickets", request_method="GET")
def list_tickets(request: Request) -> dict[str, Any]:
    """One page, newest first, with the address of the next."""
    asked = query_of(request, PARAMETERS)
    before = asked.get("before")
    rows = queries.tickets(
        request.db,
        request.actor,
        filter_of(request, asked),
        before=ticket_for(request.work, before).id if before else None,
        limit=asked["limit"] + 1,
    )
    page, more = rows[: asked["limit"]], len(rows) > asked["limit"]
    following = {**request.GET, "before": page[-1].number} if more else {}
    return {
        "items": [shapes.ticket(request, row) for row in page],
        "next": request.route_path("api.tickets", _query=following) if more else None,
    }


@api_view(route_name="api.tickets", request_method="POST")
def create_ticket(request: Request) -> dict[str, Any]:
    """Report something, once for each Idempotency-Key."""
    values = dict(request.openapi_validated.body)
    files = files_of(request, values)
    key = request.headers.get("Idempotency-Key")
    work = request.work
    if key:
        row, fresh = once(work, key, request.body, lambda: api_ticket(work, values, files))
        row = row if fresh else ticket_for(work, row.number)
    else:
        row, fresh = api_ticket(work, values, files), True
    request.db.flush()
    request.response.status_int = 201 if fresh else 200
    request.response.location = request.route_path("api.ticket", number=row.number)
    return shapes.whole_ticket(request, row)


@api_view(route_name="api.ticket", request_method="GET")
def get_ticket(request: Request) -> dict[str, Any]:
    """One ticket."""
    return shapes.whole_ticket(request, ticket_for(request.work, request.matchdict["number"]))


@api_view(route_name="api.ticket", request_method="PATCH")
def change_ticket(request: Request) -> dict[str, Any]:
    """Change fields, if nobody else did meanwhile."""
    row = ticket_for(request.work, request.matchdict["number"])
    api_change(request.work, row, dict(request.openapi_validated.body))
    request.db.flush()
    return shapes.whole_ticket(request, row)


def query_of(request: Request, known: frozenset[str]) -> dict[str, Any]:
    """The query as the document types it; a parameter that is not in it is refused."""
    unknown = set(request.GET) - known
    if unknown:
        raise Invalid("Unknown parameters.", fields=dict.fromkeys(sorted(unknown), "unknown"))
    return dict(request.openapi_validated.parameters.query)


def filter_of(request: Request, asked: dict[str, Any]) -> Filter:
    """The filter of a list; customers cannot ask by what they do not see."""
    foreign = AGENTS_ONLY & set(asked) if not request.actor.is_agent else set()
    if foreign:
        raise Invalid("This is for agents.", fields=dict.fromkeys(sorted(foreign), "unknown"))
    return Filter(
        queue=asked.get("queue"),
        state_type=asked.get("state_type"),
        open_only=bool(asked.get("open")),
        owner_id=_id_of(request, asked.get("owner")),
        customer_id=_id_of(request, asked.get("customer")),
        tag=asked.get("tag"),
        type=asked.get("type"),
        priority=asked.get("priority"),
    )


def _id_of(request: Request, login: str | None) -> int | None:
    """The person's id; a login that nobody has finds nothing."""
    if not login:
        return None
    if login == "me":
        return request.actor.id or 0
    person = person_by_login(request.db, login)
    return person.id if person else 0
