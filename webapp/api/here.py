"""The ticket of an address: for an agent their work or, where it is not, their own request."""

from __future__ import annotations

from pyramid.request import Request

from engine.errors import NotFound
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from engine.tickets.requests import as_customer


def ticket_here(request: Request, number: str = "") -> Ticket:
    """The ticket; from then on the request has a customer's rights where only they show it.

    Agents ask other teams for something, too, and managers among them approve: as on the pages of
    customers, they read and answer there what a customer may, and nothing else.
    """
    number = number or request.matchdict["number"]
    try:
        return ticket_for(request.work, number)
    except NotFound:
        if not request.actor.is_agent:
            raise
    work = as_customer(request.work)
    ticket = ticket_for(work, number)
    request.actor, request.work = work.actor, work
    return ticket
