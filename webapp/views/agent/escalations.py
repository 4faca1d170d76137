"""What is late or nearly so, kept live; what will be late; and what was promised and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.tickets import escalations as queries
from engine.tickets import search
from engine.work import Work
from webapp.i18n import N_
from webapp.presenters.choices import title_of
from webapp.presenters.escalations import (
    Row,
    escalations_of,
    hours_of,
    kind_asked,
    question_of,
    rows_of,
    sla_names,
)
from webapp.presenters.forecast import forecast_of
from webapp.presenters.kept import kept_of
from webapp.tables import csv_rows
from webapp.views.agent.answers import unchanged

MOST, BATCH = 10_000, 500
HEAD = (
    N_("Number"), N_("Title"), N_("Queue"), N_("Owner"), N_("Priority"), N_("Promise"), N_("SLA"),
    N_("Due"), N_("Minutes over"), N_("Level"), N_("Next mark"),
)  # fmt: skip


@view_config(
    route_name="escalations",
    request_method="GET",
    renderer="agent/escalations.jinja2",
    permission="agent",
)
def escalations(request: Request) -> dict[str, Any]:
    """The lists, and what the pace of the queues makes likely."""
    found = escalations_of(request)
    request.frame["query"] = ""
    live = request.route_path("escalations.live", _query=list(request.GET.items())[:20])
    export = request.route_path("escalations.export", _query=found.fields)
    forecast = forecast_of(request, hours_of(found.wish))
    return {"found": found, "forecast": forecast, "live": live, "export": export}


@view_config(
    route_name="escalations.live",
    request_method="GET",
    renderer="agent/escalations_live.jinja2",
    permission="agent",
)
def live(request: Request) -> dict[str, Any] | Response:
    """The lists alone, or 304 while nothing has changed."""
    found = escalations_of(request)
    return unchanged(request, found.tag) or {"found": found}


@view_config(route_name="escalations.export", request_method="GET", permission="agent")
def export(request: Request) -> Response:
    """The list as a file for spreadsheets."""
    separator = ";" if request.reader.language == "de" else ","
    wish = question_of(request)
    asked = search.asked(request.db, request.actor, wish.question, request.work.now)
    sla_names(request)  # while the request's own transaction lasts
    return Response(
        app_iter=csv_rows(_lines(request, asked, kind_asked(wish)), separator),
        content_type="text/csv",
        charset="utf-8",
        content_disposition='attachment; filename="escalations.csv"',
    )


@view_config(
    route_name="escalations.kept",
    request_method="GET",
    renderer="agent/escalations_kept.jinja2",
    permission="agent",
)
def kept(request: Request) -> dict[str, Any]:
    """Promises of the last months, kept and missed."""
    return {"kept": kept_of(request)}


def _lines(request: Request, asked: search.Asked, kind: str) -> Iterator[Sequence[str]]:
    """The head, then rows as they are read, in a short transaction each time."""
    yield [request.translate(label) for label in HEAD]
    actor, after, count = request.actor, "", 0

    def batch(work: Work) -> tuple[list[list[str]], int, str]:
        found = search.tickets(work.session, actor, asked, sort="due", after=after, limit=BATCH)
        clocks = queries.leading(work.session, found, kind)
        lines = [_cells(request, row, work.now) for row in rows_of(request, clocks, found)]
        return lines, len(found), search.place("due", found[-1]) if len(found) == BATCH else ""

    while count < MOST:
        lines, read, after = request.desk.read(batch, actor)
        yield from lines
        count += read
        if not after:
            return


def _cells(request: Request, row: Row, now: datetime) -> list[str]:
    ticket, say = row.ticket, request.reader
    over = int((now - row.due).total_seconds() // 60)
    return [
        ticket.number,
        ticket.title,
        ticket.queue.name,
        ticket.owner.name if ticket.owner else "",
        title_of(request, ticket.priority),
        row.promise,
        row.sla,
        say.date_time(row.due),
        str(max(0, over)),
        str(row.level),
        f"{row.next} {say.date_time(row.next_at)}".strip(),
    ]
