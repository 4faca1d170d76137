"""What a message about a ticket may name, and what it then says to the one who reads it.

One table of all placeholders. Some are only for people who work here: to anybody else they are
empty, decided by who receives the message and not by who wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.models import CustomField
from engine.catalogue.queries import custom_fields
from engine.catalogue.shelf import shelf
from engine.notify.frames import word
from engine.people.models import Organisation, Person
from engine.settings import Settings
from engine.sla.happenings import KINDS
from engine.sla.models import TicketClock
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Ticket

CUSTOM = "custom."
LONGEST_MESSAGE = 600  # characters of what was written last
_DATES = {"de": "%d.%m.%Y %H:%M", "en": "%Y-%m-%d %H:%M"}


@dataclass(frozen=True)
class About:
    """A message: its ticket and its reader. `place` is the page on which they read the ticket."""

    session: Session
    settings: Settings
    ticket: Ticket
    person: Person
    place: str = "requests"  # tickets, for those who work here
    item: WorkItem | None = None
    text: str = ""
    reason: str = ""
    language: str = ""  # another than the reader's own
    clock: str = ""  # the kind of promise that runs out, where that is what is told

    @property
    def inside(self) -> bool:
        """Whether it is read by somebody who works on the ticket."""
        return self.place == "tickets"

    @property
    def speech(self) -> str:
        """The language it is written in."""
        return self.language or self.person.language

    def called(self, row: Any) -> str:
        """What a state, type or service is called in that language."""
        if row is None:
            return ""
        return str(row.title.get(self.speech) or row.title.get("en") or row.name)

    def moment(self, at: datetime | None) -> str:
        """A date and time as the reader writes it, where they are."""
        form = _DATES.get(self.speech, _DATES["en"])
        return at.astimezone(ZoneInfo(self.person.zone)).strftime(form) if at else ""


@dataclass(frozen=True)
class Placeholder:
    """A name that may stand in braces; `internal` for people who work here only."""

    name: str
    say: Callable[[About], str] = field(compare=False)
    internal: bool = False


def _step(about: About) -> str:
    if about.item is None:
        return ""
    titles = about.item.title or {}
    return str(titles.get(about.speech) or titles.get("en") or about.item.step_id)


def _due(about: About) -> str:
    if about.clock:
        return _clock_due(about.clock, about)
    due = about.item.due_at if about.item else None
    return about.moment(due or about.ticket.due_at)


def _promise(about: About) -> str:
    """Which promise runs out and when; where none does, the one that is due first."""
    kind = about.clock or _first_due(about)
    if kind not in KINDS:
        return ""
    promise, when = word(about.speech, kind), _clock_due(kind, about)
    return word(about.speech, "due", promise=promise, when=when) if when else promise


def _first_due(about: About) -> str:
    due = about.ticket.due_at
    query = select(TicketClock.kind).where(TicketClock.ticket_id == about.ticket.id)
    found = about.session.scalar(query.where(TicketClock.due_at == due).limit(1)) if due else None
    return found or ""


def _queue(about: About) -> str:
    queue = about.ticket.queue
    return queue.name if about.inside else queue.short_name


def _link(about: About) -> str:
    return f"{about.settings.base_url.rstrip('/')}/{about.place}/{about.ticket.number}"


def _clock_due(kind: str, about: About) -> str:
    query = select(TicketClock.due_at).where(
        TicketClock.ticket_id == about.ticket.id, TicketClock.kind == kind
    )
    return about.moment(about.session.scalars(query.order_by(TicketClock.id.desc())).first())


def _message(about: About) -> str:
    query = select(Article.body).where(Article.ticket_id == about.ticket.id, ~Article.automatic)
    body = about.session.scalar(query.order_by(Article.id.desc()).limit(1)) or ""
    return shorten(body[: 4 * LONGEST_MESSAGE], LONGEST_MESSAGE, placeholder=" …")


def _name(one: Person | Organisation | None) -> str:
    return one.name if one is not None else ""


_TABLE = (
    Placeholder("number", lambda about: about.ticket.number),
    Placeholder("title", lambda about: about.ticket.title),
    Placeholder("name", lambda about: about.person.name),
    Placeholder("customer", lambda about: _name(about.ticket.customer)),
    Placeholder("organisation", lambda about: _name(about.ticket.organisation)),
    Placeholder("state", lambda about: about.called(about.ticket.state)),
    Placeholder("queue", _queue),
    Placeholder("type", lambda about: about.called(about.ticket.type)),
    Placeholder("service", lambda about: about.called(about.ticket.service)),
    Placeholder("step", _step),
    Placeholder("created", lambda about: about.moment(about.ticket.created_at)),
    Placeholder("due", _due),
    Placeholder("promise", _promise),
    *(Placeholder(f"due_{kind}", partial(_clock_due, kind)) for kind in KINDS),
    Placeholder("text", lambda about: about.text),
    Placeholder("link", _link),
    Placeholder("desk", lambda about: about.settings.mail_name),
    Placeholder("owner", lambda about: _name(about.ticket.owner), internal=True),
    Placeholder("responsible", lambda about: _name(about.ticket.responsible), internal=True),
    Placeholder("priority", lambda about: about.called(about.ticket.priority), internal=True),
    Placeholder("sla", lambda about: about.called(about.ticket.sla), internal=True),
    Placeholder("tags", lambda about: ", ".join(about.ticket.tags), internal=True),
    Placeholder("reason", lambda about: about.reason, internal=True),
    Placeholder("message", _message, internal=True),
)
STANDARD: Mapping[str, Placeholder] = {one.name: one for one in _TABLE}
# Where no ticket stands behind a message, this is all there is.
IN_LETTERS = frozenset({"name", "desk", "link", "due", "text"})


def placeholders(session: Session) -> dict[str, Placeholder]:
    """Everything that may stand in braces, with the fields that this company added."""
    own = (_of_field(row) for row in custom_fields(session) if row.active)
    return {**STANDARD, **{one.name: one for one in own}}


class Values(Mapping[str, str]):
    """What the placeholders say; each is worked out when it is named, most never are."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """Empty for what this reader is not to know; `KeyError` for what there is not."""
        if name not in self._known:
            found = self._find(name)
            hidden = found.internal and not self._about.inside
            self._known[name] = "" if hidden else found.say(self._about)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a placeholder; asks for none of the values."""
        try:
            self._find(str(name))
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(STANDARD)

    def __len__(self) -> int:
        return len(STANDARD)

    def _find(self, name: str) -> Placeholder:
        if not name.startswith(CUSTOM):
            return STANDARD[name]
        row = shelf(self._about.session).get(CustomField, name.removeprefix(CUSTOM))
        if row is None:
            raise KeyError(name)
        return _of_field(row)


def _of_field(row: CustomField) -> Placeholder:
    """The placeholder of a field of one's own: for customers where they are shown it."""
    return Placeholder(f"{CUSTOM}{row.name}", partial(_field_says, row.name, row.kind),
                       internal=not row.customer_visible)  # fmt: skip


def _field_says(name: str, kind: str, about: About) -> str:
    stored = (about.ticket.custom or {}).get(name)
    value = "" if stored is None else str(stored)
    if kind == "date" and about.speech == "de":
        try:
            return f"{datetime.fromisoformat(value):%d.%m.%Y}"
        except ValueError:
            return value
    return value
