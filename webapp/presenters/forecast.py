"""What will probably be late, and how fast the queues work, each figure with the tickets behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyramid.request import Request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.catalogue.shelf import shelve
from engine.tickets import moments
from engine.tickets.access import visible
from engine.tickets.asking import Question, term
from engine.tickets.lines import DAYS, Line, lines_of
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.clock_words import LABELS

LEAST_HOURS = 24  # to look ahead: what is due within the hour can hardly be helped any more
MOST_UNKNOWN = 5  # queues that are named
MOST = 20  # of those likely to be late; the first are what can still be helped
VERY = 0.8
SURE = {"good": N_("well known"), "fair": N_("roughly known"), "rough": N_("hardly known")}


@dataclass(frozen=True)
class LikelyRow:
    """A ticket that will probably be late, when its turn is expected, and from what that is."""

    ticket: Ticket
    promise: str
    due: datetime
    expected: datetime | None
    very: bool
    before: int
    before_href: str
    pace: str
    pace_href: str


@dataclass(frozen=True)
class PaceRow:
    """How fast one queue works on one kind of promise."""

    queue: str
    promise: str
    pace: str  # empty where too little is known
    between: tuple[str, str]
    sure: str
    ended: int
    ended_href: str
    days: int
    workers: int
    away: int
    waiting: int
    waiting_href: str
    late: int
    likely: int


@dataclass(frozen=True)
class Forecast:
    """All of it; `whole` is False where more is due than was looked at."""

    likely: list[LikelyRow]
    more: int
    paces: list[PaceRow]
    whole: bool
    hours: int
    unknown: str = ""  # queues that something waits in, and whose pace is not known


def forecast_of(request: Request, hours: int) -> Forecast:
    """The next hours of the queues that the reader works in."""
    hours = max(LEAST_HOURS, hours)
    now = request.work.now
    found = lines_of(request.db, request.actor, now, now + timedelta(hours=hours))
    likely = [(line, one) for line in found.lines for one in line.likely]
    likely.sort(key=lambda pair: (pair[1].due_at, pair[1].key))
    tickets = _tickets(request, [one.key for _, one in likely[:MOST]])
    rows = [
        LikelyRow(
            ticket=tickets[one.key],
            promise=request.translate(LABELS.get(line.kind, line.kind)),
            due=one.due_at,
            expected=one.expected_at,
            very=one.chance >= VERY,
            before=one.before,
            before_href=_href(request, line, moments.before(one.due_at)),
            pace=_pace(request, line.pace.per_hour if line.pace else 0),
            pace_href=_ended(request, line),
        )
        for line, one in likely[:MOST]
        if one.key in tickets
    ]
    paces = [_row(request, line) for line in found.lines if line.waiting or line.ended]
    known = {row.queue for row in paces if row.pace}
    unknown = list(dict.fromkeys(r.queue for r in paces if r.waiting and r.queue not in known))
    if len(unknown) > MOST_UNKNOWN:
        unknown = [*unknown[:MOST_UNKNOWN], "…"]
    return Forecast(
        rows, len(likely) - len(rows), paces, found.whole, hours, unknown=", ".join(unknown)
    )


def _row(request: Request, line: Line) -> PaceRow:
    pace = line.pace
    low, high = pace.between if pace else (0.0, 0.0)
    return PaceRow(
        queue=line.queue.name,
        promise=request.translate(LABELS.get(line.kind, line.kind)),
        pace=_pace(request, pace.per_hour) if pace else "",
        between=(_pace(request, low), _pace(request, high)),
        sure=request.translate(SURE[pace.sure]) if pace else "",
        ended=line.ended,
        ended_href=_ended(request, line),
        days=pace.days if pace else 0,
        workers=line.workers,
        away=line.away,
        waiting=line.waiting,
        waiting_href=_href(request, line, "running"),
        late=line.late,
        likely=len(line.likely),
    )


def _pace(request: Request, per_hour: float) -> str:
    return request.reader.number(per_hour, 1 if per_hour >= 0.95 else 2)


def _href(request: Request, line: Line, standing: str, *more: tuple[str, str]) -> str:
    """The tickets of a line, soonest first."""
    terms = [("queue", f"={line.queue.name}"), ("clock", f"{line.kind}:{standing}"), *more]
    question = Question(tuple(term(name, value) for name, value in terms))
    query = {"q": question.text} | ({} if more else {"sort": "due"})
    return str(request.route_path("tickets", _query=query))


def _ended(request: Request, line: Line) -> str:
    return _href(request, line, f"ended:<{DAYS}d", ("state", "all"))


def _tickets(request: Request, ids: list[int]) -> dict[int, Ticket]:
    query = select(Ticket).where(Ticket.id.in_(ids), visible(request.actor))
    query = query.options(joinedload(Ticket.owner), joinedload(Ticket.customer))
    return {row.id: shelve(request.db, row) for row in request.db.scalars(query)}
