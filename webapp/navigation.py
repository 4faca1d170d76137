"""What stands in the rail and the top bar, by role."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.notify.inbox import unread
from webapp.i18n import N_

# role that sees it, section, label, route, icon, key after "g"
ENTRIES = (
    ("agent", "", N_("Today"), "today", "inbox", "t"),
    ("agent", "", N_("Queues"), "queues", "queue", "q"),
    ("agent", "", N_("Tickets"), "tickets", "ticket", "l"),
    ("agent", "", N_("Escalations"), "escalations", "alert", "e"),
    ("agent", "", N_("FAQ"), "faq", "book", "f"),
    ("agent", N_("For yourself"), N_("My requests"), "requests", "person", ""),
    ("agent", N_("For yourself"), N_("Report something"), "offers", "plus", ""),
    ("owner", N_("Process owner"), N_("Processes"), "processes", "process", "p"),
    ("owner", N_("Process owner"), N_("Rules"), "rules", "rules", "r"),
    ("owner", N_("Process owner"), N_("Automatic messages"), "notices", "mail", ""),
    ("admin", N_("Administration"), N_("People"), "people", "people", "u"),
    ("admin", N_("Administration"), N_("Organisations"), "organisations", "company", "o"),
    ("admin", N_("Administration"), N_("Groups and queues"), "structure", "queue", ""),
    ("admin", N_("Administration"), N_("SLAs"), "slas", "clock", ""),
    ("admin", N_("Administration"), N_("Calendars"), "calendars", "today", ""),
    ("admin", N_("Administration"), N_("Webhooks"), "webhooks", "link", ""),
    ("admin", N_("Administration"), N_("Health"), "health", "health", "h"),
    ("customer", "", N_("My requests"), "requests", "ticket", ""),
    ("customer", "", N_("Report something"), "offers", "plus", ""),
    ("customer", "", N_("FAQ"), "faq", "book", ""),
    ("stranger", "", N_("FAQ"), "faq", "book", ""),
    ("stranger", "", N_("Log in"), "login", "person", ""),
)
# What stands in the line of the customers' pages, where there is no rail.
LINE = frozenset({"today", "requests", "offers", "faq", "login"})


def navigation(request: Request) -> list[dict[str, Any]]:
    """The entries of the rail that this reader may open."""
    _ = request.translate
    here = request.matched_route.name if request.matched_route else ""
    known = request.person is not None
    roles = sections(request.actor.roles, request.actor.is_agent) if known else {"stranger"}
    return [
        {
            "section": _(section) if section else "",
            "label": _(label),
            "href": request.route_path(route),
            "icon": icon,
            "key": key,
            "active": here == route or here.startswith(route + "."),
            "count": None,
            "line": route in LINE,
        }
        for role, section, label, route, icon, key in ENTRIES
        if role in roles
    ]


def sections(roles: frozenset[str], is_agent: bool) -> set[str]:
    """Which groups of entries somebody sees: admins also what owners and agents see."""
    if not is_agent:
        return {"customer"}
    seen = {"agent"} | set(roles)
    return seen | {"owner"} if "admin" in seen else seen - {"customer"}


def frame_of(request: Request) -> dict[str, Any]:
    """What the top bar offers; what is missing is not shown."""
    frame: dict[str, Any] = {"home": request.route_path("home")}
    if request.person is None:
        return frame
    frame["logout_href"] = request.route_path("logout")
    frame["settings_href"] = request.route_path("settings")
    if request.actor.is_agent:
        frame["search_href"] = request.route_path("tickets")
        frame["new_href"] = request.route_path("tickets.new")
        frame["query"] = request.GET.get("q", "")[:500]
        found = unread(request.db, request.actor)
        frame["notifications_href"] = request.route_path("notifications")
        frame["notifications_count"], frame["notifications_tag"] = found.count, found.tag
    return frame
