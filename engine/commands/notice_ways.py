"""Deciding by which ways a notification goes on, by the choices of whom it is for.

What is decided is written into rows that say when each way is due; a row that is due becomes one
of the outbox together with what belongs to it. So nothing is in anybody's memory: whoever dies in
between has done it or not, and what was done once is not done again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from engine.catalogue.models import CalendarRow
from engine.commands.standing_in import substitute_of, team_instead
from engine.notify.choices import (
    AT_ONCE,
    BROWSER,
    BUNDLED,
    BY_MAIL,
    OFF,
    Choice,
    Choices,
    Rules,
    choices_of,
    wants_mail,
)
from engine.notify.kinds import CANNOT_WAIT, PRIVATE, QUEUE, TO_CUSTOMERS, URGENT
from engine.notify.models import Notification, NotificationDelivery
from engine.notify.moments import Course, course_of, next_digest, quiet_until
from engine.notify.queries import remembered
from engine.notify.unsubscribe import group_told
from engine.people.models import Person
from engine.sla.stored import calendar_of
from engine.sla.working import Calendar
from engine.tickets.models import Ticket
from engine.work import Work

log = logging.getLogger(__name__)

WAITING = NotificationDelivery.state == "waiting"  # then nothing was done: `done_at` is empty


@dataclass
class Reader:
    """Somebody who is told something, with what is known of their choices and of what has left."""

    work: Work
    rules: Rules
    person: Person
    courses: dict[str, Course] = field(default_factory=dict)

    @cached_property
    def document(self) -> object:
        """What is remembered of their choices."""
        return remembered(self.work.session, self.person.id)

    @cached_property
    def choices(self) -> Choices:
        """Their choices over those of the desk."""
        return choices_of(self.rules, self.document)

    @cached_property
    def calendar(self) -> Calendar | None:
        """Outside of which they want quiet; None where it is there no more."""
        name = self.choices.quiet.calendar
        row = self.work.session.get(CalendarRow, name) if name else None
        return calendar_of(row.name, row.document, row.free_days) if row is not None else None

    def choice(self, kind: str, group: str) -> Choice:
        """How a notification reaches them; customers choose little, so little is asked."""
        if self.person.is_agent:
            return self.choices.groups[group]
        unwanted = not wants_mail(self.document, TO_CUSTOMERS.get(kind, ""))
        return Choice(BROWSER if unwanted else AT_ONCE)

    def course(self, channel: str) -> Course:
        """What has left and what waits by one way."""
        if channel not in self.courses:
            self.courses[channel] = _course(self.work, self.rules, self.person, channel)
        return self.courses[channel]

    def quiet_until(self, at: datetime, *, urgent: bool) -> datetime | None:
        """When the quiet ends in which a moment lies, if it counts for this."""
        if not self.person.is_agent or (urgent and self.choices.through):
            return None
        return quiet_until(self.choices.quiet, self.person.zone, at, self.calendar)


def decide(work: Work, rules: Rules, rows: Sequence[Notification]) -> int:
    """Write down the ways of each notification that has none yet; says how many there were."""
    readers: dict[int, Reader] = {}
    gone: dict[int, set[str]] = defaultdict(set)
    taken = select(NotificationDelivery.notification_id, NotificationDelivery.channel)
    ids = [row.id for row in rows]
    for row_id, channel in work.session.execute(
        taken.where(NotificationDelivery.notification_id.in_(ids))
    ):
        gone[row_id].add(channel)
    for row in rows:
        reader = readers.setdefault(row.person_id, Reader(work, rules, row.person))
        _decide(reader, row, gone[row.id])
    return len(rows)


def _decide(reader: Reader, row: Notification, gone: Collection[str]) -> None:
    """`gone` are ways that it has taken: it may be decided anew, but nobody is told twice."""
    work, person = reader.work, reader.person
    row.decided_at = work.now
    if not person.active or row.read_at is not None:
        return
    group = group_told(row)
    choice = reader.choice(row.kind, group)
    if choice.how == OFF:
        row.shown, row.read_at = False, work.now
        return
    channels = [one for one in _channels(reader, choice) if one not in gone]
    try:
        if group != QUEUE and not gone and _handed_over(work, person, row, group):
            _add(work, row, "email", choice.how, work.now, "substitute", state="dropped")
            return
        ways = [_way(reader, row, one, choice.how, urgent=group == URGENT) for one in channels]
    except SQLAlchemyError:
        raise
    except Exception:  # one person's zone or calendar keeps nobody else from being told
        log.exception("notification %s leaves at once, as its moment is not known", row.id)
        ways = [(one, AT_ONCE, work.now, "") for one in channels]
    for way in ways:
        _add(work, row, *way)


def _channels(reader: Reader, choice: Choice) -> list[str]:
    person, settings = reader.person, reader.work.desk.settings
    ways = {
        "email": choice.how in BY_MAIL and bool(person.email),
        "sms": choice.sms and bool(person.mobile) and bool(settings.sms_url),
        "webhook": choice.webhook and bool(reader.rules.webhook),
    }
    return [channel for channel, wanted in ways.items() if wanted]


def _way(
    reader: Reader, row: Notification, channel: str, chosen: str, *, urgent: bool
) -> tuple[str, str, datetime, str]:
    """One way: by what, how, when, and why then. A text and a webhook come on top, at once."""
    how = chosen if channel == "email" else AT_ONCE
    return channel, how, *_moment(reader, row.ticket_id, channel, how, urgent=urgent)


def _moment(
    reader: Reader, ticket_id: int | None, channel: str, how: str, *, urgent: bool
) -> tuple[datetime, str]:
    """When it is due, and why then."""
    now = reader.work.now
    if how not in (AT_ONCE, BUNDLED):
        return next_digest(reader.choices, reader.person.zone, now, how), how
    quiet = reader.quiet_until(now, urgent=urgent)
    if quiet is not None:
        return quiet, "quiet"
    course = reader.course(channel)
    due, why = (
        course.at_once(ticket_id, now, urgent=urgent) if how == AT_ONCE else course.bundled(now)
    )
    quiet = reader.quiet_until(due, urgent=urgent)
    return (quiet, "quiet") if quiet is not None else (due, why)


def _handed_over(work: Work, person: Person, row: Notification, group: str) -> bool:
    """While somebody is away, who stands in for them is told; each thing once.

    Where nobody does, the team hears of what cannot wait until they are back.
    """
    ticket = row.ticket
    if ticket is None or row.for_person_id is not None or not person.is_agent:
        return False
    if row.kind in PRIVATE:
        return False
    other = substitute_of(work, person, ticket)
    if other is not None:
        _tell_instead(work, row, ticket, other)
    elif group in CANNOT_WAIT:
        for one in team_instead(work, person, ticket):
            _tell_instead(work, row, ticket, one, team=True)
    return other is not None


def _tell_instead(
    work: Work, row: Notification, ticket: Ticket, other: Person, *, team: bool = False
) -> None:
    """Tell another of it, who may have been told it as one of many: then that is for this person
    from now on, and goes on by the ways that are chosen for it."""
    if other.id in row.payload.get("by", ()):
        return
    query = select(Notification).where(
        Notification.person_id == other.id,
        Notification.ticket_id == ticket.id,
        Notification.kind == row.kind,
        Notification.created_at == row.created_at,
    )
    told = work.session.scalar(query.order_by(Notification.id).limit(1))
    if told is not None:
        if not team and told.for_person_id is None and group_told(told) == QUEUE:
            told.for_person_id, told.decided_at = row.person_id, None
            waits = NotificationDelivery.notification_id == told.id
            work.session.execute(delete(NotificationDelivery).where(waits, WAITING))
        return
    work.session.add(
        Notification(
            person_id=other.id, ticket_id=ticket.id, kind=row.kind, created_at=row.created_at,
            for_person_id=row.person_id, payload=row.payload | ({"team": True} if team else {}),
        )
    )  # fmt: skip
    work.session.flush()


def _add(
    work: Work, row: Notification, channel: str, how: str, due: datetime, why: str,
    state: str = "waiting",
) -> None:  # fmt: skip
    work.session.add(
        NotificationDelivery(
            notification_id=row.id, person_id=row.person_id, channel=channel, how=how,
            due_at=due, why=why, state=state, done_at=None if state == "waiting" else work.now,
        )
    )  # fmt: skip


def _course(work: Work, rules: Rules, person: Person, channel: str) -> Course:
    by_this = NotificationDelivery.person_id == person.id, NotificationDelivery.channel == channel
    notification = NotificationDelivery.notification_id == Notification.id
    left = select(
        Notification.ticket_id, NotificationDelivery.done_at, NotificationDelivery.outbox_id
    ).where(
        *by_this,
        notification,
        NotificationDelivery.state.in_(("leaving", "sent", "failed")),
        NotificationDelivery.how.in_((AT_ONCE, BUNDLED)),
        NotificationDelivery.done_at > work.now - rules.window,
    )
    waiting = select(
        Notification.ticket_id, NotificationDelivery.due_at, NotificationDelivery.why
    ).where(*by_this, notification, WAITING, NotificationDelivery.done_at.is_(None))
    session = work.session
    return course_of(
        rules.window,
        work.now,
        [(row.ticket_id, row.done_at, row.outbox_id) for row in session.execute(left)],
        [(row.ticket_id, row.due_at, row.why) for row in session.execute(waiting)],
    )
