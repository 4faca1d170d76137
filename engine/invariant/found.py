"""What a question asks with and what it answers: spans of rows, kinds of damage, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from engine.heartbeat import SILENT, last_beat
from engine.tickets.models import Ticket

if TYPE_CHECKING:
    from engine.desk import Desk


@dataclass(frozen=True)
class Kind:
    """One kind of damage: its lasting name, what is wrong, and how it is mended, in sentences.

    They are keys of the catalogues. `text` names the values of a finding; `repairs` says that the
    desk can mend it, `later` that it holds again only once the worker has been at it.
    """

    code: str
    title: str
    text: str
    mend: str
    repairs: bool = False
    later: bool = False


@dataclass(frozen=True)
class Found:
    """One thing that does not hold. With its kind's code, `key` is what makes it the same again.

    `at` is the row of the table that was walked, by which it is looked at a second time.
    """

    code: str
    key: str
    at: int
    ticket_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Numbers:
    """Tickets by their numbers, from the first to the last."""

    first: str
    last: str

    def holds(self, ticket_id: Any, *more: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether a column names one of them."""
        number = Ticket.number
        within = select(Ticket.id).where(number >= self.first, number <= self.last, *more)
        return ticket_id.in_(within)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Span:
    """Rows of one table: those behind `after` up to `to`, or only the `ids` of a second look.

    With `numbers` it is the tickets that are behind `after`, and whatever belongs to them.
    """

    after: int = 0
    to: int = 0
    ids: tuple[int, ...] = ()
    numbers: Numbers | None = None

    def on(self, column: Any, ticket_id: Any) -> ColumnElement[bool]:
        """The condition that a row lies in it; `ticket_id` is the column that names its ticket."""
        if self.ids:
            return column.in_(self.ids)  # type: ignore[no-any-return]
        if self.numbers is None:
            return and_(column > self.after, column <= self.to)
        some = (Ticket.id > self.after, Ticket.id <= self.to)
        return self.numbers.holds(ticket_id, *some)


@dataclass(frozen=True)
class Ground:
    """What a question stands on: a reading transaction, the time, the desk with its files."""

    session: Session
    now: datetime
    desk: Desk
    known: dict[str, Any] = field(default_factory=dict)  # asked once and kept for this slice

    @property
    def served(self) -> bool:
        """Whether a worker is at work: where none is, nothing is done in time."""
        last = last_beat(self.desk.settings)
        return last is not None and self.now - last <= SILENT


Ask = Callable[[Ground, Span], Iterator[Found]]
Holds = Callable[[Session], bool]


@dataclass(frozen=True)
class Look:
    """One walk over a table, in slices of `size` rows, and the kinds that it can find.

    Without a table it is asked once. `by_ticket`: whether its findings are about single tickets,
    so that it can be asked about some of them only. `holds` says of the whole table at once, as
    only the database can in no time, that there is nothing to find: then nothing is walked over.
    """

    name: str
    ask: Ask
    kinds: Sequence[Kind]
    walks: Any = None  # the column of ids
    size: int = 5000
    by_ticket: bool = True
    holds: Holds | None = None
    deep: bool = False  # reads bytes: only where that is asked for, and a part of them each night
