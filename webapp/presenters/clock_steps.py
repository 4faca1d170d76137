"""What the steps are called at which a ticket's clocks rest."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.request import Request

from engine.commands.clock_history import happened
from engine.tickets import queries
from engine.tickets.models import Ticket


def resting_at(request: Request, ticket: Ticket) -> str:
    """The step at which the clocks rest; empty where the ticket's state lets them."""
    if not ticket.clocks_rest:
        return ""
    rests = [one.step for one in happened(request.work, ticket) if one.what == "rests"]
    return steps_of(request, ticket)(rests[-1]) if rests and rests[-1] else ""


def steps_of(request: Request, ticket: Ticket) -> Callable[[str], str]:
    """What steps are called. Nobody knows a ticket by the gateway at which it stands: it has no
    name here, so that its state is named."""
    pick, found = request.reader.pick, {}
    for version in queries.versions_of(request.db, ticket.id):
        for step in request.desk.library.definition(version).steps.values():
            name = pick(step.title) or step.name or step.id
            found[step.id] = "" if step.kind.endswith("Gateway") else name
    return lambda text: found.get(text, found.get(text.rsplit("/", 1)[-1], text))
