"""Lists of tickets kept under a name, and lists taken along as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import views as commands
from engine.tickets import search
from engine.tickets.asking import read
from engine.tickets.models import SavedView
from engine.tickets.views import view_for
from engine.work import Work
from webapp.i18n import N_
from webapp.presenters.asked import wish_of
from webapp.presenters.columns import COLUMNS, cells, chosen_columns
from webapp.tables import csv_rows
from webapp.views.agent.answers import done, id_of, text_of

BATCH, MOST = 500, 10_000  # tickets read at a time, and in one file


@view_config(route_name="tickets.views", request_method="POST", permission="agent")
def save(request: Request) -> Response:
    """Keep the list that is shown."""
    view = commands.save_view(
        request.work,
        text_of(request, "name"),
        query=read(text_of(request, "q", 500)).text,
        sort=text_of(request, "sort", 20),
        columns=chosen_columns(text_of(request, "cols").split(",")),
        group_id=_group(request),
    )
    return _said(request, N_("The view “%(name)s” is kept"), view)


@view_config(route_name="tickets.view", request_method="POST", permission="agent")
def change(request: Request) -> Response:
    """Give a kept view another name, or share it with others."""
    view = view_for(request.db, request.actor, id_of(request), own=True)
    commands.save_view(
        request.work, text_of(request, "name"), query=view.query, sort=view.sort,
        columns=view.columns, group_id=_group(request), view=view,
    )  # fmt: skip
    return _said(request, N_("The view “%(name)s” is kept"), view)


@view_config(route_name="tickets.view_delete", request_method="POST", permission="agent")
def delete(request: Request) -> Response:
    """Give up a kept view; the tickets in it are not concerned."""
    view = view_for(request.db, request.actor, id_of(request), own=True)
    commands.delete_view(request.work, view)
    text = request.translate(N_("The view “%(name)s” is deleted")) % {"name": view.name}
    return done(request, text, request.route_path("tickets"))


@view_config(route_name="tickets.export", request_method="GET", permission="agent")
def export(request: Request) -> Response:
    """The list as a file for spreadsheets, with its columns, as far as one may read."""
    wish = wish_of(request)
    names = ["number", "title", *wish.columns]
    labels = {"number": N_("Number"), "title": N_("Title")} | COLUMNS
    head = [request.translate(labels[name]) for name in names]
    asked = search.asked(request.db, request.actor, wish.question, request.work.now)
    rows = _rows(request, asked, wish.sort, names)
    separator = ";" if request.reader.language == "de" else ","  # as spreadsheets expect it there
    return Response(
        app_iter=csv_rows(_with(head, rows), separator),
        content_type="text/csv",
        charset="utf-8",
        content_disposition='attachment; filename="tickets.csv"',
    )


def _with(head: Sequence[str], rows: Iterator[list[str]]) -> Iterator[Sequence[str]]:
    yield head
    yield from rows


def _rows(
    request: Request, asked: search.Asked, sort: str, names: Sequence[str]
) -> Iterator[list[str]]:
    """Read on while the file is sent, in a short transaction each time."""
    desk, actor, after, count = request.desk, request.actor, "", 0

    def batch(work: Work) -> tuple[list[list[str]], str]:
        found = search.tickets(
            work.session, actor, asked, sort=sort, after=after, limit=BATCH, columns=names
        )
        lines = [cells(request, ticket, names) for ticket in found]
        return lines, search.place(sort, found[-1]) if len(found) == BATCH else ""

    while count < MOST:
        lines, after = desk.read(batch, actor)
        yield from lines
        count += len(lines)
        if not after:
            return


def _said(request: Request, text: str, view: SavedView) -> Response:
    here = request.route_path("tickets", _query={"view": view.id})
    return done(request, request.translate(text) % {"name": view.name}, here)


def _group(request: Request) -> int | None:
    text = text_of(request, "group", 12)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
