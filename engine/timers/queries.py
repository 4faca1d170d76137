"""Questions about what moves a ticket next; the desk promises that something always does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from engine.catalogue.models import ENDED_TYPES, State
from engine.people.models import Person
from engine.tickets.flow import Incident, WorkItem
from engine.tickets.models import Ticket, TicketLink
from engine.timers.models import Timer


def orphans(session: Session, *, limit: int = 200) -> list[Ticket]:
    """Open tickets that nobody and nothing moves next: no step that somebody who is still there
    could do, no step timer, no incident, no subtask that is open."""
    gone = select(Person.id).where(Person.id == WorkItem.person_id, Person.active.is_(False))
    open_item = select(WorkItem.id).where(
        WorkItem.ticket_id == Ticket.id, WorkItem.status == "open", ~gone.exists()
    )
    moving = ("step", "pending")
    timer = select(Timer.id).where(Timer.ticket_id == Ticket.id, Timer.kind.in_(moving))
    incident = select(Incident.id).where(
        Incident.ticket_id == Ticket.id, Incident.resolved_at.is_(None)
    )
    other, its_state = aliased(Ticket), aliased(State)
    child = (
        select(TicketLink.target_id)
        .join(other, other.id == TicketLink.target_id)
        .join(its_state, its_state.id == other.state_id)
        .where(
            TicketLink.source_id == Ticket.id,
            TicketLink.kind == "child",
            its_state.type.not_in(ENDED_TYPES),
        )
    )
    query = (
        select(Ticket)
        .join(State, Ticket.state_id == State.id)
        .where(
            State.type.not_in(ENDED_TYPES),
            ~or_(open_item.exists(), timer.exists(), incident.exists(), child.exists()),
        )
        .limit(limit)
    )
    return list(session.scalars(query))


def step_dues(session: Session, instance_ids: Iterable[int]) -> dict[int, datetime]:
    """By process when its soonest time comes; those that wait for none are missing."""
    subjects = [str(one) for one in instance_ids]
    query = select(Timer.subject, Timer.due_at)
    rows = session.execute(query.where(Timer.kind == "step", Timer.subject.in_(subjects)))
    return {int(subject): due for subject, due in rows}
