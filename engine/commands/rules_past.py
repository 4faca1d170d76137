"""What rules found, or would have found, at a moment in a ticket's past; nothing is kept for it.

A decision leaves its trace. An evaluation that decided nothing leaves none, and needs none: the
history says what the ticket was like, and which release decided then is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.commands.hourly import decided_since
from engine.commands.rules_course import moments, standing
from engine.commands.rules_history import course_of
from engine.commands.rules_moments import Course, Moment
from engine.commands.working_facts import WorkingFacts
from engine.errors import NotFound
from engine.rules.release import HOURLY
from engine.tickets.models import Ticket
from engine.work import Work

MOST = 20_000  # moments of one ticket
MINUTE = timedelta(minutes=1)
# What no history keeps: it is told as it is today, or by the calendars of today.
OF_TODAY = frozenset({
    "customer.email", "customer.domain", "customer.name", "customer.organisation", "customer.vip",
    "customer.internal",
    "time.weekday", "time.hour", "time.calendars", "ticket.working_minutes",
    "ticket.state_working_minutes",
})  # fmt: skip
# What an event told of itself and nothing has kept, unless a decision saw it.
NOT_KEPT = {
    "clock.warning": frozenset({"clock.left_minutes", "clock.percent"}),
    "clock.breached": frozenset({"clock.left_minutes"}),
    "clock.escalated": frozenset({"clock.left_minutes", "clock.level"}),
}


@dataclass(frozen=True)
class TicketPast:
    """A ticket's moments in their order, the first one that of its birth."""

    ticket_id: int
    course: Course
    moments: tuple[Moment, ...]

    @property
    def born(self) -> datetime:
        """When the ticket came into being."""
        return self.course.created

    def find(self, at: datetime, ruleset: str, event: str) -> int | None:
        """Where in that minute this was put to rules, the last time if it was more than once."""
        for number in range(len(self.moments) - 1, -1, -1):
            one = self.moments[number]
            if one.at < at:
                return None
            if one.at < at + MINUTE and (
                one.event == event if event else one.ruleset == ruleset and bool(ruleset)
            ):
                return number
        return None

    def last_before(self, at: datetime) -> int:
        """The latest moment that had come when this minute was over."""
        before = (
            n for n in range(len(self.moments) - 1, 0, -1) if self.moments[n].at < at + MINUTE
        )
        return next(before, 0)


def past_of(work: Work, ticket: Ticket) -> TicketPast:
    """What happened to the ticket, as rules were told of it."""
    course = course_of(work.session, ticket.id)
    if course is None:
        raise NotFound("There is no such ticket.")
    return TicketPast(ticket.id, course, tuple(moments(course, MOST)))


def as_if(work: Work, past: TicketPast, minute: datetime, event: str) -> Moment:
    """The ticket as it stood when that minute ended, put to rules although nothing says it was."""
    at = min(minute + MINUTE, work.now)
    moment = replace(standing(past.course, at), event=event)
    if event != HOURLY:
        return moment
    since = max(
        (entry.at for entry in past.course.entries if entry.what == "state" and entry.at <= at),
        default=past.course.created,
    )
    sla, queue = moment.facts["ticket.sla"], moment.facts["ticket.queue"]
    minutes = WorkingFacts(work.session).minutes(sla, queue, since, at)
    return replace(
        moment,
        facts={**moment.facts, "ticket.state_working_minutes": minutes},
        skip=decided_since(work.session, past.ticket_id, since, at),
    )


def recorded(work: Work, ticket: Ticket, ruleset: str, moment: Moment) -> int | None:
    """The decision that this ruleset took then, if it took one."""
    query = select(DecisionTrace.id).where(
        DecisionTrace.ticket_id == ticket.id,
        DecisionTrace.ruleset == ruleset,
        DecisionTrace.event == (moment.event or "asked"),
        DecisionTrace.at == moment.at,
    )
    found: int | None = work.session.scalar(query.order_by(DecisionTrace.id.desc()).limit(1))
    return found


def around(past: TicketPast, number: int, some: int) -> Sequence[int]:
    """The moments next to one, and it; the birth itself was put to nobody."""
    first = max(1, number - some)
    return range(first, min(len(past.moments), max(number, first) + some + 1))
