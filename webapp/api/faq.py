"""The FAQ through the API: found and read by everybody, written by agents."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.commands.faq import retire_item, save_item
from engine.errors import NotFound
from engine.faq import queries
from engine.faq.models import FaqItem
from webapp.api import api_view, shapes
from webapp.api.paging import asked, once_for, page_of

FIELDS = ("title", "solution", "language", "audience", "symptom", "comment", "category", "keywords")


@api_view(route_name="api.faq", request_method="GET")
def find_faq(request: Request) -> dict[str, Any]:
    """Items that answer a question, or all, newest first."""
    query = asked(request)
    language, limit, before = query.get("language"), query["limit"], query.get("before")
    session, actor = request.db, request.actor
    if not query.get("q", "").strip():
        rows = queries.newest(session, actor, language=language, before=before, limit=limit + 1)
        return page_of(request, rows, limit, "before", _without_excerpt)
    spoken = language or request.reader.language
    index, text = request.desk.index, query["q"]
    found = queries.find(session, index, text, actor=actor, language=spoken, limit=limit)
    hits = [shapes.faq(request, one.item) | {"excerpt": one.excerpt} for one in found]
    return {"items": hits, "next": None}


@api_view(route_name="api.faq", request_method="POST")
def create_faq(request: Request) -> dict[str, Any]:
    """Write an item, or another language of one, once for each Idempotency-Key."""
    values = dict(request.openapi_validated.body)
    row, fresh = once_for(
        request, lambda: save_item(request.work, **values), lambda made: _item(request, made)
    )
    request.response.status_int = 201 if fresh else 200
    request.response.location = request.route_path("api.faq_item", id=row.id)
    return shapes.whole_faq(request, row)


@api_view(route_name="api.faq_item", request_method="GET")
def get_faq_item(request: Request) -> dict[str, Any]:
    """One item."""
    return shapes.whole_faq(request, _here(request))


@api_view(route_name="api.faq_item", request_method="PATCH")
def change_faq(request: Request) -> dict[str, Any]:
    """Change fields, if nobody else did meanwhile."""
    item = _here(request)
    values = {name: getattr(item, name) for name in FIELDS} | request.openapi_validated.body
    save_item(request.work, **values, item=item)
    request.db.flush()
    return shapes.whole_faq(request, item)


@api_view(route_name="api.faq_retire", request_method="POST")
def retire_faq(request: Request) -> dict[str, Any]:
    """Take an item out of every list and search."""
    item = _here(request)
    retire_item(request.work, item)
    request.db.flush()
    return shapes.whole_faq(request, item)


def _here(request: Request) -> FaqItem:
    return _item(request, request.openapi_validated.parameters.path["id"])


def _item(request: Request, item_id: int) -> FaqItem:
    item = queries.item_for(request.db, request.actor, item_id)
    if item is None:
        raise NotFound("There is no such item.")
    return item


def _without_excerpt(request: Request, row: FaqItem) -> dict[str, Any]:
    return shapes.faq(request, row) | {"excerpt": ""}
