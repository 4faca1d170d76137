"""Files that reached us, handed out so that no browser ever runs what is in them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from engine.channels.clean import (
    FRAME_SANDBOX,
    frame_document,
    frame_policy,
    has_remote_images,
    html_of,
    safe_html,
)
from engine.errors import NotFound
from engine.tickets import queries
from engine.tickets.models import Article, Attachment
from engine.tickets.requests import customer_side
from engine.work import Actor

T = TypeVar("T")

# Media types that a browser, even when told wrongly, can only show or save.
SAFE_TYPES = frozenset(
    {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff",
     "text/plain", "text/csv", "application/zip"}
)  # fmt: skip
PICTURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
PICTURE_BYTES = 5 * 2**20  # of all pictures inside one message
CLOSED = "default-src 'none'; sandbox; frame-ancestors 'none'"


@view_config(route_name="files.attachment", request_method="GET", permission="login")
def attachment(request: Request) -> Response:
    """A file of an article that the reader may read, to be saved."""
    found = _readable(request, queries.attachment)
    kind = found.media_type.partition(";")[0].strip().lower()
    return download(request.desk.files.get(found.digest), found.name, kind)


@view_config(route_name="files.original", request_method="GET", permission="agent")
def original(request: Request) -> Response:
    """The message as it reached us, byte by byte."""
    article = _article(request)
    if article.original_digest is None:
        raise NotFound("There is no original.")
    ending = {"email": "eml", "fax": "bin"}.get(article.channel, "txt")
    data = request.desk.files.get(article.original_digest)
    return download(data, f"{article.ticket.number}-{article.id}.{ending}", "")


@view_config(route_name="files.article", request_method="GET", permission="login")
def body(request: Request) -> Response:
    """The formatted text of a message, for a frame that may do nothing."""
    article = _article(request)
    remote = request.GET.get("images") == "1"
    cleaned = _cleaned(request, article, remote)
    page = frame_document(cleaned, remote_images=remote)
    response = Response(text=page, content_type="text/html", charset="utf-8")
    policy = frame_policy(remote_images=remote)
    response.headers["Content-Security-Policy"] = f"{policy}; sandbox {FRAME_SANDBOX}"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Remote-Images"] = "waiting" if has_remote_images(cleaned) else "none"
    return response


def download(data: bytes, name: str, kind: str) -> Response:
    """Bytes to be saved under a name (RFC 6266); the media type only where it is harmless."""
    response = Response(body=data)
    response.headers["Content-Type"] = kind if kind in SAFE_TYPES else "application/octet-stream"
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Security-Policy"] = CLOSED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def disposition(name: str) -> str:
    """`attachment` with a plain name for old browsers and the real one beside it."""
    flat = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", name).replace("\\", "/")
    flat = flat.rpartition("/")[2].strip(". ") or "file"
    plain = re.sub(r"[^A-Za-z0-9 ._()+-]", "_", flat)[:100]
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(flat[:200], safe='')}"


def _article(request: Request) -> Article:
    return _readable(request, queries.article)


def _readable(request: Request, find: Callable[[Session, Actor, int], T]) -> T:
    """What the reader may read, as an agent or on a request of their own; else `NotFound`."""
    wanted = int(request.matchdict["id"][:12])
    try:
        return find(request.db, request.actor, wanted)
    except NotFound:
        return find(request.db, customer_side(request.actor), wanted)


def _cleaned(request: Request, article: Article, remote: bool) -> str:
    if article.html_digest is None:
        return html_of(article.body)
    html = request.desk.files.get(article.html_digest).decode("utf-8", "replace")
    return safe_html(html, remote_images=remote, cid_url=_pictures(request, article))


def _pictures(request: Request, article: Article) -> Callable[[str], str | None]:
    """Addresses for inline pictures: the frame has no session, so they come inside the page."""
    by_id = {_bare(a.content_id): a for a in article.attachments if a.content_id}
    spent = 0

    def address(content_id: str) -> str | None:
        nonlocal spent
        found: Attachment | None = by_id.get(_bare(content_id))
        if found is None or spent + found.size > PICTURE_BYTES:
            return None
        data = request.desk.files.get(found.digest)
        kind = next((name for magic, name in PICTURES.items() if data.startswith(magic)), None)
        if kind is None:
            return None
        spent += len(data)
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

    return address


def _bare(content_id: str | None) -> str:
    return (content_id or "").strip("<> ").lower()
