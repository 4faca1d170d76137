"""When somebody is no longer there: their steps and tickets are free again, with the cause."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import or_, select

from engine.audit.trail import record
from engine.catalogue.models import ENDED_TYPES, State
from engine.commands.changes import apply_changes
from engine.commands.follow_up import follow_up
from engine.people.models import Person
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.work import Work


def free_work(work: Work, person: Person) -> None:
    """Give back the open steps of this person and let go of the open tickets they look after."""
    reason = f"{person.name} is no longer active"
    query = select(WorkItem).where(WorkItem.person_id == person.id, WorkItem.status == "open")
    for item in work.session.scalars(query.order_by(WorkItem.id)).all():
        free_step(work, item, person, reason)
    theirs = or_(Ticket.owner_id == person.id, Ticket.responsible_id == person.id)
    open_tickets = select(Ticket).join(State, Ticket.state_id == State.id)
    found = open_tickets.where(theirs, State.type.not_in(ENDED_TYPES))
    for ticket in work.session.scalars(found.order_by(Ticket.id)).all():
        _let_go(work, ticket, person, reason)


def free_step(work: Work, item: WorkItem, person: Person, reason: str) -> None:
    """A claimed step is free again; one that was meant for them alone goes to the queue."""
    what = str(item.title.get("en") or item.step_id)
    if item.kind == "person":
        item.kind, item.explicit, item.for_customer = "queue", False, False
        item.queue, item.queue_id = item.ticket.queue, item.ticket.queue_id
        record(work, item.ticket_id, "step problem", what, reason, reason=reason)
    else:
        record(work, item.ticket_id, "claimed", person.name, "", reason=reason)
    item.person = item.person_id = item.claimed_at = None
    item.ticket.changed_at = work.now


def _let_go(work: Work, ticket: Ticket, person: Person, reason: str) -> None:
    fields = {"owner": ticket.owner_id, "responsible": ticket.responsible_id}
    work = work.because(replace(work.cause, reason=reason))
    mine = {name: None for name, holder in fields.items() if holder == person.id}
    changed = apply_changes(work, ticket, mine)
    follow_up(work, ticket, "ticket.changed", changed=changed)
