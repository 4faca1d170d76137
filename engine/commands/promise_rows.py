"""The rows of calendars and SLAs: put in force by whoever may, written down, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.audit.trail import record_desk
from engine.catalogue.models import CalendarRow, Sla
from engine.commands.promises import promises_changed
from engine.errors import Invalid, NotFound, Problem
from engine.sla.happenings import KINDS
from engine.sla.reading import is_name
from engine.sla.stored import free_days
from engine.sla.targets import SlaTarget, entry_of
from engine.work import Work

CALENDAR, SLA = "calendar", "sla"
CREATED, CHANGED, REMOVED = "created", "changed", "removed"
LONGEST_WHY = 500
MOST_CHANGES = 50

Document = dict[str, Any]


def unit_of(kind: str, name: str) -> str:
    """What a calendar or SLA is called among what folders have given."""
    return f"{kind}s/{name}"


def calendar_row(work: Work, name: str) -> CalendarRow:
    """The calendar of this name; raises `NotFound`."""
    row = work.session.get(CalendarRow, name)
    if row is None:
        raise NotFound("There is no such calendar.")
    return row


def sla_row(work: Work, name: str) -> Sla:
    """The SLA of this name; raises `NotFound`."""
    row = work.session.scalar(select(Sla).where(Sla.name == name))
    if row is None:
        raise NotFound("There is no such SLA.")
    return row


def put_calendar(work: Work, name: str, document: Document, why: str = "") -> None:
    """Put a checked calendar in force, whoever it comes from, and write down what stood there."""
    row = work.session.get(CalendarRow, name)
    before = None if row is None else dict(row.document)
    if before == document:
        return
    if row is None:
        row = CalendarRow(name=name, document=document)
        work.session.add(row)
    row.document, row.free_days = document, free_days(name, document)
    work.session.flush()
    _record(work, CALENDAR, name, why, before, document)


def put_sla(work: Work, target: SlaTarget, why: str = "") -> None:
    """Put a checked SLA in force, likewise; `Invalid` where there is no such calendar."""
    row = work.session.scalar(select(Sla).where(Sla.name == target.name))
    before = None if row is None else entry_of(row)
    if before == entry_of(target):
        return
    if work.session.get(CalendarRow, target.calendar) is None:
        raise Invalid("There is no calendar called “%(name)s”.", values={"name": target.calendar})
    if row is None:
        row = Sla(name=target.name)
        work.session.add(row)
    row.title, row.calendar = dict(target.title), target.calendar
    for kind in KINDS:
        setattr(row, kind, getattr(target, kind))
    row.update_counts, row.warn_percents = target.update_counts, list(target.warn_percents)
    row.escalate_after, row.rests_in = list(target.escalate_after), list(target.rests_in)
    work.session.flush()
    _record(work, SLA, target.name, why, before, entry_of(target))


def drop(work: Work, row: CalendarRow | Sla, why: str = "") -> None:
    """Take a calendar or an SLA away that nothing counts by, and write down what it said."""
    kind = SLA if isinstance(row, Sla) else CALENDAR
    before = entry_of(row) if isinstance(row, Sla) else dict(row.document)
    work.session.delete(row)
    work.session.flush()
    _record(work, kind, row.name, why, before, None)


def changes_of(work: Work, kind: str, name: str) -> list[DeskEntry]:
    """What was done to a calendar or SLA, the latest first; each says before and after."""
    query = select(DeskEntry).where(
        DeskEntry.what.in_([f"{kind} {done}" for done in (CREATED, CHANGED, REMOVED)]),
        DeskEntry.detail["name"].as_string() == name,
    )
    return list(work.session.scalars(query.order_by(DeskEntry.id.desc()).limit(MOST_CHANGES)))


def stood_before(work: Work, kind: str, name: str, entry_id: int) -> Document:
    """What a calendar or SLA said before one of its changes; raises `NotFound`."""
    entry = work.session.get(DeskEntry, entry_id)
    known = [f"{kind} {done}" for done in (CHANGED, REMOVED)]
    if entry is None or entry.what not in known or entry.detail.get("name") != name:
        raise NotFound("There is no such change.")
    return dict(entry.detail["before"])


def unfit(
    kind: str, name: str, row_of: Callable[[], object | None], check: Callable[[str], object]
) -> tuple[str, list[Problem]]:
    """Why nothing new can be called so (empty: it can), and what else is wrong with it.

    `row_of` looks for whoever has the name, if it can be one (PostgreSQL takes no NUL). `check`
    reads the content under any name, so that all that is wrong is told at once.
    """
    wrong = ""
    if not is_name(name):
        wrong = "calendar_name" if name else "required"
    elif row_of() is not None:
        wrong = "taken"
    if not wrong:
        return "", []
    try:
        check("new")
    except Invalid as error:
        at = f"{kind}s.new"
        return wrong, [
            replace(one, element=f"{kind}s.{name}" + (one.element or "").removeprefix(at))
            for one in error.problems
        ]
    return wrong, []


def _record(
    work: Work, kind: str, name: str, why: str, before: Document | None, after: Document | None
) -> None:
    done = CREATED if before is None else REMOVED if after is None else CHANGED
    why = " ".join(why.split())[:LONGEST_WHY]
    record_desk(work, f"{kind} {done}", name=name, why=why, before=before, after=after)
    if done == CHANGED:
        promises_changed(work)
