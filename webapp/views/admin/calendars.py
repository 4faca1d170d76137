"""Calendars: where each is used, its year day by day, and the forms with which it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy import select

from engine.catalogue.models import CalendarRow, Sla
from engine.commands import calendars as commands
from engine.commands.promise_rows import CALENDAR, calendar_row, stood_before
from engine.commands.promise_uses import calendar_uses
from engine.errors import Conflict, Invalid
from engine.sla.reading import LONGEST
from engine.sla.stored import calendar_of
from engine.sla.year_view import YEARS, year_of
from webapp.presenters.calendar_changes import calendar_changes
from webapp.presenters.calendar_form import FIELDS, HOURS, document_of, field_of, typed_of
from webapp.presenters.promise_words import wrong_said
from webapp.presenters.year_page import KINDS, MARKS, months, special, week_said, weekdays
from webapp.refused import refuse
from webapp.views.admin.promise_review import Change, review, saved, seen_of, told, wrong_at
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted, number_of, text_of

START = {"timezone": "Europe/Berlin", "due": "closing"} | dict.fromkeys(HOURS[:5], "08:00-17:00")


@view_config(
    route_name="calendars", request_method="GET", renderer="admin/calendars.jinja2",
    permission="admin",
)  # fmt: skip
def calendars(request: Request) -> dict[str, Any]:
    """All of them, each with where it is used."""
    rows = list(request.db.scalars(select(CalendarRow).order_by(CalendarRow.name)))
    read = [(row, _calendar(row)) for row in rows]
    return {
        "rows": [(row, one, week_said(one, request.reader)) for row, one in read],
        "uses": calendar_uses(request.work),
    }


@view_config(
    route_name="calendars.one", request_method="GET", renderer="admin/calendar.jinja2",
    permission="admin",
)  # fmt: skip
def one(request: Request) -> dict[str, Any]:
    """A calendar's year, where it is used and what was changed."""
    row = _row(request)
    today, year = _today(request), _year(request)
    calendar = _calendar(row)
    days = year_of(calendar, row.document, year, request.reader.language)
    return {
        "row": row,
        "hours": week_said(calendar, request.reader),
        "zone": calendar.zone,
        "works": calendar.works_each_year,
        "region": typed_of(row.document, calendar)["region"],
        "year": year,
        "years": YEARS,
        "months": months(days, request.reader, today),
        "special": special(days, request.reader),
        "weekdays": weekdays(request.reader),
        "kinds": KINDS,
        "marks": MARKS,
        "today": today,
        "uses": (uses := calendar_uses(request.work)[row.name]),
        "in_use": commands.in_use(uses),
        "changes": told(request, CALENDAR, row.name, partial(_words, request, row.name)),
    }


@view_config(
    route_name="calendars.new", request_method=("GET", "POST"),
    renderer="admin/calendar_form.jinja2", permission="admin",
)  # fmt: skip
def new(request: Request) -> Any:
    """Make a calendar, from nothing or as a copy."""
    if request.method == "GET":
        source = request.db.get(CalendarRow, request.GET.get("copy", "")[:80])
        typed = typed_of(source.document, _calendar(source)) if source is not None else dict(START)
        return _form(request, None, typed)
    typed = _typed(request)
    name = text_of(request, "name", 200)
    try:
        row = commands.create_calendar(request.work, name, document_of(typed), _why(request))
    except Invalid as error:
        return _refused(request, None, typed | {"name": name}, error)
    request.session.flash(request.translate(N_("%(name)s has been saved.")) % {"name": row.name})
    accepted(request)
    return HTTPSeeOther(request.route_path("calendars.one", name=row.name))


@view_config(
    route_name="calendars.edit", request_method=("GET", "POST"),
    renderer="admin/calendar_form.jinja2", permission="admin",
)  # fmt: skip
def edit(request: Request) -> Any:
    """The form; what is typed goes on to what it would mean."""
    row = _row(request)
    if request.method == "GET":
        return _form(request, row, typed_of(row.document, _calendar(row)))
    if "text" in request.POST:  # from the page that said what it would mean, to be changed further
        document, calendar = _read(request, row)
        again = typed_of(document, calendar) | {"why": _why(request)}
        return _form(request, row, again) | {"seen": request.POST.get("seen", "")}
    typed = _typed(request)
    document = document_of(typed)
    try:
        commands.calendar_from(row.name, document)
    except Invalid as error:
        return _refused(request, row, typed, error)
    return review(request, change_of(request, row, document))


@view_config(
    route_name="calendars.text", request_method=("GET", "POST"),
    renderer="admin/calendar_text.jinja2", permission="admin",
)  # fmt: skip
def text(request: Request) -> Any:
    """The calendar as YAML, to be read, changed and handed on."""
    row = _row(request)
    shown = {"row": row, "seen": seen_of(row.document), "problems": []}
    if request.method == "GET":
        return shown | {"text": commands.text_of(row.document)}
    typed = _text(request)
    try:
        document = commands.document_of(typed)
    except Invalid as error:
        refuse(request, error)
        kept = request.POST.get("seen", "")
        return shown | {"row": _row(request), "text": typed, "seen": kept,
                        "problems": error.problems}  # fmt: skip
    return review(request, change_of(request, row, document))


