"""How a ticket stands, as rows: read before and after a change, compared, and put back.

What is put back is what the rows held, not the opposite of what was done: a process that was
cancelled runs on where it was, with its steps, messages and timers. Of its clocks what happened is
put back; how they stand follows from that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, inspect, or_, select, tuple_
from sqlalchemy.orm import Session

from engine.db.base import Utc
from engine.sla.models import ClockEvent
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, Subscription, WorkItem
from engine.tickets.models import Ticket, TicketLink, TicketTag
from engine.timers.models import Timer
from engine.work import Work

Row = dict[str, Any]
Key = tuple[Any, ...]
Standing = dict[str, dict[Key, Row]]


@dataclass(frozen=True)
class Kind:
    """One table of the standing.

    `live` is the condition for what counts now; rows that counted before are read again by their
    key. `kept` is put back; `watched` must be as the change left it, or somebody was there since.
    `ended` says what becomes of a row that the change has made; without it the row goes.
    """

    model: Any
    key: tuple[str, ...]
    live: Callable[[int], ColumnElement[bool]]
    kept: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    ended: Mapping[str, Any] | None = None


def _waits(model: Any, **values: Any) -> Callable[[int], ColumnElement[bool]]:
    found = [getattr(model, name) == value for name, value in values.items()]
    return lambda ticket_id: and_(model.ticket_id == ticket_id, *found)


def _all_but(model: Any, *names: str) -> tuple[str, ...]:
    return tuple(c.key for c in inspect(model).column_attrs if c.key not in names)


_ITEM = ("queue_id", "person_id", "claimed_at", "status", "ended_at", "ended_by")
_SHOWN = ("step_id", "title", "lane", "form", "due_at", "kind", "explicit", "group_id", "role",
          "for_customer")  # fmt: skip
_TICKET = _all_but(
    Ticket, "id", "number", "created_at", "changed_at", "version", "by_clocks", "due_at"
)
_PLACE = ("status", "version_id", "document")  # of a process: where it is, however it came there
_CANCELLED = {"status": "cancelled", "ended_at": datetime}

KINDS: dict[str, Kind] = {
    "ticket": Kind(Ticket, ("id",), lambda ticket_id: Ticket.id == ticket_id, _TICKET),
    "instance": Kind(
        ProcessInstance, ("id",), _waits(ProcessInstance, status="running"),
        ("status", "ended_at", "document", "version_id"), ("status", "revision"), _CANCELLED,
    ),
    "item": Kind(
        WorkItem, ("id",), _waits(WorkItem, status="open"), (*_ITEM, *_SHOWN), _ITEM, _CANCELLED
    ),
    "incident": Kind(
        Incident, ("id",), _waits(Incident, resolved_at=None),
        ("resolved_at", "step_id"), ("resolved_at",), {"resolved_at": datetime},
    ),
    "visit": Kind(
        StepVisit, ("id",), _waits(StepVisit, left_at=None),
        ("left_at", "seconds", "outcome", "actor", "step_id"), ("left_at",),
    ),
    "subscription": Kind(
        Subscription, ("instance_id", "task_id", "message"),
        lambda ticket_id: Subscription.instance_id.in_(
            select(ProcessInstance.id).where(ProcessInstance.ticket_id == ticket_id)
        ),
    ),
    "timer": Kind(
        Timer, ("kind", "subject"),
        lambda ticket_id: and_(Timer.ticket_id == ticket_id, Timer.kind != "clock"),
        ("ticket_id", "due_at", "carries"), ("due_at",),
    ),
    "clock_event": Kind(ClockEvent, ("id",), _waits(ClockEvent), _all_but(ClockEvent, "id")),
    "tag": Kind(TicketTag, ("ticket_id", "tag"), _waits(TicketTag)),
    "link": Kind(
        TicketLink, ("source_id", "target_id", "kind"),
        lambda ticket_id: or_(
            TicketLink.source_id == ticket_id, TicketLink.target_id == ticket_id
        ),
    ),
}  # fmt: skip


def standing_of(
    session: Session, ticket_id: int, before: Standing | None = None,
    *, kinds: Collection[str] | None = None,
) -> Standing:  # fmt: skip
    """The rows that say how a ticket stands, or some kinds of them.

    With `before` also what has become of those.
    """
    session.flush()
    found: Standing = {}
    for name, kind in KINDS.items():
        if kinds is not None and name not in kinds:
            continue
        wanted = kind.live(ticket_id)
        known = list((before or {}).get(name, ()))
        if known:
            wanted = or_(wanted, _is_one_of(kind, known))
        found[name] = _rows(session, kind, wanted)
    return found


def difference(before: Standing, after: Standing, *, narrow: bool = False) -> list[dict[str, Any]]:
    """What has changed, as plain values: per row its kind, key, what it held and what it holds.

    A `narrow` difference stands as left while what has changed does; who claims a step meanwhile
    changes nothing about its title.
    """
    changes = []
    for name, kind in KINDS.items():
        if name not in before:
            continue
        for key in sorted({*before[name], *after[name]}, key=repr):
            old, new = before[name].get(key), after[name].get(key)
            if old == new:
                continue
            kept = [c for c in kind.kept if old is None or new is None or old[c] != new[c]]
            watched = kind.watched or (kept if name == "ticket" else ())
            if narrow:
                watched = _PLACE if name == "instance" else kept
            changes.append({
                "kind": name,
                "key": list(key),
                "before": old and {c: _plain(old[c]) for c in kept},
                "after": new and {c: _mark(c, new[c]) for c in watched},
            })  # fmt: skip
    return changes


def stands_as_left(session: Session, changes: list[dict[str, Any]]) -> bool:
    """Whether every row that a change touched is still as the change left it."""
    session.flush()
    for change in changes:
        kind = KINDS[change["kind"]]
        rows = _rows(session, kind, _is_one_of(kind, [tuple(change["key"])]))
        now = next(iter(rows.values()), None)
        left = change["after"]
        if (now is None) != (left is None):
            return False
        if now is not None and any(_mark(c, now[c]) != value for c, value in left.items()):
            return False
    return True


def put_back(work: Work, changes: list[dict[str, Any]]) -> None:
    """Let the rows hold again what they held."""
    for change in changes:
        kind, before = KINDS[change["kind"]], change["before"]
        names = dict(zip(kind.key, change["key"], strict=True))
        row = work.session.scalar(select(kind.model).filter_by(**names))
        if row is not None and before is None:
            _end(work, kind, row)
        elif row is None and before is not None:
            work.session.add(kind.model(**names, **_values(kind, before)))
        elif row is not None:
            for name, value in _values(kind, before).items():
                setattr(row, name, value)
    work.session.flush()


def _end(work: Work, kind: Kind, row: Any) -> None:
    """Take back a row that the change had made; what the past refers to stays, as ended."""
    if kind.ended is None:
        work.session.delete(row)
        return
    for name, value in kind.ended.items():
        setattr(row, name, work.now if value is datetime else value)


def _rows(session: Session, kind: Kind, wanted: ColumnElement[bool]) -> dict[Key, Row]:
    names = tuple(dict.fromkeys((*kind.key, *kind.kept, *kind.watched)))
    query = select(*(getattr(kind.model, name) for name in names)).where(wanted)
    rows = [dict(zip(names, row, strict=True)) for row in session.execute(query)]
    return {tuple(row[name] for name in kind.key): row for row in rows}


def _is_one_of(kind: Kind, keys: list[Key]) -> ColumnElement[bool]:
    return tuple_(*(getattr(kind.model, name) for name in kind.key)).in_(keys)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _mark(name: str, value: Any) -> Any:
    """A value to compare by; of the state of a process, which is long, its digest."""
    if name != "document":
        return _plain(value)
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _values(kind: Kind, stored: Row) -> Row:
    """Stored values as the columns take them."""
    columns = inspect(kind.model).columns
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(columns[name].type, Utc)
        else value
        for name, value in stored.items()
    }
