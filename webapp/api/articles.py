"""The conversation through the API, and the files that belong to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from engine.commands.articles import (
    NewFile,
    add_note,
    answered_by_phone,
    customer_answer,
    forward,
    reply,
)
from engine.errors import Invalid, NotFound
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.models import Article, Ticket
from webapp.api import api_view, shapes
from webapp.api.here import ticket_here
from webapp.api.paging import asked, once_for, page_of
from webapp.api.uploads import files_of

REPLY = ("subject", "channel", "to", "cc")


@api_view(route_name="api.articles", request_method="GET")
def list_articles(request: Request) -> dict[str, Any]:
    """Everything on the ticket that the reader may read."""
    ticket = ticket_here(request)
    query = asked(request)
    after, limit = query.get("after"), query["limit"]
    rows = queries.articles(request.db, request.actor, ticket, after=after, limit=limit + 1)
    return page_of(request, rows, limit, "after", shapes.article)


@api_view(route_name="api.articles", request_method="POST")
def add_article(request: Request) -> dict[str, Any]:
    """Say something: customers answer; agents reply, note, or write down an answer by phone."""
    ticket = ticket_here(request)
    values = dict(request.openapi_validated.body)
    files = files_of(request, values)
    return _said(request, lambda: _say(request, ticket, values, files))


@api_view(route_name="api.forward", request_method="POST")
def forward_ticket(request: Request) -> dict[str, Any]:
    """Send the matter on to somebody outside, with the articles that are named."""
    ticket = ticket_for(request.work, request.matchdict["number"])
    values = request.openapi_validated.body
    wanted = set(values.get("articles", ()))
    known = queries.articles(request.db, request.actor, ticket)
    chosen = [row for row in known if row.id in wanted]
    if len(chosen) < len(wanted):
        raise Invalid("There is no such message.", fields={"articles": "unknown"})
    text = values.get("body", "")
    return _said(
        request, lambda: forward(request.work, ticket, values["address"], text, articles=chosen)
    )


@api_view(route_name="api.attachment", request_method="GET")
def get_attachment(request: Request) -> Response:
    """The bytes, to be saved: never shown in the browser, whatever their type says they are."""
    ticket = ticket_here(request)
    wanted = request.openapi_validated.parameters.path["id"]
    for row in queries.articles(request.db, request.actor, ticket):
        for file in row.attachments:
            if file.id == wanted:
                return saved(request.desk.files.get(file.digest), file.name)
    raise NotFound("There is no such file.")


def saved(data: bytes, name: str) -> Response:
    """A file as download, with a name that cannot break out of its header."""
    response = Response(data, content_type="application/octet-stream")
    plain = "".join(c if (c.isalnum() and c.isascii()) or c in "._- " else "_" for c in name)
    plain = plain.strip(". ")
    response.content_disposition = f'attachment; filename="{plain[:150] or "file"}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _said(request: Request, say: Callable[[], Article]) -> dict[str, Any]:
    """The article, said once for each Idempotency-Key."""
    row, fresh = once_for(request, say, lambda i: queries.article(request.db, request.actor, i))
    request.response.status_int = 201 if fresh else 200
    return shapes.article(request, row)


def _say(request: Request, ticket: Ticket, values: dict[str, Any], files: list[NewFile]) -> Article:
    inside = request.actor.is_agent
    kind = values.get("kind") or ("" if inside else "answer")
    if not inside and (kind != "answer" or set(values) - {"kind", "body"}):
        wrong = sorted(set(values) - {"kind", "body"}) or ["kind"]
        raise Invalid("Customers answer.", fields=dict.fromkeys(wrong, "not allowed"))
    if kind == "note":
        return add_note(request.work, ticket, values["body"], files=files)
    if kind == "reply":
        more = {name: values[name] for name in REPLY if name in values}
        return reply(request.work, ticket, values["body"], files=files, **more)
    if inside and kind == "answer":
        return answered_by_phone(request.work, ticket, values["body"], files=files)
    if inside:
        raise Invalid(
            "Say whether this is a reply, a note or an answer.", fields={"kind": "required"}
        )
    return customer_answer(request.work, ticket, values["body"], files=files, channel="api")
