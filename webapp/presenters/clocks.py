"""A ticket's clocks with the explanation that a person would give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request

from engine.catalogue.models import CalendarRow, Sla
from engine.catalogue.queries import by_key
from engine.commands.clocks import seconds_left
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket
from webapp.presenters.choices import title_of
from webapp.presenters.clock_steps import resting_at
from webapp.presenters.clock_words import LABELS
from webapp.presenters.tasks import clock_word


@dataclass(frozen=True)
class ClockRow:
    """One promise and how it stands."""

    label: str
    state: str
    due: datetime | None
    soon: datetime | None
    explanation: str


def clock_rows(request: Request, ticket: Ticket, clocks: Iterable[TicketClock]) -> list[ClockRow]:
    """The clocks of a ticket: what is due first stands first, what has ended last."""
    late = request.work.now
    ordered = sorted(
        clocks, key=lambda c: (c.stopped_at is not None, c.due_at is None, c.due_at or late)
    )
    return [clock_row(request, ticket, clock) for clock in ordered]


def clock_row(request: Request, ticket: Ticket, clock: TicketClock) -> ClockRow:
    """One clock: how it stands, and why in one sentence."""
    left = seconds_left(request.work, clock)
    return ClockRow(
        label=request.translate(LABELS.get(clock.kind, clock.kind)),
        state=_state(request, clock, left),
        due=clock.due_at,
        soon=clock.warn_at,
        explanation=_explain(request, ticket, clock, left),
    )


def _state(request: Request, clock: TicketClock, left: int) -> str:
    if clock.stopped_at is not None:
        return "missed" if clock.breached_at is not None or left < 0 else "met"
    if clock.running_since is None:
        return "paused"
    return clock_word(clock.due_at, clock.warn_at, request.work.now)


def _explain(request: Request, ticket: Ticket, clock: TicketClock, left: int) -> str:
    _, say = request.translate, request.reader
    sla = request.db.get(Sla, clock.sla_id)
    values = {
        "target": say.hours(clock.target),
        "left": say.hours(left),
        "over": say.hours(-left),
        "used": say.hours(clock.target - left),
        "sla": say.pick(sla.title) or _(sla.name) if sla else "",
        "calendar": _hours(request, sla) if sla else "",
        "state": title_of(request, ticket.state),
    }
    if clock.stopped_at is not None:
        return _("%(used)s of %(target)s working time used (%(sla)s)") % values
    values["step"] = resting_at(request, ticket) if clock.running_since is None else ""
    if values["step"] and left < 0:
        return _("rests since the step “%(step)s”; %(over)s over the %(target)s") % values
    if values["step"]:
        return _("rests since the step “%(step)s”; %(left)s of %(target)s left") % values
    if clock.running_since is None and left < 0:
        return _("rests because the ticket is “%(state)s”; %(over)s over the %(target)s") % values
    if clock.running_since is None:
        return _("rests because the ticket is “%(state)s”; %(left)s of %(target)s left") % values
    if left < 0:
        return _("%(target)s working time are used up (%(sla)s, %(calendar)s)") % values
    return _("%(left)s of %(target)s working time left (%(sla)s, %(calendar)s)") % values


def _hours(request: Request, sla: Sla) -> str:
    """What the calendar of a promise is called."""
    calendar = by_key(request.db, CalendarRow, sla.calendar)
    return request.reader.pick(calendar.document.get("title")) or sla.calendar
