"""Noting that somebody has a ticket open: for colleagues to see, and to know what is new later."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.dialects import postgresql, sqlite

from engine.commands.notifications import read_about
from engine.errors import NotAllowed
from engine.tickets.access import require
from engine.tickets.models import Ticket, Visit
from engine.work import Work

RARELY = timedelta(seconds=15)  # pages say so every 20 seconds; more often changes nothing


def visit(work: Work, ticket: Ticket) -> None:
    """The actor has this ticket open now, and so reads what they were told about it.

    It is no action: no session is renewed by it.
    """
    require(work, ticket, "read")
    if not work.actor.is_agent or work.actor.id is None:
        raise NotAllowed("Only agents are shown on a ticket.")
    insert = (sqlite.insert if work.desk.database.sqlite else postgresql.insert)(Visit)
    row = insert.values(person_id=work.actor.id, ticket_id=ticket.id, at=work.now)
    work.session.execute(
        row.on_conflict_do_update(
            index_elements=["person_id", "ticket_id"],
            set_={"at": work.now},
            where=(Visit.at < work.now - RARELY) | (Visit.at < ticket.changed_at),
        )
    )
    read_about(work, ticket.id)
