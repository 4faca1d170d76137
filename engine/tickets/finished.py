"""The tickets that came to the end of a process last, as far as somebody may read them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.published import ProcessVersion
from engine.tickets.access import visible
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.work import Actor

MOST = 20


def finished(session: Session, actor: Actor, key: str) -> list[tuple[Ticket, datetime]]:
    """The tickets with the time at which their process ended, the latest first."""
    query = (
        select(Ticket, ProcessInstance.ended_at)
        .join(ProcessInstance, ProcessInstance.ticket_id == Ticket.id)
        .join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(
            ProcessVersion.key == key,
            ProcessInstance.status != "running",
            visible(actor),
        )
        .order_by(ProcessInstance.ended_at.desc(), ProcessInstance.id.desc())
        .limit(MOST)
    )
    found: dict[int, tuple[Ticket, datetime]] = {}
    for ticket, ended in session.execute(query):
        if ended is not None:
            found.setdefault(ticket.id, (ticket, ended))
    return list(found.values())
