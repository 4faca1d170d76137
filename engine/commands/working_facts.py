"""What rules see of working time: the day and hour, whether there is work now, and a working age.

All of it is plain data beside a ticket's other facts, so that a decision kept today says what it
rested on, and a calendar that is changed later changes nothing about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.catalogue.models import CalendarRow, Queue, Sla
from engine.catalogue.shelf import shelf
from engine.sla.calendars import ALWAYS, usual
from engine.sla.stored import calendar_of
from engine.sla.working import EPOCH, WEEK, Calendar, working_seconds

NEAR = timedelta(days=3660)  # further away nobody counts working time
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class TicketTimes:
    """The calendars of one ticket as rules ask them about its dates (engine.rules.facts.Times)."""

    counting: Calendar
    all: Mapping[str, Calendar]

    def working_minutes(self, moment: int, now: int) -> int | None:
        """The working minutes from the moment to now; -1 or less where it is still to come."""
        if not _near(moment, now):
            return None
        seconds = working_seconds(self.counting, _moment(moment), _moment(now))
        return min(-1, int(seconds / 60)) if moment > now else int(seconds / 60)

    def calendars(self, moment: int, now: int) -> list[str]:
        """The names of the calendars in which there is work at the moment."""
        if not _near(moment, now):
            return []
        return sorted(name for name, one in self.all.items() if _works(one, _moment(moment)))


class WorkingFacts:
    """Made for one transaction; the calendars are read once."""

    def __init__(self, session: Session) -> None:
        self._shelf = shelf(session)
        self._calendars: dict[str, Calendar] | None = None

    def of(self, sla: str, queue: str, created: datetime, at: datetime) -> dict[str, Any]:
        """The facts of a ticket with this SLA in this queue, at a moment."""
        calendars = self._known()
        calendar = self._counting(sla, queue, calendars)
        local = at.astimezone(ZoneInfo(calendar.zone))
        return {
            "time.weekday": WEEK[local.weekday()],
            "time.hour": local.hour,
            "time.calendars": sorted(name for name, one in calendars.items() if _works(one, at)),
            "ticket.working_minutes": self.minutes(sla, queue, created, at),
        }

    def times(self, sla: str, queue: str) -> TicketTimes:
        """The calendars of a ticket with this SLA in this queue, which know no transaction."""
        calendars = self._known()
        return TicketTimes(self._counting(sla, queue, calendars), calendars)

    def minutes(self, sla: str, queue: str, since: datetime, at: datetime) -> int:
        """How many minutes of working time have passed for such a ticket."""
        calendar = self._counting(sla, queue, self._known())
        return working_seconds(calendar, since, at) // 60 if since < at else 0

    def _known(self) -> dict[str, Calendar]:
        if self._calendars is None:
            self._calendars = {
                row.name: calendar_of(row.name, row.document, row.free_days)
                for row in self._shelf.all(CalendarRow)
            }
        return self._calendars

    def _counting(self, sla: str, queue: str, calendars: dict[str, Calendar]) -> Calendar:
        """As engine/commands/clocks.py counts a ticket's working time."""
        promise = self._shelf.named(Sla, sla) if sla else None
        place = self._shelf.named(Queue, queue) if promise is None and queue else None
        if place is not None and place.sla_id is not None:
            promise = self._shelf.get(Sla, place.sla_id)
        if promise is not None and promise.calendar in calendars:
            return calendars[promise.calendar]
        return calendars.get(usual(calendars), ALWAYS)


def _works(calendar: Calendar, at: datetime) -> bool:
    return working_seconds(calendar, at, at + timedelta(seconds=1)) > 0


def _near(moment: int, now: int) -> bool:
    return abs(now - moment) < NEAR / MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + micros * MICROSECOND
