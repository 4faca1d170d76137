"""Telling one person something, in the transaction of the change that it tells of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.db.later import write_later
from engine.notify.models import Notification
from engine.outbox.models import note_mail
from engine.people.models import Person
from engine.tickets.models import Ticket
from engine.work import Work


def told_already(work: Work, person: Person, kind: str, ticket: Ticket) -> bool:
    """Whether a person was just told this of the promise that runs out here.

    A rule and the diagram may both say it, and each has reason to: the rule holds at every step,
    the diagram knows more of its own. Nobody is told twice.
    """
    if not work.clock:
        return False
    same = select(Notification).where(
        Notification.ticket_id == ticket.id,
        Notification.person_id == person.id,
        Notification.kind == kind,
        Notification.created_at == work.now,
    )
    return any(one.payload.get("clock") == work.clock for one in work.session.scalars(same))


def tell(work: Work, person: Person, kind: str, ticket: Ticket | None = None, **more: Any) -> None:
    """Write what the person is told, with its cause; `more` are ids and small texts that are kept
    with it. By which ways it reaches them beside the browser is decided once this has committed."""
    payload = {
        "cause": work.cause.kind,
        "reason": work.cause.reason[:400],
        "trace_id": work.cause.trace_id,
        "clock": work.clock,
        "due": work.late_since.isoformat() if work.late_since is not None else None,
        "by": [one for one in (work.actor.id, work.by) if one is not None],
        **more,
    }
    row = {
        "person_id": person.id,
        "ticket_id": ticket.id if ticket is not None else None,
        "kind": kind,
        "created_at": work.now,
        "payload": {key: value for key, value in payload.items() if value not in (None, "", [])},
    }
    write_later(work.session, Notification, [row])
    note_mail(work.session)
