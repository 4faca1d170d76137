"""What another type would mean for a ticket: shown before it is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from engine.catalogue import queries as catalogue
from engine.catalogue.models import TicketType
from engine.commands.reclassify import Outlook, outlooks
from engine.tickets.access import may
from engine.tickets.models import Ticket
from webapp.presenters.choices import title_of


@dataclass(frozen=True)
class TypeChoice:
    """A type to choose: the process that begins with it, and the answers that it is given."""

    value: str
    text: str
    process: str
    answers: list[str]


def other_types(request: Request, ticket: Ticket) -> list[TypeChoice]:
    """The types that the reader could make this ticket one of."""
    if ticket.state.ended or not may(request.db, request.actor, ticket, "change"):
        return []
    others = [row for row in catalogue.all_of(request.db, TicketType) if row.id != ticket.type_id]
    ahead = outlooks(request.work, ticket, others)
    return [_choice(request, row, seen) for row, seen in zip(others, ahead, strict=True)]


def _choice(request: Request, row: TicketType, ahead: Outlook) -> TypeChoice:
    pick = request.reader.pick
    return TypeChoice(
        value=row.name,
        text=title_of(request, row),
        process=pick(ahead.begins.title) or ahead.begins.key if ahead.begins else "",
        answers=[pick(answer.label) or answer.name for answer in ahead.answers],
    )