@view_config(route_name="calendars.file", request_method="GET", permission="admin")
def file(request: Request) -> Response:
    """The calendar as a file that `vorgang sla` and `vorgang publish` read."""
    row = _row(request)
    body = commands.text_of({"calendars": {row.name: row.document}}).encode()
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in row.name) or "calendar"
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return Response(body=body, content_type="application/yaml", headers=headers)


@view_config(route_name="calendars.save", request_method="POST", permission="admin")
def save(request: Request) -> Any:
    """What was said to mean this or that is confirmed."""
    row = _row(request)
    document, _ = _read(request, row)
    return saved(request, change_of(request, row, document))


@view_config(route_name="calendars.back", request_method="POST", permission="admin")
def back(request: Request) -> Any:
    """Take a change back: what stood there before it is proposed."""
    row = _row(request)
    document = stood_before(request.work, CALENDAR, row.name, number_of(request, "change"))
    return proposed(request, row, document)


@view_config(route_name="calendars.remove", request_method="POST", permission="admin")
def remove(request: Request) -> HTTPSeeOther:
    """Take a calendar away that nothing counts by."""
    row = _row(request)
    try:
        commands.remove_calendar(request.work, row, _why(request))
    except Conflict as error:
        refuse(request, error)
        request.session.flash({"text": request.reader.explain(error), "kind": "bad"})
        return HTTPSeeOther(
            request.route_path("calendars.one", name=request.matchdict["name"]) + "#uses"
        )
    gone = request.translate(N_("%(name)s has been removed.")) % {"name": row.name}
    request.session.flash(gone)
    return HTTPSeeOther(request.route_path("calendars"))


def proposed(request: Request, row: CalendarRow, document: dict[str, Any]) -> Any:
    """What a content would mean that nobody typed; back to the calendar where it cannot be."""
    name = row.name
    try:
        commands.calendar_from(name, document)
    except Invalid as error:
        refuse(request, error)
        told = " ".join(wrong_said(request.reader, one) for one in error.problems)
        request.session.flash({"text": told or request.reader.explain(error), "kind": "bad"})
        return HTTPSeeOther(request.route_path("calendars.one", name=name))
    return review(request, change_of(request, row, document))


def change_of(request: Request, row: CalendarRow, document: dict[str, Any]) -> Change:
    """A change of this calendar, as it is reviewed and made."""
    name = row.name
    slas = list(request.db.scalars(select(Sla.id).where(Sla.calendar == name)))
    return Change(
        row, name, "calendars", dict(row.document), document, commands.text_of(document),
        slas,
        lambda work, why: commands.change_calendar(work, calendar_row(work, name), document, why),
        _words(request, name, row.document, document),
    )  # fmt: skip


def _words(
    request: Request, name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    return calendar_changes(name, before, after, request.reader)


def _row(request: Request) -> CalendarRow:
    return calendar_row(request.work, request.matchdict["name"][:80])


def _read(request: Request, row: CalendarRow) -> tuple[dict[str, Any], Any]:
    """What travelled as text; nobody types it, so one that is odd was made by hand."""
    document = commands.document_of(_text(request))
    return document, calendar_of(row.name, document)


def _text(request: Request) -> str:
    """What was sent, so much of it that what is too long is refused and not cut."""
    return str(request.POST.get("text", ""))[: LONGEST + 1].replace("\r\n", "\n")


def _calendar(row: CalendarRow) -> Any:
    return calendar_of(row.name, row.document, row.free_days)


def _today(request: Request) -> date:
    return request.reader.local(request.work.now).date()


def _year(request: Request) -> int:
    given = request.GET.get("year", "")
    year = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else 0
    return year if year in YEARS else _today(request).year


def _why(request: Request) -> str:
    return text_of(request, "why", 500)


def _typed(request: Request) -> dict[str, str]:
    names = (*FIELDS, *HOURS, "why")
    return {
        name: request.POST.get(name, "")[:LONGEST].replace("\r\n", "\n").strip() for name in names
    }


def _form(
    request: Request, row: CalendarRow | None, typed: dict[str, str],
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    from zoneinfo import available_timezones

    return {
        "row": row,
        "typed": typed,
        "errors": errors or {},
        "seen": seen_of(row.document) if row is not None else "",
        "hours": list(zip(HOURS, weekdays(request.reader), strict=True)),
        "zones": sorted(available_timezones()),
    }


def _refused(
    request: Request, row: CalendarRow | None, typed: dict[str, str], error: Invalid
) -> dict[str, Any]:
    """The form with what was typed and what is wrong, each at its field."""
    refuse(request, error)
    name = row.name if row is not None else typed["name"]
    errors = wrong_at(request, error, name, field_of)
    shown = _form(request, row and _row(request), typed, errors)
    return shown | {"seen": request.POST.get("seen", "")}
