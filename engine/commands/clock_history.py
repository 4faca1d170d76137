"""What happened to a ticket's clocks, read once in a transaction and added to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from engine.catalogue.models import CalendarRow, Sla
from engine.catalogue.queries import by_key
from engine.commands.clock_promises import (
    document_of,
    keep_version,
    know_calendars,
    promise_now,
    read_promise,
)
from engine.db.together import kept, writing_only
from engine.sla.clockwork import in_order
from engine.sla.happenings import Happening, Mark, Promise
from engine.sla.models import ClockEvent
from engine.tickets.models import Ticket
from engine.timers.write import tickets_beside
from engine.work import Work

_KNOWN = "clock happenings"  # by ticket


def happened(work: Work, ticket: Ticket) -> list[Happening]:
    """Everything that happened to the clocks of a ticket, in order."""
    known: dict[int, list[Happening]] = kept(work.session, _KNOWN)
    if ticket.id not in known:
        ids = tickets_beside(work.session, ticket.id) - known.keys()
        with writing_only(work.session, ClockEvent):
            found = happenings_of(work.session, sorted(ids))
        known |= {one: found.get(one, []) for one in ids}
    return known[ticket.id]


def read_events(session: Session, rows: Iterable[ClockEvent]) -> list[Happening]:
    """Rows, in the order of their time, as the clockwork takes them."""
    return [
        Happening(
            at=row.at,
            what=row.what,
            promise=read_promise(session, row.promise),
            article_id=row.article_id,
            step=row.step,
            state=row.state,
            reason=row.reason,
            kind=row.kind,
            begun=row.begun,
            mark=_mark(row.mark),
        )
        for row in rows
    ]


def happenings_of(session: Session, ids: Sequence[int]) -> dict[int, list[Happening]]:
    """The same of many tickets at once, by ticket: what is promised alike is read but once."""
    columns = (
        ClockEvent.ticket_id, ClockEvent.at, ClockEvent.what, cast(ClockEvent.promise, Text),
        ClockEvent.article_id, ClockEvent.step, ClockEvent.state, ClockEvent.reason,
        ClockEvent.kind, ClockEvent.begun, ClockEvent.mark,
    )  # fmt: skip
    query = select(*columns).where(ClockEvent.ticket_id.in_(ids))
    rows = session.execute(query.order_by(ClockEvent.at, ClockEvent.id)).all()
    documents = {row[3]: json.loads(row[3]) for row in rows if row[3] is not None}
    know_calendars(session, {one["calendar"] for one in documents.values()})
    promises: dict[str | None, Promise | None] = {
        text: read_promise(session, document) for text, document in documents.items()
    }
    found: dict[int, list[Happening]] = {}
    for ticket_id, at, what, text, article, step, state, reason, kind, begun, told in rows:
        promise, mark = promises.get(text), _mark(told)
        one = Happening(at, what, promise, article, step, state, reason, kind, begun, mark)
        found.setdefault(ticket_id, []).append(one)
    return found


def begin_history(work: Work, ticket: Ticket) -> None:
    """Say that nothing has happened yet: the ticket has only just been made."""
    kept(work.session, _KNOWN)[ticket.id] = []


def forget_history(work: Work, ticket: Ticket) -> None:
    """Read what happened again: rows were put back."""
    kept(work.session, _KNOWN).pop(ticket.id, None)


def add_happening(work: Work, ticket: Ticket, what: str, **more: Any) -> None:
    """Write down that something happened to the clocks now, with what led to it.

    The ticket's version goes on with it, so that of two who write at once one tries again.
    """
    known = happened(work, ticket)
    about = {"step": _step(work), "reason": work.cause.reason[:400], "state": "", "kind": ""}
    values = about | more
    row = ClockEvent(ticket_id=ticket.id, at=work.now, what=what, **values)
    work.session.add(row)
    if known and ticket.created_at != work.now:  # else nobody else knows it yet
        flag_modified(ticket, "created_at")
    known.extend(read_events(work.session, [row]))
    kept(work.session, _KNOWN)[ticket.id] = in_order(known)


def add_promise(work: Work, ticket: Ticket, sla: Sla | None) -> bool:
    """Write down what is promised now, where that is something else than before."""
    promise = promise_now(work.session, sla)
    last = [one.promise for one in happened(work, ticket) if one.what == "promised"]
    if (last[-1] if last else None) == promise:
        return False
    if promise is not None and sla is not None:
        keep_version(work, by_key(work.session, CalendarRow, sla.calendar))
    document = document_of(promise) if promise is not None else None
    add_happening(work, ticket, "promised", promise=document)
    return True


def document_of_mark(mark: Mark) -> dict[str, Any]:
    """A mark as it is kept."""
    return {
        "event": mark.event,
        "percent": mark.percent,
        "level": mark.level,
        "at": mark.at.isoformat(),
    }


def _mark(document: dict[str, Any] | None) -> Mark | None:
    if document is None:
        return None
    at = datetime.fromisoformat(document["at"])
    return Mark(document["event"], document["percent"], document["level"], at)


def _step(work: Work) -> str:
    return str(work.cause.ref.get("step", ""))[:200] if work.cause.kind == "step" else ""
