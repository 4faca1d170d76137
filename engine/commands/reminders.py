"""Being reminded of a ticket at a moment, and putting its tasks off until then: one's own affair.

The ticket is not changed by it and nobody else sees it. A reminder stays on its person's list until
they tick it off; what is put off comes back by itself, or as soon as something happens.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from engine.commands.notices import tell_privately
from engine.db.together import asked_once
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.access import reads
from engine.tickets.models import Reminder, Ticket
from engine.timers.write import know_beside, set_timer
from engine.work import Work

TIMER = "reminder"
MOST = 500  # of one person
LONGEST_NOTE = 200
WITH_ROLES = joinedload(Reminder.person).selectinload(Person.role_rows)


def remind(
    work: Work, ticket: Ticket, at: datetime, note: str = "", *, hides: bool = False
) -> Reminder:
    """Remind the actor of a ticket that they read; with `hides` its tasks are put off until then.

    One of each kind a person and ticket: another moment takes the place of the first one. Raises
    `Invalid` with the field.
    """
    person_id = work.actor.id
    if person_id is None or not work.actor.is_agent:
        raise NotAllowed("Only agents have reminders.")
    if not reads(work.session, work.actor, ticket):
        raise NotFound("There is no such ticket.")
    if at <= work.now:
        raise Invalid("Choose a moment in the future.", fields={"until": "future"})
    mine = Reminder.person_id == person_id
    same = select(Reminder).where(mine, Reminder.ticket_id == ticket.id, Reminder.hides == hides)
    row = work.session.scalar(same)
    if row is None:
        if (work.session.scalar(select(func.count(Reminder.id)).where(mine)) or 0) >= MOST:
            raise Invalid("You have too many reminders; tick some off first.")
        row = Reminder(person_id=person_id, ticket_id=ticket.id, hides=hides)
        work.session.add(row)
    row.at, row.created_at, row.told_at = at, work.now, None
    row.note = " ".join(note.split())[:LONGEST_NOTE]
    work.session.flush()
    set_timer(work, TIMER, str(row.id), ticket.id, at)
    return row


def drop_reminder(work: Work, reminder_id: int) -> Reminder:
    """Tick off one of the actor's own; raises `NotFound` for anybody else's."""
    row = work.session.get(Reminder, reminder_id)
    if row is None or work.actor.id is None or row.person_id != work.actor.id:
        raise NotFound("There is no such reminder.")
    set_timer(work, TIMER, str(row.id), row.ticket_id, None)
    work.session.delete(row)
    return row


def fire_reminder(work: Work, ticket: Ticket, reminder_id: int) -> None:
    """The moment has come: say so, to whoever may still read the ticket."""
    know_beside(work.session, Reminder, TIMER, WITH_ROLES)
    row = work.session.get(Reminder, reminder_id)
    if row is None or row.told_at is not None:
        return
    person = row.person
    if row.hides or not person.active:
        work.session.delete(row)
        return
    row.told_at = work.now
    session = work.session
    actor = asked_once(session, ("actor", person.id), lambda: actor_of(session, person))
    if reads(session, actor, ticket):
        tell_privately(work, ticket, person, "remind_me", row.note)
