"""The page of what is late or nearly so: rows by their clock, sums to narrow it, all as links."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.catalogue.models import Queue, Sla
from engine.catalogue.queries import all_of
from engine.people.models import Person
from engine.people.queries import groups
from engine.sla.models import TicketClock
from engine.tickets import escalations, search
from engine.tickets.access import may
from engine.tickets.asking import Question
from engine.tickets.clock_terms import kind_of
from engine.tickets.models import Ticket
from webapp.i18n import N_, sort_key
from webapp.presenters import choices
from webapp.presenters.asked import Wish, said, said_wrong, wish_of
from webapp.presenters.choices import Choices, title_of
from webapp.presenters.clock_window import clocks_of
from webapp.presenters.clock_words import LABELS
from webapp.presenters.tasks import clock_word

PAGE = 100
USUAL = "<8h"
WINDOWS = (
    ("overdue", N_("Overdue")),
    ("<2h", N_("Due in 2 hours")),
    (USUAL, N_("Due in 8 hours")),
    ("<24h", N_("Due in 24 hours")),
    ("<7d", N_("Due in 7 days")),
)
HOURS = {"overdue": 0, "<2h": 2, USUAL: 8, "<24h": 24, "<7d": 168}
BY = {
    "queue": N_("Queue"),
    "team": N_("Team"),
    "owner": N_("Owner"),
    "sla": N_("SLA"),
    "clock": N_("Promise"),
}
MOST_SUMS = 12
NEXT = {"warning": N_("Warning"), "breached": N_("Due"), "escalated": N_("Level %(level)s")}


@dataclass(frozen=True)
class Row:
    """One ticket with the clock that leads."""

    ticket: Ticket
    promise: str
    why: str  # where the clock is explained
    sla: str
    due: datetime
    soon: datetime | None
    state: str  # of the clock chip: ok, soon, overdue
    level: int
    told: str  # how far it has come, in words
    next: str
    next_at: datetime | None
    take: str = ""  # what taking it is called, where one may
    answers: bool = False  # whether one may answer


@dataclass(frozen=True)
class Part:
    """How many of one queue, team, person, SLA or promise, and where these are."""

    label: str
    late: int
    soon: int
    href: str
    late_href: str


@dataclass
class Escalations:
    """Everything the live part of the page shows."""

    wish: Wish
    fields: dict[str, str]
    late: list[Row]
    soon: list[Row]
    late_count: int
    soon_count: int
    parts: list[Part]
    more_parts: int
    by: list[dict[str, Any]]
    windows: list[dict[str, Any]]
    chips: list[dict[str, Any]]
    bad: list[str]
    options: dict[str, Choices]
    until: datetime
    now: datetime
    older: str = ""
    first: str = ""
    tag: str = ""


def escalations_of(request: Request) -> Escalations:
    """What the address asks for, as it is now."""
    wish, after = question_of(request), str(request.GET.get("after") or "")
    session, actor, now = request.db, request.actor, request.work.now
    asked = search.asked(session, actor, wish.question, now)
    found = search.tickets(session, actor, asked, sort="due", after=after, limit=PAGE + 1)
    more, found = len(found) > PAGE, found[:PAGE]
    rows = rows_of(request, escalations.leading(session, found, kind_asked(wish)), found)
    by = by_of(request)
    sums = escalations.sums(session, actor, asked, by if by in escalations.BY else "queue", now)
    parts = _promises(request, wish) if by == "clock" else _parts(request, wish, by, sums)
    shown = Escalations(
        wish=wish,
        fields=_fields(wish, by),
        late=[row for row in rows if row.state == "overdue"],
        soon=[row for row in rows if row.state != "overdue"],
        late_count=sum(one.late for one in sums),
        soon_count=sum(one.soon for one in sums),
        parts=parts[:MOST_SUMS],
        more_parts=max(0, len(parts) - MOST_SUMS),
        by=[{"label": request.translate(label), "href": href(request, wish, name),
             "active": name == by} for name, label in BY.items()],
        windows=_windows(request, wish, by),
        chips=_chips(request, wish, by),
        bad=[said_wrong(request, bad) for bad in asked.bad],
        options=_options(request),
        until=now + timedelta(hours=hours_of(wish)),
        now=now,
        older=href(request, wish, by, search.place("due", found[-1])) if more else "",
        first=href(request, wish, by) if after else "",
    )  # fmt: skip
    shown.tag = _tag(shown)
    return shown


def question_of(request: Request) -> Wish:
    """What is asked for; where nothing is said of when, it is what is due in eight hours."""
    wish = wish_of(request)
    question = wish.question
    if not question.named("due"):
        question = question.having("due", USUAL)
    return replace(wish, question=question, sort="due")


def hours_of(wish: Wish) -> int:
    """How far ahead the page looks."""
    return HOURS.get(_window(wish.question), HOURS[USUAL])


def by_of(request: Request) -> str:
    """By what the page sums up."""
    by = str(request.GET.get("by") or "")
    return by if by in BY else "queue"


def href(request: Request, wish: Wish, by: str = "queue", after: str = "") -> str:
    """The address of the page."""
    query = _fields(wish, by) | ({"after": after} if after else {})
    return str(request.route_path("escalations", _query=query))


def rows_of(
    request: Request, clocks: dict[int, TicketClock], tickets: Iterable[Ticket]
) -> list[Row]:
    """The rows of these tickets, in their order, by the clock that counts on each."""
    return [_row(request, one, clocks[one.id]) for one in tickets if one.id in clocks]


def sla_names(request: Request) -> dict[int, str]:
    """What the SLAs are called, looked up once for a page or a file."""
    known: dict[int, str] | None = getattr(request, "sla_names", None)
    if known is None:
        known = {sla.id: title_of(request, sla) for sla in all_of(request.db, Sla)}
        request.sla_names = known
    return known


def _row(request: Request, ticket: Ticket, clock: TicketClock) -> Row:
    _, now = request.translate, request.work.now
    level, sla = clock.level, sla_names(request).get(clock.sla_id, "")
    mark, at = escalations.next_mark(clock)
    due = clock.due_at or now
    state = clock_word(due, clock.warn_at, now)
    told = _("warned") if level == 0 and clock.warned_at else ""
    if level or state == "overdue":
        told = _("Level %(level)s") % {"level": max(1, level)}
    return Row(
        ticket=ticket,
        promise=_(LABELS.get(clock.kind, clock.kind)),
        why=clocks_of(request, ticket, clock.kind),
        sla=sla,
        due=due,
        soon=clock.warn_at,
        state=state,
        level=level,
        told=told,
        next=_(NEXT[mark]) % {"level": level + 1} if mark else "",
        next_at=at,
        take=_take(request, ticket),
        answers=may(request.db, request.actor, ticket, "reply"),
    )


def _take(request: Request, ticket: Ticket) -> str:
    if ticket.owner_id == request.actor.id or not may(request.db, request.actor, ticket, "owner"):
        return ""
    return str(request.translate(N_("Take over") if ticket.owner_id else N_("Claim")))


def _fields(wish: Wish, by: str) -> dict[str, str]:
    question = wish.question
    if _window(question) == USUAL:
        question = question.having("due", "")
    fields = {"q": question.text, "by": "" if by == "queue" else by}
    return {name: value for name, value in fields.items() if value}


def _window(question: Question) -> str:
    found = question.named("due")
    return found[0].value if len(found) == 1 and not found[0].negated else ""


def _windows(request: Request, wish: Wish, by: str) -> list[dict[str, Any]]:
    chosen = _window(wish.question)
    return [
        {"label": request.translate(label), "active": value == chosen,
         "href": href(request, replace(wish, question=wish.question.having("due", value)), by)}
        for value, label in WINDOWS
    ]  # fmt: skip


def _chips(request: Request, wish: Wish, by: str) -> list[dict[str, Any]]:
    """What narrows the page beside the time, each to be taken away."""
    question = wish.question
    shown = [piece for piece in question.pieces if piece.name != "due"]
    labels = [said(request, piece) if piece.name else piece.text for piece in shown]
    return [
        {"label": label, "active": True, "remove": True,
         "href": href(request, replace(wish, question=question.without(piece)), by)}
        for piece, label in zip(shown, labels, strict=True)
    ]  # fmt: skip


def _parts(request: Request, wish: Wish, by: str, sums: Iterable[escalations.Sum]) -> list[Part]:
    """The sums with names, the most late first."""
    sums = list(sums)
    named = _named(request, by, {one.key for one in sums})
    total: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in sums:
        count = total[named.get(one.key, (request.translate(N_("nobody")), "nobody"))]
        count[0] += one.late
        count[1] += one.soon
    found = []
    for (label, value), (late, soon) in total.items():
        narrowed = replace(wish, question=wish.question.having(by, value))
        only = replace(wish, question=narrowed.question.having("due", "overdue"))
        found.append(Part(label, late, soon, href(request, narrowed, by), href(request, only, by)))
    return sorted(found, key=lambda part: (-part.late, -part.soon, sort_key(part.label)))


def _promises(request: Request, wish: Wish) -> list[Part]:
    """The same by kinds of promises: a ticket can be in several."""
    window = _window(wish.question) or USUAL
    found = []
    for kind, label in LABELS.items():
        asked = [wish.question.having("clock", f"{kind}:{when}") for when in (window, "overdue")]
        all_, late = (_count(request, one) for one in asked)
        all_href, late_href = (href(request, replace(wish, question=one), "clock") for one in asked)
        if all_:
            found.append(Part(request.translate(label), late, all_ - late, all_href, late_href))
    return found


def _count(request: Request, question: Question) -> int:
    asked = search.asked(request.db, request.actor, question, request.work.now)
    found = search.counts(request.db, request.actor, asked)
    return sum(count for state, count in found.items() if state in asked.states)


def kind_asked(wish: Wish) -> str:
    """The kind of promise that is asked for, if it is one."""
    found = wish.question.named("clock")
    return kind_of(found[0].value) if len(found) == 1 and not found[0].negated else ""


def _named(request: Request, by: str, keys: set[Any]) -> dict[Any, tuple[str, str]]:
    """By key what it is called and how it is asked for."""
    session = request.db
    if by == "queue":
        return {q.id: (q.name, f"={q.name}") for q in all_of(session, Queue)}
    if by == "team":
        names = {group.id: group.name for group in groups(session)}
        return {q.id: (names[q.group_id],) * 2 for q in all_of(session, Queue)}
    if by == "sla":
        return {sla.id: (title_of(request, sla), sla.name) for sla in all_of(session, Sla)}
    people = select(Person.id, Person.name).where(Person.id.in_(keys - {None}))
    return {row.id: (row.name, f"#{row.id}") for row in session.execute(people)}


def _options(request: Request) -> dict[str, Choices]:
    _ = request.translate
    mine = [(group.name, group.name) for group in groups(request.db)
            if group.id in request.actor.groups]  # fmt: skip
    return {
        "in": choices.queue_choices(request),
        "team": mine,
        "owner": [
            ("me", _(N_("me"))),
            ("nobody", _(N_("nobody"))),
            *choices.agent_choices(request),
        ],
        "sla": choices.sla_choices(request),
        "clock": [(kind, _(label)) for kind, label in LABELS.items()],
        "queue": choices.target_choices(request),
        "agent": choices.agent_choices(request),
        "priority": choices.priority_choices(request),
    }


def _tag(shown: Escalations) -> str:
    rows = [(row.ticket.id, row.ticket.version, row.state, row.level, row.due, row.next_at)
            for row in (*shown.late, *shown.soon)]  # fmt: skip
    numbers = shown.late_count, shown.soon_count, shown.parts
    return hashlib.sha256(repr((rows, numbers)).encode()).hexdigest()[:24]
