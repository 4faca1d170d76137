"""Who I am, the service catalogue, and the document that describes all of this."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from engine.catalogue.queries import offers
from webapp.api import api_view, shapes
from webapp.api.described import document


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


@api_view(route_name="api.offers", request_method="GET")
def list_offers(request: Request) -> dict[str, Any]:
    """What can be asked for."""
    return {"items": [shapes.offer(row) for row in offers(request.db, request.actor)]}
