"""From what was typed into the search box to tickets: found, sorted, counted, page by page.

The permission is in every query. A term that names nothing finds nothing, and says which it is;
passing over it would show more tickets than were asked for, and they can be changed in bulk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, false, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.catalogue.models import Priority, Queue, Service, Sla, State, TicketType
from engine.catalogue.shelf import shelf, shelve
from engine.db.keyset import Key, beyond, ordered, place_of, read_place
from engine.people.models import Group, Organisation, Person
from engine.people.queries import agents
from engine.tickets import moments
from engine.tickets.access import visible
from engine.tickets.asking import Piece, Question, plain
from engine.tickets.clock_terms import clock
from engine.tickets.fulltext import TicketText, matching, words
from engine.tickets.models import Ticket, TicketTag
from engine.work import Actor

_ID = Key(Ticket.id, lambda t: t.id, descending=True)
_ID_UP = Key(Ticket.id, lambda t: t.id)
_RANK = Key(Priority.rank, lambda t: t.priority.rank, descending=True)
_RANK_UP = Key(Priority.rank, lambda t: t.priority.rank)
SORTS: dict[str, tuple[Key, ...]] = {
    "new": (_ID,),
    "old": (_ID_UP,),
    "due": (Key(Ticket.due_at, lambda t: t.due_at, datetime, optional=True), _ID_UP),
    "-due": (Key(Ticket.due_at, lambda t: t.due_at, datetime, descending=True, optional=True), _ID),
    "priority": (_RANK, _ID),
    "-priority": (_RANK_UP, _ID_UP),
    "changed": (Key(Ticket.changed_at, lambda t: t.changed_at, datetime, descending=True), _ID),
    "-changed": (Key(Ticket.changed_at, lambda t: t.changed_at, datetime), _ID_UP),
}
# What the tabs above a list are called, by the types of states behind them.
TABS: dict[str, Callable[[State], bool]] = {
    "open": lambda state: not state.ended,
    "new": lambda state: state.type == "new",
    "waiting": lambda state: state.type == "pending reminder",
    "solved": lambda state: state.type == "pending auto close",
    "closed": lambda state: state.ended,
    "all": lambda state: True,
}
_GERMAN = {"offen": "open", "neu": "new", "wartet": "waiting", "wartend": "waiting",
           "gelost": "solved", "geschlossen": "closed", "alle": "all"}  # fmt: skip
_ME = ("me", "ich", "mir", "mich")
_NOBODY = ("nobody", "none", "niemand", "keiner")


@dataclass(frozen=True)
class Bad:
    """A term that cannot be answered: what was typed, and what is wrong (a name of a reason)."""

    text: str
    reason: str
    meant: str = ""


@dataclass
class Asked:
    """A question as conditions; the states stand apart, so that tabs can count the others."""

    conditions: list[ColumnElement[bool]] = field(default_factory=list)
    states: set[int] = field(default_factory=set)
    tab: str = ""  # the tab that is chosen, if it is one
    bad: list[Bad] = field(default_factory=list)


class _Reading:
    """One question being turned into conditions."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self.session, self.actor, self.now = session, actor, now
        self.zone = ZoneInfo(actor.zone)

    def queue(self, value: str) -> ColumnElement[bool] | None:
        """In this queue or below it; a queue goes by its path or its last part.

        `=Network` is that queue alone, by its whole path.
        """
        known = {plain(queue.name): queue for queue in shelf(self.session).all(Queue)}
        wanted = plain(value)
        if wanted.startswith("="):
            alone = known.get(wanted[1:].strip())
            return Ticket.queue_id == alone.id if alone else None
        tests: tuple[Callable[[str], bool], ...] = (
            lambda name: name == wanted,
            lambda name: name.rsplit("::", 1)[-1] == wanted,
            lambda name: name.rsplit("::", 1)[-1].startswith(wanted),
        )
        for test in tests:
            roots = [name for name in known if test(name)]
            if roots:
                return Ticket.queue_id.in_(
                    [
                        queue.id
                        for name, queue in known.items()
                        if any(name == root or name.startswith(root + "::") for root in roots)
                    ]
                )
        return None

    def team(self, value: str) -> ColumnElement[bool] | None:
        """In a queue of this group, by its whole name."""
        query = select(Group.id).where(func.lower(Group.name) == value.strip().lower())
        group = self.session.scalar(query)
        ids = list(shelf(self.session).keys(Queue, lambda queue: queue.group_id == group))
        return Ticket.queue_id.in_(ids) if group is not None else None

    def owner(self, value: str) -> ColumnElement[bool] | None:
        """Whose it is: me, nobody, an id, or part of an agent's name or login."""
        said = plain(value)
        if said in _NOBODY:
            return Ticket.owner_id.is_(None)
        if said in _ME:
            return Ticket.owner_id == self.actor.id
        if (number := _number(value)) is not None:
            return Ticket.owner_id == number
        ids = [
            person.id
            for person in agents(self.session)
            if said in (person.login, person.login.partition("@")[0]) or said in plain(person.name)
        ]
        return Ticket.owner_id.in_(ids) if ids else None

    def customer(self, value: str) -> ColumnElement[bool]:
        """Who asked, by id or by part of a name or address."""
        if (number := _number(value)) is not None:
            return Ticket.customer_id == number
        like = f"%{_escaped(value.lower())}%"
        named = or_(
            func.lower(Person.name).like(like, escape="\\"), Person.login.like(like, escape="\\")
        )
        return Ticket.customer_id.in_(select(Person.id).where(named))

    def org(self, value: str) -> ColumnElement[bool]:
        """The customer's organisation, by id or by part of its name."""
        if (number := _number(value)) is not None:
            return Ticket.organisation_id == number
        like = func.lower(Organisation.name).like(f"%{_escaped(value.lower())}%", escape="\\")
        return Ticket.organisation_id.in_(select(Organisation.id).where(like))

    def due(self, value: str) -> ColumnElement[bool] | None:
        """When the nearest clock runs out."""
        return moments.due(Ticket.due_at, value, self.now, self.zone)

    def clock(self, value: str) -> ColumnElement[bool] | None:
        """Which promise it has, and how that stands."""
        return clock(value, self.now, self.zone)

    def created(self, value: str) -> ColumnElement[bool] | None:
        """When it reached us."""
        return moments.happened(Ticket.created_at, value, self.now, self.zone)

    def changed(self, value: str) -> ColumnElement[bool] | None:
        """When something last happened."""
        return moments.happened(Ticket.changed_at, value, self.now, self.zone)

    def priority(self, value: str) -> ColumnElement[bool] | None:
        """A priority by rank or name, also `>3` and `<=2`."""
        rows = shelf(self.session).all(Priority)
        said = plain(value)
        rank = said.lstrip("<>=")
        if rank.isascii() and rank.isdecimal() and len(rank) == 1:
            tests: dict[str, Callable[[int], bool]] = {
                "": lambda n: n == int(rank), "<": lambda n: n < int(rank),
                ">": lambda n: n > int(rank), "<=": lambda n: n <= int(rank),
                ">=": lambda n: n >= int(rank),
            }  # fmt: skip
            test = tests.get(said[: -len(rank)])
            ids = [row.id for row in rows if test and test(row.rank)]
            return Ticket.priority_id.in_(ids) if ids else None
        return _among(Ticket.priority_id, rows, said)

    def type(self, value: str) -> ColumnElement[bool] | None:
        """The type by its name in either language."""
        return _among(Ticket.type_id, shelf(self.session).all(TicketType), plain(value))

    def service(self, value: str) -> ColumnElement[bool] | None:
        """The service by its name in either language."""
        return _among(Ticket.service_id, shelf(self.session).all(Service), plain(value))

    def sla(self, value: str) -> ColumnElement[bool] | None:
        """The SLA by its name in either language."""
        return _among(Ticket.sla_id, shelf(self.session).all(Sla), plain(value))

    def tag(self, value: str) -> ColumnElement[bool]:
        """A tag, however it is capitalised."""
        spelled = {value, value.lower(), value.upper(), value.capitalize()}
        return Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag.in_(spelled)))

    def states(self, value: str) -> set[int]:
        """The states that a word means: a tab, or a state by its name in either language."""
        said = plain(value)
        rows = shelf(self.session).all(State)
        test = TABS.get(_GERMAN.get(said, said))
        return {
            row.id
            for row in rows
            if (test(row) if test else said in _names(row) or said == plain(row.type))
        }


