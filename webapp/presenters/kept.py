"""The table of promises kept and missed, each number with the tickets behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pyramid.request import Request

from engine.catalogue.models import Queue, Sla
from engine.catalogue.queries import all_of
from engine.tickets import kept
from engine.tickets.asking import Question, term
from webapp.i18n import N_, sort_key
from webapp.presenters.choices import title_of
from webapp.presenters.clock_words import LABELS

MONTHS = 4
BY = {"queue": N_("Queue"), "sla": N_("SLA"), "clock": N_("Promise")}


@dataclass(frozen=True)
class Cell:
    """One month of one row; `share` is None where nothing ended."""

    kept: int
    missed: int
    share: float | None
    kept_href: str
    missed_href: str


@dataclass(frozen=True)
class KeptTable:
    """What the page shows."""

    by: list[dict[str, Any]]
    kinds: list[dict[str, Any]]
    label: str
    months: list[date]
    rows: list[tuple[str, list[Cell]]]
    latest: Cell  # this month, all together


def kept_of(request: Request) -> KeptTable:
    """The last months, by what the address asks for."""
    _ = request.translate
    by = str(request.GET.get("by") or "")
    by = by if by in BY else "queue"
    kind = str(request.GET.get("clock") or "")
    kind = kind if kind in LABELS else ""
    months = _months(request)
    bounds = [_begin(request, month) for month in months]
    found = kept.kept(request.db, request.actor, bounds, by, kind)
    named = _named(request, by)
    cells: dict[Any, dict[int, kept.Kept]] = {}
    for one in found:
        cells.setdefault(one.key, {})[one.month] = one
    rows = []
    for key, of in cells.items():
        label, terms = named.get(key, (_(N_("none")), [(by, "nobody")]))
        row = [_cell(request, of.get(n), terms, kind or (key if by == "clock" else ""), months, n)
               for n in range(MONTHS)]  # fmt: skip
        rows.append((label, row))
    rows.sort(key=lambda row: sort_key(row[0]))
    return KeptTable(
        by=_links(request, BY, by, lambda name: {"by": name, "clock": kind}),
        kinds=_links(
            request, {"": N_("All promises"), **LABELS}, kind,
            lambda name: {"by": by, "clock": name},
        ),
        label=_(BY[by]),
        months=months[:-1],
        rows=rows,
        latest=_cell(request, _together(found), [], kind, months, MONTHS - 1),
    )  # fmt: skip


def _together(found: Iterable[kept.Kept]) -> kept.Kept:
    """This month over all rows."""
    now = [one for one in found if one.month == MONTHS - 1]
    return kept.Kept(None, MONTHS - 1, sum(one.kept for one in now), sum(one.missed for one in now))


def _links(request: Request, labels: dict[str, str], chosen: str, query: Any) -> list[Any]:
    return [
        {"label": request.translate(label), "active": name == chosen,
         "href": request.route_path("escalations.kept", _query=_given(query(name)))}
        for name, label in labels.items()
    ]  # fmt: skip


def _given(query: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in query.items() if value and (name, value) != ("by", "queue")
    }


def _months(request: Request) -> list[date]:
    """The first days of the months shown, and of the one after them."""
    month = request.reader.local(request.work.now).date().replace(day=1)
    found = [(month + timedelta(days=32)).replace(day=1), month]
    while len(found) <= MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def _begin(request: Request, day: date) -> datetime:
    zone = request.reader.local(request.work.now).tzinfo
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _cell(
    request: Request,
    one: kept.Kept | None,
    terms: list[tuple[str, str]],
    kind: str,
    months: list[date],
    place: int,
) -> Cell:
    good, bad = (one.kept, one.missed) if one else (0, 0)
    last = months[place + 1] - timedelta(days=1)
    period = f"{months[place]}..{last}"
    hrefs = []
    for word in ("kept", "missed"):
        clock = f"{kind}:{word}:{period}" if kind else f"{word}:{period}"
        asked = [*terms, ("clock", clock), ("state", "all")]
        question = Question(tuple(term(name, value) for name, value in asked))
        hrefs.append(str(request.route_path("tickets", _query={"q": question.text})))
    share = good / (good + bad) if good + bad else None
    return Cell(good, bad, share, *hrefs)


def _named(request: Request, by: str) -> dict[Any, tuple[str, list[tuple[str, str]]]]:
    """By key what a row is called, and how its tickets are asked for."""
    if by == "queue":
        return {q.id: (q.name, [("queue", f"={q.name}")]) for q in all_of(request.db, Queue)}
    if by == "sla":
        rows = all_of(request.db, Sla)
        return {sla.id: (title_of(request, sla), [("sla", sla.name)]) for sla in rows}
    return {kind: (request.translate(label), []) for kind, label in LABELS.items()}
