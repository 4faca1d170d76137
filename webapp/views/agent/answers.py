"""How an action answers: a page that goes on with a toast, or JSON where a script asked."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

LONGEST_UNDO = 1500  # the toast waits in a cookie, which is small


def fetched(request: Request) -> bool:
    """Whether a script on our page asked, not the browser itself."""
    return "X-Requested-With" in request.headers


def done(request: Request, text: str, href: str, *, undo: str = "", kind: str = "ok") -> Response:
    """Say what happened and go on; `undo` is an address that a POST takes it back with."""
    undo = undo if len(undo) <= LONGEST_UNDO else ""
    if fetched(request):
        return Response(json_body={"text": text, "kind": kind, "undo": undo})
    said: dict[str, Any] = {"text": text[:300], "kind": kind, "undo": undo}
    request.session.flash(said)
    return HTTPSeeOther(href)


def unchanged(request: Request, tag: str) -> Response | None:
    """304 where the script has seen this tag already; else the answer gets the tag."""
    if f'"{tag}"' in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    request.response.headers["ETag"] = f'"{tag}"'
    return None


def text_of(request: Request, name: str, longest: int = 300) -> str:
    """One line that was sent, bounded and without control characters."""
    value = request.params.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value[:longest] if c >= " " or c in "\n\t").strip()
