"""The promise of a what-if: another SLA as it promises now, another calendar, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from engine.catalogue.models import CalendarRow, Sla
from engine.catalogue.queries import by_key, by_name
from engine.commands.clock_promises import promise_now
from engine.errors import Invalid
from engine.sla.happenings import Happening, Promise
from engine.sla.stored import calendar_of


def tried_promise(
    session: Session, happenings: Sequence[Happening], sla: str, calendar: str
) -> Promise | None:
    """What is tried; None for nothing. Raises `Invalid` for names that nobody knows."""
    if not sla and not calendar:
        return None
    promise = promise_now(session, by_name(session, Sla, sla)) if sla else last_promise(happenings)
    if promise is None:
        raise Invalid("Nothing is promised for this ticket: choose an SLA, too.")
    if not calendar:
        return promise
    row = by_key(session, CalendarRow, calendar)
    return replace(promise, calendar=calendar_of(row.name, row.document, row.free_days))


def last_promise(happenings: Sequence[Happening]) -> Promise | None:
    """What was promised last, even where it was taken back."""
    promises = (one.promise for one in reversed(happenings) if one.what == "promised")
    return next((promise for promise in promises if promise is not None), None)
