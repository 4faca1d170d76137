"""Who I am, the FAQ, the service catalogue, and the document that describes all of this."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from engine.catalogue.queries import offers
from engine.errors import NotFound
from engine.faq import queries as faq
from webapp.api import DOCUMENT, api_view, shapes
from webapp.api.tickets import query_of

PARAMETERS = frozenset(("q", "language", "limit"))


@cache
def document() -> dict[str, Any]:
    """openapi.yaml as data."""
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


@view_config(
    route_name="api.document",
    renderer="json",
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
    request_method="GET",
)
def get_document(request: Request) -> dict[str, Any]:
    """The OpenAPI document; it says nothing about this desk in particular."""
    return document()


@api_view(route_name="api.me", request_method="GET")
def get_me(request: Request) -> dict[str, Any]:
    """The person behind the token."""
    return shapes.me(request)


@api_view(route_name="api.faq", request_method="GET")
def find_faq(request: Request) -> dict[str, Any]:
    """Items that answer a question, or all."""
    asked = query_of(request, PARAMETERS)
    language = asked.get("language")
    if not asked.get("q", "").strip():
        rows = faq.items(request.db, request.actor, language=language, limit=asked["limit"])
        return {"items": [shapes.faq(request, row) | {"excerpt": ""} for row in rows]}
    found = faq.find(
        request.db,
        request.desk.index,
        asked["q"],
        actor=request.actor,
        language=language or request.reader.language,
        limit=asked["limit"],
    )
    return {"items": [shapes.faq(request, one.item) | {"excerpt": one.excerpt} for one in found]}


@api_view(route_name="api.faq_item", request_method="GET")
def get_faq_item(request: Request) -> dict[str, Any]:
    """One item."""
    wanted = request.openapi_validated.parameters.path["id"]
    item = faq.item_for(request.db, request.actor, wanted)
    if item is None:
        raise NotFound("There is no such item.")
    return shapes.whole_faq(request, item)


@api_view(route_name="api.offers", request_method="GET")
def list_offers(request: Request) -> dict[str, Any]:
    """What can be asked for."""
    return {"items": [shapes.offer(row) for row in offers(request.db)]}
