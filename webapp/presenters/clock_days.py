"""Which days made a clock wait longer or less than its week does, and what they are called.

Without them nobody sees why Thursday's promise is due on Tuesday: the hours of the week say nothing
about the holiday in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.catalogue.models import CalendarRow
from engine.sla.calendars import frame_said
from engine.sla.happenings import Course, Promise
from engine.sla.models import CalendarVersion
from engine.sla.working import Calendar
from engine.sla.year_view import YEARS, year_of
from webapp.i18n import N_, Reader

MOST = 6  # days that are named; the last ones are nearest to when it is due
LONGEST = timedelta(days=800)  # that are looked at


def days_said(
    session: Session, reader: Reader, course: Course, begin: datetime, end: datetime
) -> str:
    """The days between two moments on which work differs from the week; empty for none."""
    calendar = course.promise.calendar
    days = _differing(calendar, max(begin, end - LONGEST), end)
    if not days:
        return ""
    names = _names(session, course.promise, days[-MOST:], reader.language)
    said = [_day(reader, calendar, day, names.get(day, "")) for day in days[-MOST:]]
    if len(days) > MOST:
        more = reader.ngettext("%(num)s earlier day", "%(num)s earlier days", len(days) - MOST)
        said.insert(0, more % {"num": len(days) - MOST})
    text = reader.gettext(N_("Other than the week: %(days)s."))
    return text % {"days": "; ".join(said)}


def _differing(calendar: Calendar, begin: datetime, end: datetime) -> list[date]:
    zone = ZoneInfo(calendar.zone)
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        day
        for day in days
        if tuple(calendar.frames_on(day)) != tuple(calendar.hours.get(day.weekday(), ()))
    ]


def _names(
    session: Session, promise: Promise, days: Sequence[date], language: str
) -> dict[date, str]:
    """What the days are called in the calendar as it was when it was promised."""
    kept: Any = session.get(CalendarVersion, promise.version)
    row = kept or session.get(CalendarRow, promise.calendar.name)
    years = {day.year for day in days if day.year in YEARS}
    if row is None:
        return {}
    return {
        day.date: day.name
        for year in sorted(years)
        for day in year_of(promise.calendar, row.document, year, language)
    }


def _day(reader: Reader, calendar: Calendar, day: date, name: str) -> str:
    """`Fri 3 Apr no work (Good Friday)`."""
    pattern = "EE d. MMM" if reader.language == "de" else "EE d MMM"
    hours = ", ".join(map(frame_said, calendar.frames_on(day)))
    values = {"day": reader.date(day, pattern), "hours": hours, "name": name}
    if name:
        text = N_("%(day)s %(hours)s (%(name)s)") if hours else N_("%(day)s no work (%(name)s)")
    else:
        text = N_("%(day)s %(hours)s") if hours else N_("%(day)s no work")
    return reader.gettext(text) % values
