"""When something is sent: after quiet hours, at the hour of a digest, at the end of a window.

Times are those of the clock on the person's own wall. Nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.errors import Invalid
from engine.notify.choices import WEEKLY, Choices, Quiet
from engine.sla.working import Calendar, add_working, working_seconds

LONGEST_QUIET = timedelta(days=14)  # nobody is kept from being told for longer
MOST_MAILS = 5  # to one person within a window; what follows comes as one
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def quiet_until(
    quiet: Quiet, zone: str, at: datetime, calendar: Calendar | None = None
) -> datetime | None:
    """When the quiet in which a moment lies is over; None where it lies in none."""
    if quiet.kind == "calendar":
        if calendar is None or working_seconds(calendar, at, at + SECOND):
            return None
        try:
            return min(add_working(calendar, at, 1) - SECOND, at + LONGEST_QUIET)
        except Invalid:  # no work within a lifetime
            return at + LONGEST_QUIET
    if quiet.kind != "hours":
        return None
    end = at
    for begins, ends in _spans(quiet, ZoneInfo(zone), at):
        if begins <= end < ends:
            end = ends
    return min(end, at + LONGEST_QUIET) if end > at else None


def next_digest(choices: Choices, zone: str, at: datetime, how: str) -> datetime:
    """The next hour of the day, or of the week, at which a digest is sent."""
    place = ZoneInfo(zone)
    day = at.astimezone(place).date() - DAY
    while True:
        day += DAY
        moment = _moment(day, choices.digest_at, place)
        if moment > at and (how != WEEKLY or day.weekday() == choices.digest_day):
            return moment


def _spans(quiet: Quiet, zone: ZoneInfo, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The quiet hours around a moment in their order; they begin on the days that were chosen."""
    first = at.astimezone(zone).date() - DAY
    for number in range(LONGEST_QUIET.days + 2):
        day = first + number * DAY
        if day.weekday() in quiet.days:
            last = day if quiet.ends > quiet.begins else day + DAY
            yield _moment(day, quiet.begins, zone), _moment(last, quiet.ends, zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


@dataclass
class Course:
    """What has left for one person by one way lately, and what waits; says when the next is due.

    At once is at once for the first about a ticket. What follows about it within the window waits
    for the window's end and comes as one. Where the tickets themselves are many, what exceeds
    `MOST_MAILS` comes as one as well.
    """

    window: timedelta
    left: dict[int | None, datetime] = field(default_factory=dict)  # by ticket, the last
    mails: int = 0  # within the window
    lanes: dict[int | None, datetime] = field(default_factory=dict)  # by ticket, what waits
    shared: datetime | None = None  # when what waits of several tickets leaves together

    def at_once(
        self, ticket: int | None, now: datetime, *, urgent: bool = False
    ) -> tuple[datetime, str]:
        """When it leaves, and why it waits."""
        waits, last = self.lanes.get(ticket), self.left.get(ticket)
        if waits is not None and not (urgent and waits > now):
            return waits, "window" if waits > now else ""
        if last is not None and not urgent and last + self.window > now:
            self.lanes[ticket] = last + self.window
            return last + self.window, "window"
        if self.mails >= MOST_MAILS:
            return self.bundled(now)[0], "flood"
        self.mails += 1
        self.lanes[ticket] = now
        return now, ""

    def bundled(self, now: datetime) -> tuple[datetime, str]:
        """When what was bundled leaves: a window after the first of it."""
        if self.shared is None:
            self.shared = now + self.window
        return self.shared, "bundled"


def course_of(
    window: timedelta,
    now: datetime,
    left: Iterable[tuple[int | None, datetime, int | None]],
    waiting: Iterable[tuple[int | None, datetime, str]],
) -> Course:
    """A course from rows: (ticket, when, in which mail) that left, (ticket, due, why) that wait."""
    course, mails = Course(window), set()
    for ticket, when, mail in left:
        if when + window > now:
            mails.add(mail)
            course.left[ticket] = max(when, course.left.get(ticket, when))
    course.mails = len(mails)
    for ticket, due, why in waiting:
        if why in ("bundled", "flood"):
            course.shared = min(due, course.shared or due)
        elif why in ("", "window"):
            course.lanes[ticket] = min(due, course.lanes.get(ticket, due))
    return course
