"""All tickets one may see: filters, search, page by page; and changing several at once."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import tickets as commands
from engine.commands.undo import Remembered
from engine.errors import NotAllowed, NotFound, VorgangError
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.asking import before_close
from webapp.presenters.ticket_list import list_of
from webapp.views.agent.answers import asked, done, text_of

MOST = 100  # tickets changed at once
FIELDS = ("queue", "owner", "priority")
FILTERS = ("q", "sort", "cols", "by", "from")
SAID = {
    "queue": N_("%(count)s of %(all)s moved"),
    "owner": N_("%(count)s of %(all)s have a new owner"),
    "priority": N_("%(count)s of %(all)s have a new priority"),
    "close": N_("%(count)s of %(all)s closed"),
}


@view_config(
    route_name="tickets", request_method="GET", renderer="agent/tickets.jinja2", permission="agent"
)
def tickets(request: Request) -> dict[str, Any] | Response:
    """The list; a number that is typed exactly goes straight to its ticket."""
    number = text_of(request, "q", 60).lstrip("#").strip()
    if number.isdecimal():
        try:
            found = ticket_for(request.work, number)
        except NotFound:
            pass
        else:
            return HTTPSeeOther(request.route_path("tickets.one", number=found.number))
    return {"list": list_of(request)}


@view_config(route_name="tickets.bulk", request_method="POST", permission="agent")
def bulk(request: Request) -> Response:
    """Change several; each for itself, so that one that may not be changed stops no other."""
    name = text_of(request, "do")
    undo = Remembered(request.work, name if name == "close" else "change")
    if name == "close" and not text_of(request, "sure"):
        filters = [(f"f.{field}", value) for field, value in _filters(request)]
        return asked(request, "close_ask", {"ask": before_close(request, _numbers(request)),
                                            "filters": filters})  # fmt: skip
    numbers = _numbers(request)
    refused: list[tuple[str, str]] = []
    for number in numbers:
        try:
            ticket = ticket_for(request.work, number)
            with request.db.begin_nested(), undo.ticket(ticket):
                _change(request, ticket, name)
        except VorgangError as error:
            refused.append((number, request.reader.explain(error)))
    values = {"count": len(numbers) - len(refused), "all": len(numbers)}
    text = request.translate(SAID.get(name, SAID["queue"])) % values
    listed = "escalations" if text_of(request, "f.from", 20) == "escalations" else "tickets"
    filters = [pair for pair in _filters(request) if pair[0] != "from"]
    back = str(request.route_path(listed, _query=filters))
    kind = "warn" if refused else "ok"
    return done(request, text, back, undo=undo, kind=kind, refused=refused)


def _numbers(request: Request) -> list[str]:
    return list(dict.fromkeys(str(n)[:60] for n in request.POST.getall("select")[:MOST]))


def _change(request: Request, ticket: Ticket, name: str) -> None:
    """Do one change to one ticket."""
    if name == "close":
        commands.close_ticket(request.work, ticket)
        return
    if name not in FIELDS:
        raise NotAllowed("This cannot be done with several tickets.")
    value = text_of(request, name)
    if not value and name != "owner":
        raise NotAllowed("Nothing was chosen.")
    commands.change_ticket(request.work, ticket, {name: value})


def _filters(request: Request) -> list[tuple[str, str]]:
    """The filters of the list that one came from, so that one comes back to it."""
    found = [(name, text_of(request, f"f.{name}", 500)) for name in FILTERS]
    return [(name, value) for name, value in found if value]
