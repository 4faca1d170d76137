"""The desk's errors as pages, or as problem documents (RFC 9457) where the API was asked."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.registry import Registry
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid_retry import is_error_retryable, mark_error_retryable
from pyramid_tm import is_tm_active
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from engine.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    TooMany,
    Unavailable,
    VorgangError,
)
from webapp.i18n import N_
from webapp.kept import kept, mine
from webapp.refused import refuse
from webapp.security import is_api, safe_next
from webapp.views.agent.answers import fetched

log = logging.getLogger(__name__)
PAGES: dict[type[BaseException], tuple[int, str]] = {
    NotFound: (404, "not_found"),
    NotAllowed: (403, "forbidden"),
    Invalid: (400, "refused"),
    Conflict: (409, "conflict"),
    Unavailable: (503, "unavailable"),
    TooMany: (429, "too_many"),
}
# The database is away, closed the connection, or has none left for us.
MEANWHILE = (IntegrityError, StaleDataError)  # two did the same at the same moment
DOWN = (OperationalError, InterfaceError, PoolTimeout)


def includeme(config: Configurator) -> None:
    """One view for each kind of error."""
    for kind in PAGES:
        config.add_exception_view(said, context=kind)
    config.add_notfound_view(missing)
    config.add_forbidden_view(closed)
    for kind in (BadCSRFToken, BadCSRFOrigin):
        config.add_exception_view(stale_form, context=kind)
    config.add_exception_view(unstorable, context=DataError)
    for kind in DOWN:
        config.add_exception_view(down, context=kind)
    for kind in MEANWHILE:
        mark_error_retryable(kind)
        config.add_exception_view(meanwhile, context=kind)
    config.add_exception_view(broken, context=Exception)
    config.add_tween(
        "webapp.errors.outside_tween_factory",
        under="webapp.bounds.bounds_tween_factory",
        over="pyramid_tm.tm_tween_factory",
    )


def outside_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """What fails before the views and after them, where a transaction begins and commits."""

    def tween(request: Request) -> Response:
        try:
            return handler(request)
        except Exception as error:
            if is_error_retryable(request, error):
                raise
            return down(error, request) if isinstance(error, DOWN) else broken(error, request)

    return tween


def said(error: VorgangError, request: Request) -> Response:
    """An error with a sentence for the person; the sentence is shown, nothing else is."""
    status, page = next(found for kind, found in PAGES.items() if isinstance(error, kind))
    if is_tm_active(request):
        refuse(request, error)
    if status == 404:
        return missing(error, request)
    response = answer(request, status, page, message=request.reader.explain(error), error=error)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.seconds)
    return response


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
    if request.method == "GET":
        return HTTPSeeOther(request.route_path("login", _query={"next": request.path_qs}))
    if fetched(request):
        text = request.translate(N_("You have been logged out. Nothing was saved."))
        return Response(status=401, json_body={"text": text, "kind": "bad"})
    found = kept(request)
    if found is None:
        return HTTPSeeOther(request.route_path("login"))
    values = {"next": back(request), "login": "", "failed": False, "kept": found}
    return page_of(request, 403, "public/login.jinja2", values)


def stale_form(error: Any, request: Request) -> Response:
    """The form is too old or was not ours; a person's own is offered to be sent again."""
    return answer(request, 403, "csrf")


def unstorable(error: DataError, request: Request) -> Response:
    """A number or character that no row of ours can hold: looked for, it is not there."""
    return missing(error, request) if request.method == "GET" else answer(request, 400, "failed")


def down(error: Exception, request: Request) -> Response:
    """The database does not answer: the page asks nothing of it and gives back what was typed."""
    log.error("the database fails at %s: %s", request.method, error.__class__.__name__)
    bare(request)
    return answer(request, 503, "unavailable", kept=kept(request))


def meanwhile(error: Exception, request: Request) -> Response:
    """Somebody else was quicker, even when it was tried again; asks nothing of the database, where
    this transaction has ended."""
    bare(request)
    said = Conflict("Somebody else changed this at the same time.")
    text = request.reader.explain(said)
    return answer(request, 409, "conflict", message=text, error=said, kept=kept(request))


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
    try:
        if fetched(request) and request.method == "POST":
            return Response(status=status, json_body={"text": sentence(request, error)})
        if "kept" not in values:
            values["kept"] = mine(request, kept(request), request.person)
        return page_of(request, status, f"errors/{page}.jinja2", values)
    except Exception as second:
        return last(request, second)


def sentence(request: Request, error: VorgangError | None) -> str:
    """What a script on our page says of the error."""
    if error is not None:
        return str(request.reader.explain(error))
    return str(request.translate(N_("That did not work. Please try again.")))


def page_of(request: Request, status: int, template: str, values: dict[str, Any]) -> Response:
    """A page with a status."""
    response: Response = render_to_response(template, values, request=request)
    response.status_int = status
    return response


def last(request: Request, error: Exception) -> Response:
    """The page about an error has failed itself: once more without asking who reads it."""
    gone = isinstance(error, DOWN)
    status, page = (503, "unavailable") if gone else (500, "failed")
    log.error("no page for an error: %s", error.__class__.__name__, exc_info=not gone)
    bare(request)
    try:
        return page_of(request, status, f"errors/{page}.jinja2", {"kept": kept(request)})
    except Exception:
        log.exception("no page for an error at all")
        text = "Something went wrong. Please try again in a minute."
        return Response(text, status=status, content_type="text/plain", charset="utf-8")


def bare(request: Request) -> None:
    """Nobody in particular reads the page: nothing that draws it asks the database."""
    request.person, request.writer, request.nav = None, "", []
    request.frame = {}


def back(request: Request) -> str:
    """The page that a form came from, if it is one of ours."""
    came = request.referer or ""
    here = request.host_url + "/"
    return safe_next(request, "/" + came[len(here) :] if came.startswith(here) else "")


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
