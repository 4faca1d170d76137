"""Which stretch of a ticket's life the page about its clocks shows, and how to go on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyramid.request import Request

from engine.sla.happenings import KINDS, Course
from engine.tickets.models import Ticket
from webapp.i18n import N_, Reader
from webapp.presenters.clock_band import Tick, Window

EVERYTHING = N_("Everything")
ZOOMS = {"": EVERYTHING, "month": N_("Month"), "week": N_("Week"), "day": N_("Day")}
SHORTEST = timedelta(hours=1)
BEFORE = timedelta(seconds=1)


@dataclass(frozen=True)
class View:
    """What is shown: the window, what it is called, and moments before and after it."""

    window: Window
    zoom: str
    title: str
    at: datetime | None = None  # the moment that was asked for
    earlier: str = ""
    later: str = ""


def life_of(courses: Sequence[Course], now: datetime) -> Window:
    """From the first begin to the last end, or to when what still runs is due."""
    begin = min((course.begun.at for course in courses), default=now)
    ends = [course.ended.at if course.ended else max(now, course.due_at or now)
            for course in courses]  # fmt: skip
    end = max([*ends, *(mark.at for course in courses for mark in course.marks if mark.at <= now)],
              default=now)  # fmt: skip
    return Window(begin, max(end + (end - begin) / 50, begin + SHORTEST))


def view_of(reader: Reader, life: Window, zoom: str, at: datetime | None, now: datetime) -> View:
    """The window around a moment; without one around now, or the end of a life that is over."""
    if zoom not in ZOOMS or zoom == "":
        return View(life, "", reader.gettext(EVERYTHING), at)
    around = min(max(at or now, life.begin), life.end)
    first, after = _bounds(reader.local(around), zoom)
    window = Window(first.astimezone(UTC), after.astimezone(UTC))
    return View(
        window,
        zoom,
        _title(reader, zoom, first, after),
        at,
        earlier=stamp(reader, window.begin - BEFORE) if window.begin > life.begin else "",
        later=stamp(reader, window.end) if window.end < life.end else "",
    )


def stamp(reader: Reader, moment: datetime) -> str:
    """A moment as it stands in an address, by the reader's clock."""
    return f"{reader.local(moment):%Y-%m-%dT%H:%M}"


def clocks_of(request: Request, ticket: Ticket, kind: object = None, **query: str) -> str:
    """The page of a ticket's clocks, at one of them if it is named."""
    anchor = {"_anchor": f"clock-{kind}"} if kind in KINDS else {}
    return str(request.route_path("tickets.clocks", number=ticket.number, _query=query, **anchor))


def clocks_at(request: Request, ticket: Ticket, moment: datetime, kind: object = None) -> str:
    """The same on the day of a moment."""
    return clocks_of(request, ticket, kind, zoom="day", at=stamp(request.reader, moment))


def moment_of(reader: Reader, text: str) -> datetime | None:
    """The moment of an address, by the reader's clock unless it names a zone; None for nonsense."""
    try:
        found = datetime.fromisoformat(text[:40].strip().replace(" ", "+"))
    except ValueError:
        return None
    if not 1971 <= found.year <= 2200:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=reader.tz)).astimezone(UTC)


def tick_said(reader: Reader, tick: Tick) -> str:
    """The name of a line of the scale."""
    if tick.by == "hour":
        return reader.time(tick.at)
    if tick.by == "start":
        day = reader.date(reader.local(tick.at).date(), "EE")
        return f"{day} {reader.time(tick.at)}"
    german = reader.language == "de"
    patterns = {"day": "EE d.M." if german else "EE d MMM", "month": "MMM yy", "year": "y"}
    return reader.date(reader.local(tick.at).date(), patterns[tick.by])


def _bounds(local: datetime, zoom: str) -> tuple[datetime, datetime]:
    """The first midnight of the day, week or month around a local moment, and that after it."""
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if zoom == "day":
        return day, day + timedelta(days=1)
    if zoom == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _title(reader: Reader, zoom: str, first: datetime, after: datetime) -> str:
    if zoom == "day":
        return reader.date(first.date(), "full")
    if zoom == "month":
        return reader.date(first.date(), "MMMM y")
    last = (after - BEFORE).date()
    return f"{reader.date(first.date())} – {reader.date(last)}"
