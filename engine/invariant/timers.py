"""Every timer belongs to something alive, fires in time, and every date laid down has one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import String, and_, case, cast, or_, select
from sqlalchemy.orm import aliased

from engine.commands import due
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.people.models import Person
from engine.sla.models import TicketClock
from engine.tickets.flow import ProcessInstance, WorkItem
from engine.tickets.models import Reminder, Ticket
from engine.timers.models import Timer

LATE = timedelta(minutes=15)
LONGEST_CLAIM = timedelta(hours=2)  # a timer that failed rests for an hour at most

ORPHAN = Kind(
    "timer.orphan",
    "A timer belongs to nothing",
    "A timer of kind “%(kind)s” for %(due)s is about something that is not there: %(subject)s.",
    "The timer is removed.",
    repairs=True,
)
OVERDUE = Kind(
    "timer.late",
    "A timer is long overdue",
    "A timer of kind “%(kind)s” was due at %(due)s and has not fired, though the worker works.",
    "Its claim is lifted, so that the worker takes it up at once.",
    repairs=True,
    later=True,
)
HELD = Kind(
    "timer.held",
    "A timer is claimed for ever",
    "A timer of kind “%(kind)s” is claimed until %(until)s, by nobody who still works on it.",
    "Its claim is lifted, so that the worker takes it up when it is due.",
    repairs=True,
)
FAILING = Kind(
    "timer.failing",
    "A timer fails whenever it fires",
    "A timer of kind “%(kind)s” failed %(tries)s times: %(problem)s",
    "Mend the cause; it is tried again every hour. Repair tries it at once.",
    repairs=True,
)
PENDING_LOST = Kind(
    "pending.lost",
    "A ticket laid aside would never come back",
    "The ticket is laid aside until %(until)s, and no timer is set for that.",
    "The timer is set.",
    repairs=True,
)
REMINDER_LOST = Kind(
    "reminder.lost",
    "Somebody would not be reminded",
    "%(name)s wants to hear of the ticket at %(at)s, and no timer is set for that.",
    "The timer is set; a moment that has passed is told of at once.",
    repairs=True,
)
KINDS = (ORPHAN, OVERDUE, HELD, FAILING)


def astray(ground: Ground, span: Span) -> Iterator[Found]:
    """Timers of what is not there, and those that do not fire."""
    ticket, instance, clock = aliased(Ticket), aliased(ProcessInstance), aliased(TicketClock)
    home = select(ticket.id).where(ticket.id == Timer.ticket_id)
    laid = home.where(ticket.pending_until.is_not(None), cast(ticket.id, String) == Timer.subject)
    process = select(instance.id).where(
        instance.ticket_id == Timer.ticket_id, cast(instance.id, String) == Timer.subject
    )
    counts = select(clock.id).where(
        clock.ticket_id == Timer.ticket_id, cast(clock.id, String) == Timer.subject
    )
    reminder = select(Reminder.id).where(
        Reminder.ticket_id == Timer.ticket_id, cast(Reminder.id, String) == Timer.subject
    )
    step = select(WorkItem.id).where(
        WorkItem.ticket_id == Timer.ticket_id, cast(WorkItem.id, String) == Timer.subject
    )
    orphan = case(
        (Timer.ticket_id == 0, Timer.kind.in_(list(due.OF_TICKETS))),
        (~home.exists(), True),
        (Timer.kind == "pending", ~laid.exists()),
        (Timer.kind == "step", ~process.exists()),
        (Timer.kind == "clock", ~counts.exists()),
        (Timer.kind == "reminder", ~reminder.exists()),
        (Timer.kind == "unlock", ~step.exists()),
        else_=False,
    )
    now = ground.now
    late = and_(
        Timer.due_at < now - LATE,
        or_(Timer.claimed_until.is_(None), Timer.claimed_until < now - LATE),
        Timer.last_error == "",
    )
    held = and_(Timer.claimed_until.is_not(None), Timer.claimed_until > now + LONGEST_CLAIM)
    query = select(
        Timer.id, Timer.ticket_id, Timer.kind, Timer.subject, Timer.due_at, Timer.claimed_until,
        Timer.tries, Timer.last_error, orphan.label("orphan"),
    ).where(
        span.on(Timer.id, Timer.ticket_id),
        or_(orphan, held, late, Timer.last_error != ""),
    )  # fmt: skip
    for row in ground.session.execute(query):
        values = {"kind": row.kind, "due": row.due_at.isoformat(), "subject": row.subject}
        key, at = f"timer {row.id}", row.ticket_id or None
        if row.orphan:
            yield Found(ORPHAN.code, key, row.id, at, values)
        elif row.last_error:
            values |= {"tries": row.tries, "problem": row.last_error}
            yield Found(FAILING.code, key, row.id, at, values)
        elif row.claimed_until is not None and row.claimed_until > now + LONGEST_CLAIM:
            values["until"] = row.claimed_until.isoformat()
            yield Found(HELD.code, key, row.id, at, values)
        elif ground.served:
            yield Found(OVERDUE.code, key, row.id, at, values)


def laid_aside(ground: Ground, span: Span) -> Iterator[Found]:
    """Tickets laid aside until a moment that no timer stands for."""
    timer = select(Timer.id).where(
        Timer.kind == "pending",
        Timer.subject == cast(Ticket.id, String),
        Timer.due_at == Ticket.pending_until,
    )
    query = select(Ticket.id, Ticket.pending_until).where(
        span.on(Ticket.id, Ticket.id), Ticket.pending_until.is_not(None), ~timer.exists()
    )
    for ticket, until in ground.session.execute(query):
        values = {"until": until.isoformat() if until else ""}
        yield Found(PENDING_LOST.code, f"ticket {ticket}", ticket, ticket, values)


def unreminded(ground: Ground, span: Span) -> Iterator[Found]:
    """Reminders that were not told yet, and for whose moment no timer stands."""
    timer = select(Timer.id).where(
        Timer.kind == "reminder",
        Timer.subject == cast(Reminder.id, String),
        Timer.due_at == Reminder.at,
    )
    query = (
        select(Reminder.id, Reminder.ticket_id, Reminder.at, Person.name)
        .join(Person, Person.id == Reminder.person_id)
        .where(
            span.on(Reminder.id, Reminder.ticket_id),
            Reminder.told_at.is_(None),
            ~timer.exists(),
        )
    )
    for row in ground.session.execute(query):
        values = {"name": row.name, "at": row.at.isoformat()}
        yield Found(REMINDER_LOST.code, f"reminder {row.id}", row.id, row.ticket_id, values)


ASTRAY = Look("timers", astray, KINDS, Timer.id)
LAID_ASIDE = Look("pending", laid_aside, (PENDING_LOST,), Ticket.id)
REMINDERS = Look("reminders", unreminded, (REMINDER_LOST,), Reminder.id)
