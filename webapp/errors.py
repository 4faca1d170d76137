"""The desk's errors as pages, or as problem documents (RFC 9457) where the API was asked."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy.exc import DataError

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable, VorgangError
from webapp.security import is_api

log = logging.getLogger(__name__)
PAGES: dict[type[BaseException], tuple[int, str]] = {
    NotFound: (404, "not_found"),
    NotAllowed: (403, "forbidden"),
    Invalid: (400, "refused"),
    Conflict: (409, "conflict"),
    Unavailable: (503, "unavailable"),
}


def includeme(config: Configurator) -> None:
    """One view for each kind of error."""
    for kind in PAGES:
        config.add_exception_view(said, context=kind)
    config.add_notfound_view(missing)
    config.add_forbidden_view(closed)
    for kind in (BadCSRFToken, BadCSRFOrigin):
        config.add_exception_view(stale_form, context=kind)
    config.add_exception_view(unstorable, context=DataError)
    config.add_exception_view(broken, context=Exception)


def said(error: VorgangError, request: Request) -> Response:
    """An error with a sentence for the person; the sentence is shown, nothing else is."""
    status, page = next(found for kind, found in PAGES.items() if isinstance(error, kind))
    if status == 404:
        return missing(error, request)
    return answer(request, status, page, message=request.reader.explain(error), error=error)


def missing(error: Any, request: Request) -> Response:
    """What does not exist and what is not for this reader answer alike, to the letter."""
    return answer(request, 404, "not_found")


def closed(error: HTTPForbidden, request: Request) -> Response:
    """Strangers are asked to log in; whoever is logged in does not learn that it exists."""
    if request.identity is not None:
        return missing(HTTPNotFound(), request)
    if is_api(request):
        response = answer(request, 401, "forbidden")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    query = {"next": request.path_qs} if request.method == "GET" else {}
    return HTTPSeeOther(request.route_path("login", _query=query))


def stale_form(error: Any, request: Request) -> Response:
    """The form is too old or was not ours; what was typed is still in the browser."""
    return answer(request, 403, "csrf")


def unstorable(error: DataError, request: Request) -> Response:
    """A number or character that no row of ours can hold: looked for, it is not there."""
    return missing(error, request) if request.method == "GET" else answer(request, 400, "failed")


def broken(error: Exception, request: Request) -> Response:
    """A defect: the log gets the traceback under a reference, the person gets the reference."""
    reference = secrets.token_hex(4)
    secret = request.matched_route if "token" in (request.matchdict or {}) else None
    path = secret.pattern if secret else request.path
    log.error("defect %s at %s %s", reference, request.method, path, exc_info=error)
    return answer(request, 500, "failed", reference=reference)


def answer(request: Request, status: int, page: str, **values: Any) -> Response:
    """The error as page or as problem document."""
    error = values.pop("error", None)
    if is_api(request):
        return problem(request, status, page, error)
    response = render_to_response(f"errors/{page}.jinja2", values, request=request)
    response.status_int = status
    return response


def problem(request: Request, status: int, page: str, error: VorgangError | None) -> Response:
    """A problem document with the sentence, the form fields and the places."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": page.replace("_", " "),
        "status": status,
    }
    if error is not None:
        body["detail"] = error.message
    if isinstance(error, Invalid):
        body["fields"] = error.fields
        body["problems"] = [p.as_dict() for p in error.problems]
    response = Response(json_body=body, status=status)
    response.content_type = "application/problem+json"
    return response
