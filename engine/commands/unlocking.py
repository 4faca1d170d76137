"""A step that somebody took and does not touch goes back to those who could take it.

A queue says after how many minutes of working time. Whoever has taken a step touches it by opening
the ticket, by changing anything on it and by what they keep of an unsent text: nothing has to be
noted for it, since the timer looks for the last of these when it fires and goes on from there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from engine.audit.models import HistoryEntry
from engine.audit.trail import record
from engine.commands.clocks import calendar_of_ticket
from engine.commands.notices import tell_agent
from engine.errors import Invalid
from engine.sla.working import add_working
from engine.tickets.flow import WorkItem
from engine.tickets.models import Draft, Reminder, Ticket, Visit
from engine.tickets.visits import reply_key
from engine.timers.write import set_timer
from engine.work import Work

TIMER = "unlock"


def watch(work: Work, item: WorkItem) -> None:
    """Let a step that was just taken be looked at when its queue says, if it does."""
    if _held(item) and item.claimed_at is not None:
        due_at = _after(work, item, item.claimed_at)
        set_timer(work, TIMER, str(item.id), item.ticket_id, due_at)


def watch_ticket(work: Work, ticket: Ticket) -> None:
    """The same for each step of a ticket, whose queue is another one or says something else."""
    query = select(WorkItem).where(
        WorkItem.ticket_id == ticket.id, WorkItem.status == "open", WorkItem.person_id.is_not(None)
    )
    for item in work.session.scalars(query):
        held = _held(item)
        due_at = _after(work, item, _touched(work, item)) if held else None
        set_timer(work, TIMER, str(item.id), ticket.id, max(due_at, work.now) if due_at else None)


def look_after(work: Work, item_id: int) -> None:
    """Free the step, unless it was touched since; then look again later."""
    item = work.session.get(WorkItem, item_id)
    if item is None or not _held(item):
        return
    due_at = _after(work, item, _touched(work, item))
    if due_at is None or due_at > work.now:
        set_timer(work, TIMER, str(item.id), item.ticket_id, due_at)
        return
    person = item.person
    # Whoever finishes the step at this moment meets it at the ticket's version, and one of the two
    # tries again: a step that is done must not forget who did it.
    flag_modified(item.ticket, "created_at")
    item.person = item.person_id = item.claimed_at = None
    if person is not None:
        step = str(item.title.get("en") or item.step_id)
        record(work, item.ticket_id, "claimed", person.name, "", reason=step)
        if person.active:
            tell_agent(work, item.ticket, person, "taken_back", item)


def _held(item: WorkItem) -> bool:
    """Whether somebody has the step who could give it back, in a queue that watches that."""
    given = item.person_id is not None and item.kind != "person" and not item.for_customer
    return given and item.status == "open" and item.queue.unlock_minutes > 0


def _after(work: Work, item: WorkItem, touched: datetime) -> datetime | None:
    """When it is free again; None where that much is not worked within a lifetime."""
    calendar = calendar_of_ticket(work, item.ticket)
    try:
        return add_working(calendar, touched, item.queue.unlock_minutes * 60)
    except Invalid:
        return None


def _touched(work: Work, item: WorkItem) -> datetime:
    """When its holder last did something here, or for when it was put off on purpose."""
    session, ticket_id, person_id = work.session, item.ticket_id, item.person_id
    by = HistoryEntry.ticket_id == ticket_id, HistoryEntry.actor_id == person_id
    typed = Draft.person_id == person_id, Draft.key == reply_key(item.ticket)
    here = Reminder.person_id == person_id, Reminder.ticket_id == ticket_id, Reminder.hides
    seen = session.get(Visit, (person_id, ticket_id))
    moments = [
        item.claimed_at,
        item.ticket.pending_until,
        seen.at if seen is not None else None,
        session.scalar(select(func.max(HistoryEntry.at)).where(*by)),
        session.scalar(select(func.max(Draft.saved_at)).where(*typed)),
        session.scalar(select(func.max(Reminder.at)).where(*here)),
    ]
    return max((at for at in moments if at is not None), default=work.now - timedelta(days=1))
