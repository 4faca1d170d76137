"""Letting agents read a ticket that is not their team's: they watch it, and no more."""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.trail import record
from engine.errors import Invalid
from engine.notify.recipients import recipients
from engine.tickets.models import Participant, Ticket
from engine.work import Work

WATCHER = "watcher"


def add_watchers(work: Work, ticket: Ticket, to: str) -> None:
    """Let everybody meant by a word of recipients read the ticket; customers never by this."""
    people = [person for person in recipients(work.session, ticket, to) if person.is_agent]
    if not people:
        raise Invalid("Nobody who works here is meant by “%(to)s”.", values={"to": to[:200]})
    query = select(Participant).where(Participant.ticket_id == ticket.id)
    known = {row.address: row for row in work.session.scalars(query)}
    for person in people:
        row = known.get(person.login)
        if row is None:
            row = Participant(ticket_id=ticket.id, address=person.login, role="")
            work.session.add(row)
        if row.role == WATCHER:
            continue
        row.role, row.person_id = WATCHER, person.id
        record(work, ticket.id, "watcher", "", person.login)
    work.session.flush()
