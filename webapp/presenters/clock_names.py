"""What the story of a ticket's clocks calls things: people's messages, steps, states, promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pyramid.request import Request
from sqlalchemy import select

from engine.audit.models import HistoryEntry
from engine.catalogue.models import State
from engine.catalogue.queries import all_of
from engine.sla.happenings import Happening
from engine.tickets.access import visible_articles
from engine.tickets.models import Article, Ticket
from webapp.presenters.choices import calendar_choices, sla_choices, title_of
from webapp.presenters.clock_steps import steps_of
from webapp.presenters.clock_story import Names, Said
from webapp.presenters.history_words import REASONS
from webapp.presenters.ticket_page import MESSAGES


def names_of(request: Request, ticket: Ticket, happenings: Collection[Happening]) -> Names:
    """The names for this ticket, in the reader's language."""
    states = {row.name: title_of(request, row) for row in all_of(request.db, State)}
    slas = dict(sla_choices(request))
    calendars = dict(calendar_choices(request))
    actors = _actors(request, ticket, happenings)
    return Names(
        articles=_articles(request, ticket, {one.article_id for one in happenings} - {None}),
        step=steps_of(request, ticket),
        state=lambda name: states.get(name, name),
        sla=lambda name: slas.get(name, name),
        calendar=lambda name: calendars.get(name, name),
        reason=lambda text: request.translate(text) if text in REASONS else text,
        actor=lambda at: actors.get(at, ""),
    )


def _actors(
    request: Request, ticket: Ticket, happenings: Collection[Happening]
) -> dict[datetime, str]:
    """Who closed the ticket or opened it again, by when."""
    moments = {one.at for one in happenings if one.what in ("closed", "reopened")}
    query = select(HistoryEntry.at, HistoryEntry.actor).where(
        HistoryEntry.ticket_id == ticket.id,
        HistoryEntry.what == "state",
        HistoryEntry.cause == "person",
        HistoryEntry.at.in_(moments),
    )
    return {row.at: row.actor for row in request.db.execute(query)} if moments else {}


def _articles(request: Request, ticket: Ticket, wanted: Iterable[int | None]) -> dict[int, Said]:
    """The messages among these that the reader may read, each with its place."""
    mine = (Article.ticket_id == ticket.id, visible_articles(request.actor))
    latest = select(Article.id).where(*mine).order_by(Article.id.desc()).limit(MESSAGES)
    first = min(request.db.scalars(latest), default=0)
    query = select(Article.id, Article.sender, Article.address).where(
        *mine, Article.id.in_(sorted(one for one in wanted if one is not None))
    )
    return {
        row.id: Said(row.sender or row.address, _place(request, ticket, row.id, row.id >= first))
        for row in request.db.execute(query)
    }


def _place(request: Request, ticket: Ticket, article: int, recent: bool) -> str:
    if recent:
        return str(request.route_path("tickets.one", number=ticket.number, _anchor=f"m{article}"))
    return str(
        request.route_path(
            "tickets.messages",
            number=ticket.number,
            _query={"before": article + 1},
            _anchor=f"m{article}",
        )
    )
