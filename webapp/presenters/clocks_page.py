"""The page that explains a ticket's clocks: drawn, told in words, and under another promise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from sqlalchemy.orm import Session

from engine.commands.clock_history import happened
from engine.errors import Invalid
from engine.sla.clockwork import courses, what_if
from engine.sla.happenings import KINDS, Course, Happening, Promise
from engine.tickets.models import Ticket
from webapp.i18n import N_, Reader, sort_key
from webapp.presenters.choices import Choices, calendar_choices, sla_choices
from webapp.presenters.clock_band import Band, Tick, Window, band_of, ticks
from webapp.presenters.clock_days import days_said
from webapp.presenters.clock_names import names_of
from webapp.presenters.clock_standing import Standing, counted, standing_of
from webapp.presenters.clock_story import Names, Story, Teller, story_of
from webapp.presenters.clock_trial import Difference, differences
from webapp.presenters.clock_tried import tried_promise
from webapp.presenters.clock_window import ZOOMS, View, life_of, moment_of, tick_said, view_of
from webapp.presenters.clock_words import LABELS
from webapp.presenters.year_page import week_said


@dataclass(frozen=True)
class Lane:
    """One kind of clock with everything that is told about it."""

    kind: str
    label: str
    standing: Standing
    promised: str
    days: str  # on which work differs from the week, while the clock counts
    count: str  # of the cycles, where there are several
    band: Band
    story: Story
    other: Band | None = None  # the same under the promise that is tried


@dataclass
class Trial:
    """What is tried: another SLA, another calendar, or both; and what would come of it."""

    sla: str
    calendar: str
    slas: Choices
    calendars: Choices
    title: str = ""
    differences: list[Difference] = field(default_factory=list)
    problem: str = ""


@dataclass
class Page:
    """Everything the page shows."""

    lanes: list[Lane]
    view: View
    scale: list[tuple[Tick, str]]
    now_x: float | None
    at_x: float | None
    zooms: list[dict[str, Any]]
    trial: Trial
    kept: dict[str, str]  # what the form of the trial carries along
    as_it_is: str
    earlier: str = ""
    later: str = ""


@dataclass(frozen=True)
class Wish:
    """What the address asks for; nonsense in it asks for nothing."""

    zoom: str
    at: datetime | None
    asked_at: str
    sla: str
    calendar: str

    def query(self, **other: str) -> str:
        """The same address with something else in it."""
        values = {"zoom": self.zoom, "at": self.asked_at, "sla": self.sla,
                  "calendar": self.calendar} | other  # fmt: skip
        return "?" + urlencode({name: value for name, value in values.items() if value})


def wish_of(request: Request) -> Wish:
    """What stands in the address."""
    given = {name: str(request.GET.get(name) or "")[:80]
             for name in ("zoom", "at", "sla", "calendar")}  # fmt: skip
    zoom = given["zoom"] if given["zoom"] in ZOOMS else ""
    at = moment_of(request.reader, given["at"]) if given["at"] else None
    return Wish(zoom, at, given["at"] if at else "", given["sla"], given["calendar"])


def page_of(request: Request, ticket: Ticket) -> Page:
    """The page that the address asks for."""
    now, reader, wish = request.work.now, request.reader, wish_of(request)
    happenings = happened(request.work, ticket)
    trial, tried = _trial(request, wish, happenings)
    found = courses(happenings, now)
    others = what_if(happenings, tried, now) if tried else []
    view = view_of(reader, life_of([*found, *others], now), wish.zoom, wish.at, now)
    window = view.window
    near = [one for one in happenings if window.holds(one.at)]
    names = names_of(request, ticket, near)
    telling = Telling(request.db, reader, names, happenings, window, now)
    if tried is not None:
        trial.title = called(reader, names, tried)
        trial.differences = differences(reader, found, others, now)
    return Page(
        lanes=list(_lanes(telling, found, others)),
        view=view,
        scale=[(tick, tick_said(reader, tick)) for tick in ticks(window, reader.local)],
        now_x=window.x(now) if window.holds(now) else None,
        at_x=window.x(wish.at) if wish.at and view.zoom and window.holds(wish.at) else None,
        zooms=[{"label": reader.gettext(label), "href": wish.query(zoom=zoom),
                "active": zoom == view.zoom} for zoom, label in ZOOMS.items()],
        trial=trial,
        kept={name: value for name, value in (("zoom", wish.zoom), ("at", wish.asked_at)) if value},
        as_it_is=wish.query(sla="", calendar=""),
        earlier=wish.query(at=view.earlier) if view.earlier else "",
        later=wish.query(at=view.later) if view.later else "",
    )  # fmt: skip


def called(reader: Reader, names: Names, promise: Promise) -> str:
    """A promise by its SLA and its calendar."""
    values = {"sla": names.sla(promise.sla), "calendar": names.calendar(promise.calendar.name)}
    return reader.gettext(N_("“%(sla)s” (%(calendar)s)")) % values


@dataclass(frozen=True)
class Telling:
    """To whom the lanes are told, of what, and within which window."""

    session: Session
    reader: Reader
    names: Names
    happenings: Sequence[Happening]
    window: Window
    now: datetime


def _lanes(telling: Telling, found: Sequence[Course], others: Sequence[Course]) -> Iterable[Lane]:
    for kind in KINDS:
        mine = [course for course in found if course.kind == kind]
        theirs = [course for course in others if course.kind == kind]
        if mine:
            yield _lane(telling, mine, theirs)


def _lane(telling: Telling, mine: Sequence[Course], theirs: Sequence[Course]) -> Lane:
    reader, names, window, now = telling.reader, telling.names, telling.window, telling.now
    last = mine[-1]
    values = {
        "target": reader.hours(last.target),
        "sla": names.sla(last.promise.sla),
        "calendar": names.calendar(last.promise.calendar.name),
        "hours": week_said(last.promise.calendar, reader),
        "zone": last.promise.calendar.zone,
    }
    promised = N_(
        "%(target)s of working time by “%(sla)s”, counted by “%(calendar)s”: %(hours)s (%(zone)s)."
    )
    end = last.ended.at if last.ended else max(now, last.due_at or now)
    return Lane(
        kind=last.kind,
        label=reader.gettext(LABELS[last.kind]),
        standing=standing_of(reader, last, now),
        promised=reader.gettext(promised) % values,
        days=days_said(
            telling.session, reader, last, max(last.begun.at, window.begin), min(end, window.end)
        ),
        count=counted(reader, mine, now),
        band=band_of(mine, window, now),
        story=story_of(mine, telling.happenings, window, now, Teller(reader, names)),
        other=band_of(theirs, window, now) if theirs else None,
    )


def _trial(
    request: Request, wish: Wish, happenings: Sequence[Happening]
) -> tuple[Trial, Promise | None]:
    """What can be tried and what is; a name that nobody knows is said to be one."""
    calendars = sorted(calendar_choices(request), key=lambda one: sort_key(one[1]))
    trial = Trial(wish.sla, wish.calendar, sla_choices(request), calendars)
    try:
        return trial, tried_promise(request.db, happenings, wish.sla, wish.calendar)
    except Invalid as error:
        trial.problem = request.reader.explain(error)
        return trial, None
