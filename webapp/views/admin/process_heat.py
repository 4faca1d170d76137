"""The heat map of a process: how it really runs, in figures that everybody finds again."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from engine.tickets import overview
from webapp.presenters.heat import WHOM, far_out, heat_of, short
from webapp.presenters.heat_compare import compared
from webapp.presenters.heat_filters import MEASURES, PERIODS, read_filters
from webapp.presenters.process_tabs import process_tabs


@view_config(
    route_name="processes.heat",
    request_method="GET",
    renderer="admin/heat.jinja2",
    permission="owner",
)
def heat(request: Request) -> dict[str, Any]:
    """Time spent, frequency and what waits now, on the diagram and as a list."""
    version = overview.process_in_force(request.db, request.matchdict["key"])
    wanted = read_filters(request, version.key)
    found = heat_of(request, wanted, version)

    def here(**changes: str) -> str:
        return request.route_path("processes.heat", key=version.key, _query=wanted.query(**changes))

    return {
        "key": version.key,
        "title": version.title,
        "here": here,
        "tabs": process_tabs(request, version.key),
        "wanted": wanted,
        "heat": found,
        "far_out": far_out(request, wanted, found) if wanted.step else None,
        "pairs": compared(request, wanted, found.version),
        "short": lambda seconds: short(request, seconds),
        "measures": MEASURES,
        "periods": PERIODS,
        "whom": WHOM,
    }