def asked(session: Session, actor: Actor, question: Question, now: datetime) -> Asked:
    """The conditions that a question means for this actor."""
    reading, found = _Reading(session, actor, now), Asked()
    for piece in question.pieces:
        if piece.meant:
            found.bad.append(Bad(piece.text, "slip", piece.meant))
        elif piece.name == "state":
            continue
        elif piece.name:
            condition = getattr(reading, piece.name)(piece.value)
            if condition is None:
                found.bad.append(Bad(piece.text, piece.name))
            else:
                found.conditions.append(_turned(condition) if piece.negated else condition)
    _choose_states(reading, question, found)
    if question.words:
        found.conditions.append(Ticket.id.in_(_texts(session, question)))
    if found.bad:
        found.conditions.append(false())
    return found


def tickets(
    session: Session,
    actor: Actor,
    wanted: Asked,
    *,
    sort: str = "new",
    after: str = "",
    limit: int,
    columns: Iterable[str] = (),
) -> list[Ticket]:
    """A page of tickets in this order; `columns` say what else is to be brought along."""
    keys = SORTS.get(sort, SORTS["new"])
    query = _where(select(Ticket), actor, wanted)
    query = query.where(Ticket.state_id.in_(wanted.states))
    if any(key.column is Priority.rank for key in keys):
        query = query.join(Ticket.priority)
    place = read_place(keys, after)
    if place is not None:
        query = query.where(beyond(keys, place))
    query = query.options(joinedload(Ticket.customer), joinedload(Ticket.owner))
    for name in ("organisation", "responsible"):
        if name in columns:
            query = query.options(joinedload(getattr(Ticket, name)))
    if "tags" in columns:
        query = query.options(selectinload(Ticket.tag_rows))
    found = session.scalars(ordered(query, keys).limit(limit))
    return [shelve(session, row) for row in found]


