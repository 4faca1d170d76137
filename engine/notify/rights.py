"""Whether somebody may read what they are told of, asked at the moment at which they read it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.db.together import asked_once
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.access import may
from engine.tickets.models import Ticket
from engine.tickets.requests import asked_outside, customer_side


def page_for(session: Session, person: Person, ticket: Ticket) -> str:
    """The pages (`tickets`, `requests`) on which this person reads the ticket and can do what it
    asks; empty for who may not read it."""
    key = ("page", person.id, ticket.id)
    return asked_once(session, key, lambda: _page_for(session, person, ticket))


def _page_for(session: Session, person: Person, ticket: Ticket) -> str:
    actor = asked_once(session, ("actor", person.id), lambda: actor_of(session, person))
    asked = asked_outside(session, ticket, person.id)
    if person.is_agent and not asked and may(session, actor, ticket, "read"):
        return "tickets"
    return "requests" if may(session, customer_side(actor), ticket, "read") else ""
