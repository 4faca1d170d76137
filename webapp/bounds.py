"""Requests that no form of ours makes are refused before anything is read into memory."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

MOST_FIELDS = 2000
LONGEST_FORM = 8 * 2**20  # bytes of a form without files: a long text, every letter escaped
CHUNK = 2**20
SEPARATORS = {
    "application/x-www-form-urlencoded": b"&",
    "multipart/form-data": b"Content-Disposition",
}


def includeme(config: Configurator) -> None:
    """Before everything but the headers, which also these answers carry."""
    config.add_tween(
        "webapp.bounds.bounds_tween_factory", under="webapp.headers.headers_tween_factory"
    )


def bounds_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Answer 400 to addresses that are no text and 413 to forms that are too much."""

    def tween(request: Request) -> Response:
        if not readable(request):
            # What looks at the answer on its way out must not stumble over the address again.
            request.environ.update(PATH_INFO="/", QUERY_STRING="")
            return _said(400, "This address cannot be read.")
        if excessive(request):
            return _said(413, "This form is too large.")
        return handler(request)

    return tween


def readable(request: Request) -> bool:
    """Whether path and query are UTF-8."""
    try:
        return bool(request.path_info is not None and request.GET is not None)
    except UnicodeDecodeError:
        return False


def excessive(request: Request) -> bool:
    """Whether a form has more fields or bytes than any form of the desk; reads it piece by piece,
    because taking it apart is what costs."""
    separator = SEPARATORS.get(request.content_type)
    if separator is None or not request.content_length:
        return False
    if separator == b"&" and request.content_length > LONGEST_FORM:
        return True
    body, found, tail = request.body_file_seekable, 0, b""
    while found <= MOST_FIELDS and (piece := body.read(CHUNK)):
        found += (tail + piece).lower().count(separator.lower())
        tail = piece[1 - len(separator) :] if len(separator) > 1 else b""
    body.seek(0)
    return found > MOST_FIELDS


def _said(status: int, text: str) -> Response:
    return Response(text, status=status, content_type="text/plain", charset="utf-8")
