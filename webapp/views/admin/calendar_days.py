"""Single days of a calendar: one that is clicked, and many that an iCalendar file brings."""

from __future__ import annotations

import copy
import re
from datetime import date, timedelta
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.models import CalendarRow
from engine.commands import calendars as commands
from engine.errors import Invalid
from engine.sla.calendars import frame_said
from engine.sla.days import Spot, named_days, spots_of
from engine.sla.ical import LARGEST, read_ical
from engine.sla.year_view import Day, year_of
from webapp.presenters.calendar_form import document_of, frames_typed, spot_said, typed_of
from webapp.presenters.promise_words import wrong_said
from webapp.presenters.year_page import KINDS
from webapp.refused import refuse
from webapp.views.admin.calendars import _calendar, _row, _today, change_of, proposed
from webapp.views.admin.promise_review import review, seen_of
from webapp.views.admin.said import N_
from webapp.views.agent.answers import text_of

YEARS_AHEAD = 3  # of what comes again in a file
# What a name may not begin with: the hours of a day stand elsewhere.
_HOURS_FIRST = re.compile(r"^(?:\d{1,2}:\d{2}[\s–,-]*)+")
CHOICES = ("usual", "closed", "extra")


@view_config(
    route_name="calendars.day", request_method=("GET", "POST"),
    renderer="admin/calendar_day.jinja2", permission="admin",
)  # fmt: skip
def day(request: Request) -> Any:
    """Close a day or give it other hours, this year or every year."""
    row = _row(request)
    at = _date(text_of(request, "date", 10))
    if at is None:
        request.session.flash({"text": request.translate(N_("Give a day such as 2026-12-24.")),
                               "kind": "bad"})  # fmt: skip
        return HTTPSeeOther(request.route_path("calendars.one", name=row.name))
    if request.method == "GET":
        return _day_page(request, row, at, {})
    typed = _typed_day(request, row, at)
    document = _with_day(row, at, typed)
    try:
        if typed["choice"] == "extra" and not typed["hours"]:
            raise Invalid("Give the hours of this day.")
        commands.calendar_from(row.name, document)
    except Invalid as error:
        refuse(request, error)
        return _day_page(request, _row(request), at, typed) | {"wrong": _wrong(request, error)}
    return review(request, change_of(request, row, document))


