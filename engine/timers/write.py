"""Setting and clearing timers, inside the transaction of the change that needs them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

from engine.db.later import delete_later
from engine.db.together import asked_once
from engine.timers.models import Timer
from engine.work import Work

_KNOWN = "timers known"  # key in Session.info: by ticket, then by kind and subject
_FIRING = "timers firing"  # the same: what is known of them


@dataclass(frozen=True)
class _Firing:
    """What fires in one transaction: the subjects by kind, and the tickets that anything happens
    to; a reminder is nothing that happens to a ticket."""

    subjects: dict[str, list[str]]
    tickets: frozenset[int]


_NOTHING = _Firing({}, frozenset())


def set_timer(
    work: Work,
    kind: str,
    subject: str,
    ticket_id: int,
    due_at: datetime | None,
    *,
    fresh: bool = False,
) -> Timer | None:
    """Make this the one timer of its kind and subject; without a moment there is none any more.

    `fresh` says that the subject has only just been made, so that there can be no timer yet.
    """
    known = work.session.info.get(_KNOWN, {}).get(ticket_id)
    if fresh:
        row = None
    elif known is not None:
        row = known.get((kind, subject))
        if row is not None and (row not in work.session or row in work.session.deleted):
            row = None
    else:
        wanted = select(Timer).where(Timer.kind == kind, Timer.subject == subject)
        row = work.session.scalar(wanted)
    if due_at is None:
        if row is not None:
            work.session.delete(row)
        return None
    if row is None:
        row = Timer(kind=kind, subject=subject, ticket_id=ticket_id, due_at=due_at)
        work.session.add(row)
        if known is not None:
            known[kind, subject] = row
    elif row.due_at != due_at:
        row.due_at, row.tries, row.last_error, row.claimed_until = due_at, 0, "", None
    return row


def know_timers(session: Session, firing: Collection[Timer]) -> frozenset[int]:
    """Ask for all timers of the tickets that something happens to, of these which fire in this
    transaction, at once; returns those tickets.

    None of them is asked for again in it, and what one of these looks at is asked for all of them.
    """
    subjects: dict[str, list[str]] = {}
    for one in firing:
        subjects.setdefault(one.kind, []).append(one.subject)
    moved = frozenset(one.ticket_id for one in firing if one.kind != "reminder" and one.ticket_id)
    session.info[_FIRING] = _Firing(subjects, moved)
    known: dict[int, dict[tuple[str, str], Timer]] = {ticket_id: {} for ticket_id in moved}
    for timer in session.scalars(select(Timer).where(Timer.ticket_id.in_(known))) if known else ():
        known[timer.ticket_id][timer.kind, timer.subject] = timer
    session.info[_KNOWN] = known
    return moved


def know_beside(session: Session, model: Any, kind: str, *options: ExecutableOption) -> None:
    """Have the session know the subjects of all timers of a kind that fire in this transaction."""

    def ask() -> list[Any]:
        ids = subjects_beside(session, kind)
        query = select(model).where(model.id.in_(ids)).options(*options)
        return list(session.scalars(query)) if ids else []

    asked_once(session, (model, kind), ask)


def subjects_beside(session: Session, kind: str) -> list[int]:
    """The subjects of all timers of a kind that fire in this transaction."""
    return [int(one) for one in session.info.get(_FIRING, _NOTHING).subjects.get(kind, ())]


def tickets_beside(session: Session, ticket_id: int) -> set[int]:
    """The ticket, and those that something happens to in this transaction."""
    return {ticket_id, *session.info.get(_FIRING, _NOTHING).tickets}


def strike(work: Work, timer: Timer) -> None:
    """Take off a timer that fires, before anything else: what follows may set it anew.

    Past the session, and together with the others of its transaction: one by one that would cost
    more than what some of them do.
    """
    work.session.expunge(timer)
    delete_later(work.session, Timer, timer.id)


def clear_timers(work: Work, ticket_id: int, kind: str) -> None:
    """Forget all timers of one kind of a ticket."""
    query = delete(Timer).where(Timer.ticket_id == ticket_id, Timer.kind == kind)
    work.session.execute(query)
