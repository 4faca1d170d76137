"""A page of tickets with its filters as links, and what else a search finds: people and FAQ."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pyramid.request import Request

from engine.faq.queries import Found
from engine.faq.queries import find as find_faq
from engine.people.models import Group, Person
from engine.people.queries import find_people, groups
from engine.tickets import search
from engine.tickets.asking import Piece, Question
from engine.tickets.models import SavedView, Ticket
from engine.tickets.views import views
from engine.tickets.visits import unread
from webapp.i18n import N_
from webapp.presenters import choices
from webapp.presenters.asked import Wish, said, said_wrong, wish_of
from webapp.presenters.columns import COLUMNS, chosen_columns, headings
from webapp.presenters.tasks import Chip, chips

PAGE = 50
STATES = (
    ("open", N_("Open")),
    ("new", N_("New")),
    ("waiting", N_("Waiting")),
    ("solved", N_("Solved")),
    ("closed", N_("Closed")),
    ("all", N_("All")),
)
OWNERS = (("", N_("Everybody's")), ("me", N_("Mine")), ("nobody", N_("Nobody's")))
DUE = (("overdue", N_("Overdue")), ("today", N_("Due today")), ("<2h", N_("Due in 2 hours")))


@dataclass
class TicketList:
    """Everything the list shows."""

    wish: Wish
    rows: list[Ticket]
    clocks: dict[int, Chip]
    unread: set[int]
    count: int
    states: list[dict[str, Any]]
    owners: list[dict[str, Any]]
    due: list[dict[str, Any]]
    options: dict[str, list[tuple[str, str]]]
    chips: list[dict[str, Any]]
    bad: list[str]
    columns: list[str]
    headings: list[dict[str, Any]]
    all_columns: list[tuple[str, str]]
    views: list[dict[str, Any]]
    own: SavedView | None  # the kept view that is shown, where it is the reader's
    teams: list[Group]
    export: str
    older: str = ""
    first: str = ""
    people: list[Person] = field(default_factory=list)
    faq: list[Found] = field(default_factory=list)


def list_of(request: Request) -> TicketList:
    """The page that the address asks for."""
    wish, after = wish_of(request), str(request.GET.get("after") or "")
    session, actor, question = request.db, request.actor, wish.question
    asked = search.asked(session, actor, question, request.work.now)
    rows = search.tickets(
        session, actor, asked, sort=wish.sort, after=after, limit=PAGE + 1, columns=wish.columns
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    by_state = search.counts(session, actor, asked)
    counts = search.tab_counts(session, by_state)
    kept = views(session, actor)
    own = next((v for v in kept if v.person_id == actor.id and _shows(v, wish)), None)
    request.frame["query"] = question.text
    shown = TicketList(
        wish=wish,
        rows=rows,
        clocks=chips(request, rows),
        unread=unread(session, actor, rows),
        count=sum(by_state.get(state, 0) for state in asked.states),
        states=[link | {"count": counts[name]} for name, link in
                zip(counts, _links(request, wish, "state", STATES, asked.tab), strict=True)],
        owners=_links(request, wish, "owner", OWNERS, _only(question, "owner")),
        due=_links(request, wish, "due", DUE, _only(question, "due"), off=True),
        options=_options(request),
        chips=_chips(request, wish),
        bad=[said_wrong(request, bad) for bad in asked.bad],
        columns=wish.columns,
        headings=headings(request, wish.columns, wish.sort,
                          lambda sort: href(request, replace(wish, sort=sort))),
        all_columns=[(name, request.translate(label)) for name, label in COLUMNS.items()],
        views=[{"label": v.name, "href": request.route_path("tickets", _query={"view": v.id}),
                "active": _shows(v, wish)} for v in kept],
        own=own,
        teams=[group for group in groups(session) if group.id in actor.groups],
        export=request.route_path("tickets.export", _query=wish.fields),
        older=href(request, wish, search.place(wish.sort, rows[-1])) if more else "",
        first=href(request, wish) if after else "",
    )  # fmt: skip
    if question.words and not after:
        _others(request, shown, question.words)
    return shown


def href(request: Request, wish: Wish, after: str = "") -> str:
    """The address of a list."""
    query = wish.fields | ({"after": after} if after else {})
    return str(request.route_path("tickets", _query=query))


def _others(request: Request, shown: TicketList, words: str) -> None:
    """What is found beside tickets."""
    shown.people = find_people(request.db, words, limit=6)
    shown.faq = find_faq(
        request.db, request.desk.index, words, actor=request.actor,
        language=request.reader.language, limit=4,
    )  # fmt: skip


def _only(question: Question, name: str) -> str:
    """The value of the only term of this name."""
    found = question.named(name)
    return found[0].value if len(found) == 1 and not found[0].negated else "" if not found else "…"


def _links(
    request: Request, wish: Wish, name: str, values: Any, chosen: str, *, off: bool = False
) -> list[dict[str, Any]]:
    """Each value as a link; with `off` the chosen one is a link that takes it away."""
    return [
        {
            "label": request.translate(label),
            "href": href(request, replace(
                wish, question=wish.question.having(name, "" if off and value == chosen else value)
            )),
            "active": value == chosen,
        }
        for value, label in values
    ]  # fmt: skip


def _options(request: Request) -> dict[str, list[tuple[str, str]]]:
    priorities = choices.priority_choices(request)
    return {
        "in": choices.queue_choices(request),
        "type": choices.type_choices(request),
        "rank": [(name[:1], label) for name, label in priorities],
        "queue": choices.target_choices(request),
        "owner": choices.agent_choices(request),
        "priority": priorities,
    }


def _chips(request: Request, wish: Wish) -> list[dict[str, Any]]:
    """What narrows the list beside the state, each to be taken away."""
    question = wish.question
    chips: list[tuple[str, tuple[Piece, ...]]] = [
        (said(request, piece), (piece,)) for piece in question.terms if piece.name != "state"
    ]
    loose = tuple(piece for piece in question.pieces if not piece.name)
    if loose:
        text = " ".join(piece.text for piece in loose)
        chips.append((f"{request.translate(N_('Text'))}: {text}", loose))
    return [
        {"label": label, "active": True, "remove": True,
         "href": href(request, replace(wish, question=question.without(*pieces)))}
        for label, pieces in chips
    ]  # fmt: skip


def _shows(view: SavedView, wish: Wish) -> bool:
    """Whether this kept view is what is shown."""
    return (view.query, view.sort or "new", chosen_columns(map(str, view.columns))) == (
        wish.question.text, wish.sort, wish.columns,
    )  # fmt: skip
