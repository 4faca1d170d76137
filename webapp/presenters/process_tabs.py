"""The tabs above every page of one process: the same ones in the same order everywhere."""

from __future__ import annotations

from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from engine.commands.shared_parts import is_shared
from webapp.i18n import N_

TABS = (
    ("processes.one", N_("Overview")),
    ("processes.draw", N_("Draw")),
    ("processes.play", N_("Play")),
    ("processes.examples", N_("Examples")),
    ("processes.offer", N_("Offer")),
    ("processes.publish", N_("Publish")),
    ("processes.versions", N_("Versions")),
    ("processes.tickets", N_("Tickets")),
    ("processes.incidents", N_("Failures")),
    ("processes.heat", N_("Heat map")),
)
PUBLISHED = frozenset(
    {
        "processes.one",
        "processes.versions",
        "processes.tickets",
        "processes.incidents",
        "processes.heat",
    }
)


def process_tabs(request: Request, key: str, *, published: bool = True) -> list[dict[str, Any]]:
    """What `tabs` of the parts takes; a process that was never published has fewer."""
    mapper = request.registry.getUtility(IRoutesMapper)
    here = request.matched_route.name if request.matched_route else ""
    return [
        {
            "label": request.translate(label),
            "href": request.route_path(route, key=key),
            "active": here == route or (route != "processes.one" and here.startswith(route + ".")),
        }
        for route, label in TABS
        if mapper.get_route(route) is not None
        and (published or route not in PUBLISHED)
        and not (route == "processes.offer" and is_shared(key))
    ]
