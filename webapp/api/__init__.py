"""The REST API: the same commands and permissions as the pages, for machines.

Every request and, in tests, every answer is held against openapi.yaml. Only a token counts here: a
cookie is never read, so no other site can make a browser ask, and no CSRF token is needed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pyramid_openapi3
from pyramid.config import Configurator
from pyramid.view import view_config
from pyramid_openapi3.exceptions import RequestValidationError

from webapp.api.described import DOCUMENT, strict
from webapp.api.problems import refused, undecodable
from webapp.api.reading import read_json
from webapp.limits import writes_limited

PREFIX = "/api/v1"
ROUTES = (
    ("api.document", "/openapi.json"),
    ("api.me", "/me"),
    ("api.tickets", "/tickets"),
    ("api.ticket", "/tickets/{number}"),
    ("api.articles", "/tickets/{number}/articles"),
    ("api.attachment", "/tickets/{number}/attachments/{id}"),
    ("api.forward", "/tickets/{number}/forward"),
    ("api.reopen", "/tickets/{number}/reopen"),
    ("api.pending", "/tickets/{number}/pending"),
    ("api.merge", "/tickets/{number}/merge"),
    ("api.links", "/tickets/{number}/links"),
    ("api.retry", "/tickets/{number}/incidents/{id}/retry"),
    ("api.history", "/tickets/{number}/history"),
    ("api.clocks", "/tickets/{number}/clocks"),
    ("api.clock_courses", "/tickets/{number}/clocks/courses"),
    ("api.why", "/tickets/{number}/why"),
    ("api.path", "/tickets/{number}/path"),
    ("api.tasks", "/tasks"),
    ("api.task", "/tasks/{id}"),
    ("api.claim", "/tasks/{id}/claim"),
    ("api.unclaim", "/tasks/{id}/unclaim"),
    ("api.hand_over", "/tasks/{id}/hand-over"),
    ("api.complete", "/tasks/{id}/complete"),
    ("api.faq", "/faq"),
    ("api.faq_item", "/faq/{id}"),
    ("api.faq_retire", "/faq/{id}/retire"),
    ("api.offers", "/offers"),
)
# A view of the API: JSON out, checked against the document, no CSRF token because no cookie counts.
api_view: Any = partial(
    view_config,
    renderer="json",
    permission="login",
    require_csrf=False,
    openapi=True,
    decorator=(writes_limited, strict),
)


def includeme(config: Configurator) -> None:
    """The document, the routes, and what becomes of a request that the document does not allow."""
    config.add_settings({"pyramid_openapi3.enable_endpoint_validation": False})
    config.registry.settings.setdefault("pyramid_openapi3.enable_response_validation", False)
    # That the document is valid is shown by a test, and need not be shown at each start.
    pyramid_openapi3.validate = _known_to_be_valid
    config.include("pyramid_openapi3")
    for kind in ("application/json", "application/problem+json"):
        config.pyramid_openapi3_add_deserializer(kind, read_json)
    config.pyramid_openapi3_spec(
        str(DOCUMENT), route=f"{PREFIX}/openapi.yaml", route_name="api.document_yaml"
    )
    for name, pattern in ROUTES:
        config.add_route(name, PREFIX + pattern)
    config.add_exception_view(refused, context=RequestValidationError)
    config.add_exception_view(undecodable, context=UnicodeDecodeError)
    config.scan("webapp.api")


def _known_to_be_valid(spec: Any, base_uri: str = "", cls: Any = None) -> None:
    """In the place of what proves the document."""
