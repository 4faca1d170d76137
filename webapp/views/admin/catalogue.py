"""What else is in force beside groups and queues: to be read here, and where each is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy import select

from engine.catalogue.models import (
    CalendarRow,
    CustomField,
    Offer,
    Priority,
    Service,
    Sla,
    State,
    TicketType,
)
from engine.catalogue.queries import all_of, custom_fields, offers
from webapp.i18n import N_
from webapp.views.admin.own_fields import KIND_NAMES

PROMISES = N_("Changed on their own pages, or by the files in “rules”, put in force with:")
PROCESSES = N_("Comes from the files in “processes”; put in force with:")
STRUCTURE = N_("Laid down when the desk was made, from “samples/structure.yaml”, with:")
SERVICES = N_(
    "Laid down when the desk was made; the SLA of each is changed under “Groups and queues”."
)
DATABASE = N_("Made and changed under “Groups and queues”.")
PUBLISH_RULES = "vorgang publish rules/"
PUBLISH_PROCESSES = "vorgang publish processes/"
INIT = "vorgang init"


@dataclass(frozen=True)
class Part:
    """One kind of thing: its heading, where it comes from, and each with its details."""

    title: str
    origin: str
    command: str
    rows: list[tuple[str, str]]


@view_config(
    route_name="structure.catalogue",
    request_method="GET",
    renderer="admin/catalogue.jinja2",
    permission="admin",
)
def catalogue(request: Request) -> dict[str, Any]:
    """All of it on one page."""
    kinds: list[tuple[str, str, str, Callable[[Request], list[tuple[str, str]]]]] = [
        (N_("SLAs"), PROMISES, PUBLISH_RULES, _slas),
        (N_("Calendars"), PROMISES, PUBLISH_RULES, _calendars),
        (N_("Offers"), PROCESSES, PUBLISH_PROCESSES, _offers),
        (N_("States"), STRUCTURE, INIT, _states),
        (N_("Priorities"), STRUCTURE, INIT, _priorities),
        (N_("Types"), STRUCTURE, INIT, _types),
        (N_("Services"), SERVICES, "", _services),
        (N_("Own fields"), DATABASE, "", _fields),
    ]
    return {
        "parts": [Part(title, origin, how, rows(request)) for title, origin, how, rows in kinds]
    }


def _named(request: Request, row: Any) -> str:
    return str(request.reader.pick(row.title) or request.translate(row.name))


def _slas(request: Request) -> list[tuple[str, str]]:
    _, span = request.translate, request.reader.duration
    rows = []
    for sla in all_of(request.db, Sla):
        first = _("first response %(time)s") % {"time": span(sla.first_response) or "–"}
        whole = _("solution %(time)s") % {"time": span(sla.solution) or "–"}
        rows.append((_named(request, sla), " · ".join((first, whole, sla.calendar))))
    return rows


def _calendars(request: Request) -> list[tuple[str, str]]:
    rows = request.db.scalars(select(CalendarRow).order_by(CalendarRow.name))
    return [
        (row.name, str(row.document.get("timezone") or row.document.get("zone", "")))
        for row in rows
    ]


def _offers(request: Request) -> list[tuple[str, str]]:
    found: list[Offer] = offers(request.db, request.actor)
    return [
        (request.reader.pick(one.document.get("title")) or one.key,
         str(one.document.get("process") or one.document.get("type") or ""))
        for one in found
    ]  # fmt: skip


def _states(request: Request) -> list[tuple[str, str]]:
    return [
        (_named(request, row), request.translate(row.type)) for row in all_of(request.db, State)
    ]


def _priorities(request: Request) -> list[tuple[str, str]]:
    rows = sorted(all_of(request.db, Priority), key=lambda row: row.rank)
    return [(_named(request, row), str(row.rank)) for row in rows]


def _types(request: Request) -> list[tuple[str, str]]:
    return [
        (_named(request, row), row.process_key or "–") for row in all_of(request.db, TicketType)
    ]


def _services(request: Request) -> list[tuple[str, str]]:
    slas = {sla.id: _named(request, sla) for sla in all_of(request.db, Sla)}
    rows = all_of(request.db, Service)
    return [(_named(request, row), slas.get(row.sla_id or 0, "–")) for row in rows]


def _fields(request: Request) -> list[tuple[str, str]]:
    rows: list[CustomField] = custom_fields(request.db)
    return [
        (_named(request, row), ", ".join(map(str, row.choices))
         or request.translate(KIND_NAMES.get(row.kind, row.kind)))
        for row in rows if row.active
    ]  # fmt: skip