def place(sort: str, ticket: Ticket) -> str:
    """Where a ticket stands in this order."""
    return place_of(SORTS.get(sort, SORTS["new"]), ticket)


def counts(session: Session, actor: Actor, wanted: Asked) -> dict[int, int]:
    """How many tickets the question finds, by state and whatever states it asks for."""
    query = _where(select(Ticket.state_id, func.count(Ticket.id)), actor, wanted)
    found: Any = session.execute(query.group_by(Ticket.state_id)).all()
    return dict(found)


def tab_counts(session: Session, found: dict[int, int]) -> dict[str, int]:
    """The same by tab."""
    rows = {row.id: row for row in shelf(session).all(State)}
    return {
        tab: sum(n for key, n in found.items() if key in rows and test(rows[key]))
        for tab, test in TABS.items()
    }


def _where(query: Any, actor: Actor, wanted: Asked) -> Any:
    return query.where(visible(actor), *wanted.conditions)


def _choose_states(reading: _Reading, question: Question, found: Asked) -> None:
    """Which states are asked for; words are looked for in closed tickets, too."""
    everything = reading.states("all")
    found.states = set(everything)
    asked_for = question.named("state")
    for piece in asked_for:
        chosen = reading.states(piece.value)
        if not chosen:
            found.bad.append(Bad(piece.text, "state"))
        found.states &= everything - chosen if piece.negated else chosen
    if not asked_for:
        found.tab = "all" if question.words else "open"
        found.states = reading.states(found.tab)
    elif len(asked_for) == 1 and not asked_for[0].negated:
        said = plain(asked_for[0].value)
        found.tab = _GERMAN.get(said, said) if _GERMAN.get(said, said) in TABS else ""


def _texts(session: Session, question: Question) -> Select[Any]:
    """The ids of tickets with all the words, and with exact ones side by side."""
    found = matching(session, question.words)
    for piece in question.pieces:
        together = " ".join(words(piece.value)) if piece.exact else ""
        if together:  # letters, digits and single spaces: nothing that LIKE would take for more
            body = literal(" ") + TicketText.body + literal(" ")
            found = found.where(body.like(f"% {together} %"))
    return found


def _turned(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return ~func.coalesce(condition, false())


def _among(column: Any, rows: Sequence[Any], said: str) -> ColumnElement[bool] | None:
    if said in _NOBODY and column is not Ticket.priority_id:
        return column.is_(None)  # type: ignore[no-any-return]
    exact = [row.id for row in rows if said in _names(row)]
    ids = exact or [row.id for row in rows if any(said in name for name in _names(row))]
    return column.in_(ids) if ids else None


def _names(row: Any) -> set[str]:
    titles = row.title.values() if isinstance(row.title, dict) else ()
    return {plain(str(name)) for name in (row.name, *titles) if name}


def _number(value: str) -> int | None:
    digits = value[1:] if value.startswith("#") else ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


__all__ = ["SORTS", "TABS", "Asked", "Bad", "Piece", "asked", "counts", "place", "tickets"]
