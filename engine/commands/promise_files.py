"""Calendars and SLAs that a folder brings: taken over, or left where the desk has its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import CalendarRow, Sla
from engine.commands.given import BOTH, KEEP, SAME, TAKE, note_given, outcome
from engine.commands.promise_rows import CALENDAR, SLA, put_calendar, put_sla, unit_of
from engine.errors import Conflict
from engine.sla.targets import SlaTarget, entry_of
from engine.work import Work

FOLDER, DESK = "folder", "desk"  # whose counts where both have changed
CHANGED_TWICE = (
    "Changed here and in the folder: %(names)s. Say whose counts with --promises folder or desk."
)

Calendars = Mapping[str, dict[str, Any]]
Slas = Mapping[str, SlaTarget]


def take_promises(work: Work, calendars: Calendars, slas: Slas, decided: str = "") -> None:
    """Put what a folder brings in force where nobody has changed it here since it last came.

    `decided` FOLDER takes all of it, DESK leaves what both have changed. Raises `Conflict` where
    there is such and nobody has decided.
    """
    outcomes = list(_outcomes(work, calendars, slas))
    both = [f"{kind} {name}" for kind, name, found in outcomes if found == BOTH]
    if both and decided not in (FOLDER, DESK):
        raise Conflict(CHANGED_TWICE, values={"names": ", ".join(both)})
    for kind, name, found in outcomes:
        taken = found == TAKE or (decided == FOLDER and found != SAME)
        if kind == CALENDAR:
            if taken:
                put_calendar(work, name, calendars[name])
            note_given(work, unit_of(kind, name), calendars[name])
        else:
            if taken:
                put_sla(work, slas[name])
            note_given(work, unit_of(kind, name), entry_of(slas[name]))
    work.session.flush()


def kept_promises(work: Work, calendars: Calendars, slas: Slas) -> list[str]:
    """What of a folder stays as it was changed, made anew or removed here."""
    found = _outcomes(work, calendars, slas)
    return [f"{kind} {name}" for kind, name, outcome in found if outcome in (KEEP, BOTH)]


def _outcomes(work: Work, calendars: Calendars, slas: Slas) -> Iterator[tuple[str, str, str]]:
    for name, theirs in calendars.items():
        row = work.session.get(CalendarRow, name)
        mine = None if row is None else row.document
        yield CALENDAR, name, outcome(work, unit_of(CALENDAR, name), mine, theirs)
    for name, target in slas.items():
        sla = work.session.scalar(select(Sla).where(Sla.name == name))
        ours = None if sla is None else entry_of(sla)
        yield SLA, name, outcome(work, unit_of(SLA, name), ours, entry_of(target))
