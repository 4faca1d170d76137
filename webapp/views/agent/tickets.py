"""All tickets one may see: filters, search, page by page; and changing several at once."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import tickets as commands
from engine.errors import NotAllowed, NotFound, VorgangError
from engine.tickets.access import ticket_for
from webapp.i18n import N_
from webapp.presenters.ticket_list import list_of
from webapp.views.agent.answers import done, text_of

MOST = 100  # tickets changed at once
FIELDS = ("queue", "owner", "priority")
SAID = {
    "queue": N_("%(count)s of %(all)s moved"),
    "owner": N_("%(count)s of %(all)s have a new owner"),
    "priority": N_("%(count)s of %(all)s have a new priority"),
    "close": N_("%(count)s of %(all)s closed"),
    "undo": N_("%(count)s of %(all)s taken back"),
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
    undo: list[tuple[str, str]] = []
    numbers = [str(n)[:60] for n in request.params.getall("select")[:MOST]]
    count = 0
    for entry in numbers:
        number, _, was = entry.partition("=")
        try:
            with request.db.begin_nested():
                before = _change(request, number, name, was)
        except VorgangError:
            continue
        count += 1
        undo.append((number, before))
    text = request.translate(SAID.get(name, SAID["undo"]))
    values = {"count": count, "all": len(numbers)}
    back = str(request.route_path("tickets", _query=_filters(request)))
    return done(request, text % values, back, undo=_undo(request, name, undo))


def _change(request: Request, number: str, name: str, was: str) -> str:
    """Do one change and say what was there before."""
    ticket = ticket_for(request.work, number)
    if name == "close":
        commands.close_ticket(request.work, ticket)
        return "closed"
    if name == "reopen":
        commands.change_ticket(request.work, ticket, {"state": "open"})
        return "open"
    if name not in FIELDS:
        raise NotAllowed("This cannot be done with several tickets.")
    before = {
        "queue": ticket.queue.name,
        "owner": ticket.owner.login if ticket.owner else "",
        "priority": ticket.priority.name,
    }[name]
    value = was if "was" in request.params else text_of(request, name)
    if not value and name != "owner":
        raise NotAllowed("Nothing was chosen.")
    commands.change_ticket(request.work, ticket, {name: value})
    return before


def _undo(request: Request, name: str, before: list[tuple[str, str]]) -> str:
    """The address that puts back what was there, ticket by ticket."""
    if not before or "was" in request.params:
        return ""
    verb = "reopen" if name == "close" else name
    query = [("do", verb), ("was", "1"), *(("select", f"{n}={was}") for n, was in before)]
    return str(request.route_path("tickets.bulk", _query=query))


def _filters(request: Request) -> list[tuple[str, str]]:
    """The filters of the list that one came from, so that one comes back to it."""
    names = ("q", "in", "state", "who", "rank", "type", "tag", "customer")
    found = [(name, text_of(request, f"f.{name}")) for name in names]
    return [(name, value) for name, value in found if value]
