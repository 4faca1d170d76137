"""Lists in pages: a page, the address of the next one, and requests that count only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pyramid.request import Request

from engine.commands.once import once
from webapp.api.described import KEY

Row = TypeVar("Row")


def asked(request: Request) -> dict[str, Any]:
    """The query as the document types it."""
    return dict(request.openapi_validated.parameters.query)


def page_of(
    request: Request,
    rows: Sequence[Row],
    limit: int,
    mark: str,
    shape: Callable[[Request, Row], Any],
    name: Callable[[Any], object] = lambda row: row.id,
) -> dict[str, Any]:
    """The first `limit` of the rows, and where it goes on behind them, if there are more.

    `mark` is the parameter that names the last row of the page before.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    query = {**request.GET, mark: str(name(shown[-1]))} if more else None
    return {
        "items": [shape(request, row) for row in shown],
        "next": request.current_route_path(_query=query) if more else None,
    }


def once_for(
    request: Request, make: Callable[[], Row], again: Callable[[int], Row]
) -> tuple[Row, bool]:
    """Do what the request asks, once for each Idempotency-Key; says whether it was done now."""
    key = request.headers.get(KEY)
    if key is None:
        made: Any = make()
        request.db.flush()
        return made, True
    raw = f"{request.method} {request.path}\n".encode() + request.body
    return once(request.work, key, raw, make, again)