@view_config(
    route_name="calendars.import", request_method=("GET", "POST"),
    renderer="admin/calendar_import.jinja2", permission="admin",
)  # fmt: skip
def from_ical(request: Request) -> Any:
    """A file is looked at first; the days that are chosen then are proposed as a change."""
    row = _row(request)
    shown: dict[str, Any] = {"row": row, "seen": seen_of(row.document), "found": None, "error": ""}
    if request.method == "GET":
        return shown
    if "day" in request.POST:
        return proposed(request, row, _with_chosen(request, row))
    sent = request.POST.get("file")
    data = sent.file.read(LARGEST + 1) if hasattr(sent, "file") else b""
    today = _today(request)
    first, last = date(today.year, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
    try:
        found = read_ical(data, _calendar(row).zone, first, last)
    except Invalid as error:
        refuse(request, error)
        return shown | {"row": _row(request), "error": request.reader.explain(error)}
    known = {one.date: one for y in range(first.year, last.year + 1) for one in _year(row, y)}
    worked = {at for at, day in known.items() if day.frames}
    yearly = {(at.month, at.day) for at in worked}
    listed = [
        (one, known[one.date],
         one.date in worked or (one.every and (one.date.month, one.date.day) in yearly))
        for one in found.days
    ]  # fmt: skip
    return shown | {"found": found, "days": listed, "first": first, "last": last, "kinds": KINDS}


def _year(row: CalendarRow, year: int) -> list[Day]:
    return year_of(_calendar(row), row.document, year, "en")


def _typed_day(request: Request, row: CalendarRow, at: date) -> dict[str, str]:
    """What was typed; who gives other hours means a day with other hours."""
    typed = {name: text_of(request, name, 200) for name in ("choice", "hours", "name", "every")}
    hours = [frame_said(frame) for frame in _calendar(row).frames_on(at)]
    if typed["choice"] == "usual" and frames_typed(typed["hours"]) not in ([], hours):
        typed["choice"] = "extra"
    return typed


def _day_page(
    request: Request, row: CalendarRow, at: date, typed: dict[str, str]
) -> dict[str, Any]:
    days = year_of(_calendar(row), row.document, at.year, request.reader.language)
    now = days[(at - date(at.year, 1, 1)).days]
    own = now.kind if now.kind in CHOICES else "usual"
    start = {
        "choice": own,
        "hours": ", ".join(map(frame_said, now.frames)),
        "name": now.name if own != "usual" else "",
        "every": "yes" if own != "usual" and at not in _calendar(row).exceptions else "",
    }
    return {
        "row": row, "at": at, "now": now, "kinds": KINDS, "typed": typed or start, "wrong": [],
        "hours_now": start["hours"], "seen": seen_of(row.document),
        "before": at - timedelta(days=1), "after": at + timedelta(days=1),
        "said": request.reader.date(at, "full"),
    }  # fmt: skip


def _wrong(request: Request, error: Invalid) -> list[str]:
    """What is wrong with the hours; that a day without them has none goes without saying."""
    hours = [one for one in error.problems if one.code == "frame"]
    told = [wrong_said(request.reader, one) for one in hours or error.problems]
    return told or [request.reader.explain(error)]


def _with_day(row: CalendarRow, at: date, typed: dict[str, str]) -> dict[str, Any]:
    """The calendar with this day as it was chosen; a row of days that holds it is cut in two."""
    document = copy.deepcopy(row.document)
    lines = typed_of(document, _calendar(row))
    spot = f"{at:%m-%d}" if typed["every"] else at.isoformat()
    closed = _without(lines["closed"], at, yearly=bool(typed["every"]))
    extra = _without(lines["extra"], at, yearly=bool(typed["every"]))
    if typed["choice"] == "closed":
        closed += f"\n{spot} {typed['name']}"
    if typed["choice"] == "extra":
        extra += f"\n{spot} {typed['hours']} {typed['name']}"
    found = document_of(lines | {"closed": closed, "extra": extra})
    for key in ("closed", "extra"):
        document.pop(key, None)
        if key in found:
            document[key] = found[key]
    return document


def _without(lines: str, at: date, *, yearly: bool) -> str:
    """The lines without this day, of one year or of every year."""
    spot = (at.month, at.day) if yearly else at
    kept = []
    for line in lines.splitlines():
        said, _, rest = line.partition(" ")
        spots = spots_of(said)
        if spot not in spots:
            kept.append(line)
            continue
        where = spots.index(spot)
        for part in (spots[:where], spots[where + 1 :]):
            if part:
                row = "..".join(dict.fromkeys(map(spot_said, (part[0], part[-1]))))
                kept.append(f"{row} {rest}".strip())
    return "\n".join(kept)


def _with_chosen(request: Request, row: CalendarRow) -> dict[str, Any]:
    """The calendar with the days of a file that were ticked, as holidays or as closed here."""
    document = copy.deepcopy(row.document)
    key = "closed" if request.POST.get("as") == "closed" else "holidays"
    there = {spot for text, _ in named_days(document.get(key, [])) if text[:1].isdigit()
             for spot in spots_of(text)}  # fmt: skip
    new: list[Any] = []
    for chosen in request.POST.getall("day")[:4000]:
        said, _, name = chosen.partition(" ")
        at = _spot(said)
        if at is not None and at not in there:
            plain = " ".join("".join(c for c in name if c.isprintable()).split())
            plain = _HOURS_FIRST.sub("", plain)[:120]
            new.append({said: plain} if plain else said)
    if new:
        document[key] = [*_listed(document.get(key, [])), *new]
    return document


def _listed(given: Any) -> list[Any]:
    return [{text: name} if name else text for text, name in named_days(given)]


def _spot(text: str) -> Spot | None:
    """A day of the years that are shown, or one of every year (`12-24`)."""
    if len(text) == len("12-24"):
        try:
            return spots_of(text)[0]
        except ValueError:
            return None
    return _date(text)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found is not None and 1990 <= found.year <= 2100 else None
