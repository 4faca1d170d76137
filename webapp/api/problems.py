"""Requests that the OpenAPI document does not allow become problem documents with pointers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openapi_core.deserializing.exceptions import DeserializeError
from openapi_core.exceptions import OpenAPIError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from pyramid.request import Request
from pyramid.response import Response
from pyramid_openapi3.exceptions import RequestValidationError

from webapp.errors import answer
from webapp.security import is_api

MOST = 50


def refused(error: RequestValidationError, request: Request) -> Response:
    """422 for a body that can be read and does not fit, 400 for everything else."""
    found = list(_problems(error.errors))[:MOST]
    fits = any(problem["pointer"].startswith("/body") for problem in found)
    status = 422 if fits else 400
    return document(status, "The request does not fit the API's document.", errors=found)


def undecodable(error: UnicodeDecodeError, request: Request) -> Response:
    """A body that is no UTF-8, over which the package stumbles when it wants to complain of it."""
    if not is_api(request):
        return answer(request, 400, "failed")
    return document(400, "This is no JSON in UTF-8.")


def document(status: int, detail: str, **more: Any) -> Response:
    """A problem document (RFC 9457)."""
    titles = {400: "bad request", 413: "too large", 422: "invalid"}
    body = {"type": "about:blank", "title": titles.get(status, "failed"), "status": status}
    response = Response(json_body=body | {"detail": detail} | more, status=status)
    response.content_type = "application/problem+json"
    return response


def _problems(errors: list[Any]) -> Iterator[dict[str, str]]:
    for error in errors:
        place = "/body" if "body" in type(error).__name__.lower() else ""
        name = getattr(error, "name", "")
        cause = error if isinstance(error, InvalidSchemaValue) else error.__cause__
        inner = getattr(cause, "schema_errors", None)
        if inner is None:
            place = f"/{getattr(error, 'location', 'request')}/{name}" if name else place
            yield {"pointer": place or "/request", "message": _said(error, cause)}
            continue
        for one in inner:
            path = "".join(f"/{part}" for part in one.absolute_path)
            start = f"/{getattr(error, 'location', 'query')}/{name}" if name else "/body"
            yield {"pointer": start + path, "message": str(one.message)[:300]}


def _said(error: Exception, cause: BaseException | None) -> str:
    """A short sentence; what the library says about a body would quote the body."""
    if isinstance(cause, DeserializeError) or isinstance(error, DeserializeError):
        return "This is no JSON that can be read."
    said = str(cause if isinstance(cause, OpenAPIError) else error)
    return said[:300] or "This cannot be read."
