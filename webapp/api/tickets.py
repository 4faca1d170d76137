"""Tickets through the API: list, report, read, change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.request import Request

from engine.commands.api_tickets import api_change, api_ticket
from engine.errors import Invalid
from engine.people.queries import person_by_login
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.fulltext import matching
from engine.tickets.models import Ticket
from engine.tickets.queries import Filter
from webapp.api import api_view, shapes
from webapp.api.here import ticket_here
from webapp.api.paging import asked, once_for, page_of
from webapp.api.uploads import files_of

# By what customers cannot ask: they do not see it, and a search would find by internal notes.
AGENTS_ONLY = frozenset(("q", "queue", "tag", "owner"))


@api_view(route_name="api.tickets", request_method="GET")
def list_tickets(request: Request) -> dict[str, Any]:
    """One page, newest first, with the address of the next."""
    query = asked(request)
    before, limit = query.get("before"), query["limit"]
    rows = queries.tickets(
        request.db,
        request.actor,
        filter_of(request, query),
        before=ticket_for(request.work, before).id if before else None,
        limit=limit + 1,
        whole=True,
    )
    return page_of(request, rows, limit, "before", shapes.ticket, lambda row: row.number)


@api_view(route_name="api.tickets", request_method="POST")
def create_ticket(request: Request) -> dict[str, Any]:
    """Report something, once for each Idempotency-Key."""
    values = dict(request.openapi_validated.body)
    files = files_of(request, values)
    work = request.work

    def again(made: int) -> Ticket:
        return ticket_here(request, work.session.get_one(Ticket, made).number)

    row, fresh = once_for(request, lambda: api_ticket(work, values, files), again)
    request.response.status_int = 201 if fresh else 200
    request.response.location = request.route_path("api.ticket", number=row.number)
    return shapes.whole_ticket(request, row)


@api_view(route_name="api.ticket", request_method="GET")
def get_ticket(request: Request) -> dict[str, Any]:
    """One ticket."""
    return shapes.whole_ticket(request, ticket_here(request))


@api_view(route_name="api.ticket", request_method="PATCH")
def change_ticket(request: Request) -> dict[str, Any]:
    """Change fields, if nobody else did meanwhile."""
    row = ticket_for(request.work, request.matchdict["number"])
    api_change(request.work, row, dict(request.openapi_validated.body))
    request.db.flush()
    return shapes.whole_ticket(request, row)


def not_for_customers(request: Request, given: Iterable[str], names: Iterable[str]) -> None:
    """Refuse what a customer gives and only agents may."""
    foreign = set(names) & set(given) if not request.actor.is_agent else set()
    if foreign:
        raise Invalid("This is for agents.", fields=dict.fromkeys(sorted(foreign), "unknown"))


def filter_of(request: Request, query: dict[str, Any]) -> Filter:
    """The filter of a list; customers cannot ask by what they do not see."""
    not_for_customers(request, query, AGENTS_ONLY)
    return Filter(
        text_ids=matching(request.db, query["q"]) if "q" in query else None,
        queue=query.get("queue"),
        state_type=query.get("state_type"),
        open_only=bool(query.get("open")),
        owner_id=_id_of(request, query.get("owner")),
        customer_id=_id_of(request, query.get("customer")),
        tag=query.get("tag"),
        type=query.get("type"),
        priority=query.get("priority"),
    )


def _id_of(request: Request, login: str | None) -> int | None:
    """The person's id; a login that nobody has finds nothing."""
    if not login:
        return None
    if login == "me":
        return request.actor.id or 0
    person = person_by_login(request.db, login)
    return person.id if person else 0
