"""All requests of a customer, page by page, and those in which some words occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.tickets.requests import as_customer, request_place, requests_of
from webapp.i18n import N_
from webapp.presenters.customer import Summary, summaries

PAGE = 25
STATES = (("closed", N_("Closed")), ("open", N_("Under way")), ("all", N_("All")))
ENDED = {"closed": True, "open": False, "all": None}


@dataclass(frozen=True)
class RequestList:
    """What the page shows."""

    rows: list[Summary]
    text: str
    state: str
    tabs: list[dict[str, Any]]
    older: str
    first: str


def request_list(request: Request) -> RequestList:
    """The page that the address asks for; a search looks into all of them."""
    text = " ".join(str(request.GET.get("q") or "").replace("\x00", "").split())[:200]
    state = str(request.GET.get("state") or ("all" if text else "closed"))
    state = state if state in ENDED else "closed"
    after = str(request.GET.get("after") or "")
    actor = as_customer(request.work).actor
    found = requests_of(
        request.db, actor, ended=ENDED[state], text=text, after=after, limit=PAGE + 1
    )
    more, found = len(found) > PAGE, found[:PAGE]
    by_number = {one.number: one for one in summaries(request, found)}
    return RequestList(
        rows=[by_number[ticket.number] for ticket in found],
        text=text,
        state=state,
        tabs=[
            {"label": request.translate(label), "href": _href(request, name, text),
             "active": name == state}
            for name, label in STATES
        ],
        older=_href(request, state, text, request_place(found[-1])) if more else "",
        first=_href(request, state, text) if after else "",
    )  # fmt: skip


def _href(request: Request, state: str, text: str, after: str = "") -> str:
    query = {"state": state, "q": text, "after": after}
    return str(request.route_path("requests.all", _query={k: v for k, v in query.items() if v}))
