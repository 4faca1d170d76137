"""Which open promises of the queues that one reads will probably be broken, and from what that is.

Per queue and kind of clock: how many of them ended in the last weeks by those who are there now is
the pace, what runs and is due first is the line. Bounded and by indexes, however much is open.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue.models import CalendarRow, Queue, Sla
from engine.catalogue.shelf import shelf
from engine.people.absence import away
from engine.people.models import Person
from engine.sla.calendars import usual
from engine.sla.forecast import Day, Pace, Prospect, Waiting, pace_of, prospects
from engine.sla.models import TicketClock
from engine.sla.stored import calendar_of
from engine.sla.working import Calendar, working_seconds
from engine.tickets.models import Ticket
from engine.work import Actor

DAYS = 28  # that the pace is taken from; what is late for longer is not waiting in line any more
KEPT = timedelta(minutes=5)  # that what has ended is not counted anew
MOST = 5_000  # places of all lines that are looked at


@dataclass
class Line:
    """One queue and kind of clock: how fast it goes, what waits, and what will be late."""

    queue: Queue
    kind: str
    pace: Pace | None = None
    ended: int = 0  # in the last weeks, by whomever
    workers: int = 0  # who ended them
    away: int = 0  # of these
    late: int = 0
    waiting: int = 0  # due by then, with what is late
    likely: list[Prospect] = field(default_factory=list)


@dataclass(frozen=True)
class Lines:
    """All lines; `whole` is False where more is due by then than was looked at."""

    lines: list[Line]
    whole: bool


@dataclass(frozen=True)
class _Ended:
    day: date
    owner: int | None
    count: int


Place = tuple[int, str]  # a queue's id and a kind of clock
_seen: WeakKeyDictionary[Any, tuple[datetime, str, Mapping[Place, list[_Ended]]]] = (
    WeakKeyDictionary()
)


def lines_of(session: Session, actor: Actor, now: datetime, until: datetime) -> Lines:
    """The lines of the queues that the actor reads as a member, with what is due by `until`."""
    groups = set(actor.groups_with("ro"))
    queues = {q.id: q for q in shelf(session).all(Queue) if q.group_id in groups}
    if not queues:
        return Lines([], True)
    waiting, slas, whole = _waiting(session, queues, now, until)
    ended = {at: rows for at, rows in _known_ended(session, now).items() if at[0] in queues}
    people = {one.owner for rows in ended.values() for one in rows if one.owner is not None}
    gone = _gone(session, people, now)
    calendars = _calendars(session)
    found = []
    for place in sorted({*waiting, *ended}, key=lambda place: (queues[place[0]].name, place[1])):
        queue, rows = queues[place[0]], ended.get(place, [])
        calendar = _calendar(queue, slas.get(place, Counter()), calendars)
        if calendar is None:
            continue
        line = Line(queue, place[1], ended=sum(one.count for one in rows))
        owners = {one.owner for one in rows if one.owner is not None}
        line.workers, line.away = len(owners), len(owners & gone)
        line.pace = pace_of(list(_days(rows, gone, calendar, now)))
        places = waiting.get(place, [])
        line.waiting, line.late = len(places), sum(one.due_at <= now for one in places)
        if line.pace is not None:
            line.likely = prospects(places, line.pace, calendar, now, until)
        found.append(line)
    return Lines(found, whole)


def _waiting(
    session: Session, queues: Iterable[int], now: datetime, until: datetime
) -> tuple[dict[Place, list[Waiting]], dict[Place, Counter[int]], bool]:
    """Who stands in which line, by which SLAs, and whether that is all of them."""
    query = (
        select(TicketClock.ticket_id, Ticket.queue_id, TicketClock.kind, TicketClock.sla_id,
               TicketClock.due_at)
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .where(
            TicketClock.due_at > now - timedelta(days=DAYS),
            TicketClock.due_at <= until,
            TicketClock.stopped_at.is_(None),
            Ticket.queue_id.in_(list(queues)),
        )
        .order_by(TicketClock.due_at, TicketClock.id)
        .limit(MOST + 1)
    )  # fmt: skip
    rows = session.execute(query).all()
    waiting: dict[Place, list[Waiting]] = defaultdict(list)
    slas: dict[Place, Counter[int]] = defaultdict(Counter)
    for row in rows[:MOST]:
        waiting[row.queue_id, row.kind].append(Waiting(row.ticket_id, row.due_at))
        slas[row.queue_id, row.kind][row.sla_id] += 1
    return waiting, slas, len(rows) <= MOST


def _known_ended(session: Session, now: datetime) -> Mapping[Place, list[_Ended]]:
    """What has ended, as it was a few minutes ago at most: weeks hardly change within them."""
    database = session.get_bind().engine.pool
    known, stamp = _seen.get(database), shelf(session).stamp
    if known is None or known[1] != stamp or not timedelta() <= now - known[0] < KEPT:
        known = _seen[database] = (now, stamp, _ended(session, now))
    return known[2]


def _ended(session: Session, now: datetime) -> dict[Place, list[_Ended]]:
    """How many clocks ended on which day, by whose ticket it was, in all queues."""
    postgres = session.get_bind().dialect.name == "postgresql"
    moment: Any = TicketClock.stopped_at
    day = func.date(func.timezone("UTC", moment) if postgres else moment)
    query = (
        select(Ticket.queue_id, TicketClock.kind, day, Ticket.owner_id, func.count())
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .where(
            TicketClock.stopped_at >= _midnight(now.date() - timedelta(days=DAYS)),
            TicketClock.stopped_at <= now,
        )
        .group_by(Ticket.queue_id, TicketClock.kind, day, Ticket.owner_id)
    )
    found: dict[Place, list[_Ended]] = defaultdict(list)
    for queue, kind, on, owner, count in session.execute(query):
        on = date.fromisoformat(on) if isinstance(on, str) else on
        found[queue, kind].append(_Ended(on, owner, count))
    return found


def _gone(session: Session, people: set[int], now: datetime) -> set[int]:
    """Who of these is away today, or has left for good."""
    known = list(session.scalars(select(Person).where(Person.id.in_(people))))
    absent = away(session, known, now)
    return {person.id for person in known if person.id in absent or not person.active}


def _days(
    rows: Iterable[_Ended], gone: set[int], calendar: Calendar, now: datetime
) -> Iterator[Day]:
    """Each day since the first on which anything ended, with what those did who are there now."""
    done: Counter[date] = Counter()
    first: date | None = None
    for one in rows:
        first = one.day if first is None else min(first, one.day)
        if one.owner not in gone:
            done[one.day] += one.count
    while first is not None and first <= now.date():
        begin, end = _midnight(first), min(_midnight(first + timedelta(days=1)), now)
        yield Day(working_seconds(calendar, begin, end), done[first])
        first += timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _calendars(session: Session) -> dict[int, Calendar]:
    """The calendar of each SLA; under 0 the one that holds where nothing says otherwise."""
    rows = {row.name: row for row in shelf(session).all(CalendarRow)}
    made = {name: calendar_of(name, row.document, row.free_days) for name, row in rows.items()}
    found = {sla.id: made[sla.calendar] for sla in shelf(session).all(Sla) if sla.calendar in made}
    return found | ({0: made[usual(made)]} if made else {})


def _calendar(
    queue: Queue, slas: Counter[int], calendars: Mapping[int, Calendar]
) -> Calendar | None:
    """When a queue works: by its own SLA, else by the one that most of what waits there has."""
    most = slas.most_common(1)
    for sla in (queue.sla_id, most[0][0] if most else None, 0):
        if sla is not None and sla in calendars:
            return calendars[sla]
    return None
