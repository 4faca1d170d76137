"""How the processes are doing: what is under way, where, what stopped, how long it takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from engine.audit.models import DeskEntry
from engine.audit.queries import ROLLED_BACK, put_in_force
from engine.catalogue.published import SHARED, ProcessInForce, ProcessVersion
from engine.catalogue.shelf import shelve
from engine.errors import NotFound
from engine.sla.models import TicketClock
from engine.tickets.access import visible
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, WorkItem
from engine.tickets.models import InboundMessage, Ticket
from engine.tickets.step_times import same_task
from engine.work import Actor

DAYS = 30
SLICE = 3  # days of one point of the line
MOST_CLOSED = 20_000
MOST_TICKETS = 200


@dataclass
class Figures:
    """One process in numbers; `median_seconds` of those that ended in the last 30 days."""

    running: int = 0
    incidents: int = 0
    closed: int = 0
    late: int = 0  # of those closed, how many missed a promise
    median_seconds: float | None = None
    trend: list[int] = field(default_factory=lambda: [0] * (DAYS // SLICE))

    @property
    def share_late(self) -> float | None:
        """The share of those closed that missed a promise; None where none was closed."""
        return self.late / self.closed if self.closed else None


@dataclass(frozen=True)
class Place:
    """A ticket under way and the step at which it stands; `kind` is work, wait or stopped."""

    step_id: str
    ticket: Ticket
    since: datetime
    person: str
    kind: str


def processes_in_force(session: Session) -> list[ProcessVersion]:
    """The version in force of every process, by key."""
    query = select(ProcessInForce).where(~ProcessInForce.key.startswith(SHARED, autoescape=True))
    return [row.version for row in session.scalars(query.order_by(ProcessInForce.key))]


def parts_in_force(session: Session) -> list[ProcessVersion]:
    """The version in force of every part that processes call, by key."""
    query = select(ProcessInForce).where(ProcessInForce.key.startswith(SHARED, autoescape=True))
    return [row.version for row in session.scalars(query.order_by(ProcessInForce.key))]


def process_in_force(session: Session, key: str) -> ProcessVersion:
    """The version of one process that new tickets take; raises `NotFound`."""
    row = session.get(ProcessInForce, key)
    if row is None:
        raise NotFound("There is no such process.")
    return row.version


def in_force_since(session: Session, version: ProcessVersion) -> datetime:
    """Since when new tickets take this version: it may have been put back long after it came."""
    latest = next(iter(put_in_force(session, version.key)), None)
    known = latest is not None and latest.detail.get("version") == version.number
    return latest.at if latest is not None and known else version.published_at


def put_back(session: Session, key: str) -> dict[int, DeskEntry]:
    """By number of the versions that came in force once more when that was last, and by whom."""
    found: dict[int, list[DeskEntry]] = defaultdict(list)
    for entry in put_in_force(session, key):
        found[int(entry.detail.get("version", 0))].append(entry)
    return {
        number: entries[0]
        for number, entries in found.items()
        if len(entries) > 1 or entries[0].what == ROLLED_BACK
    }


def versions(session: Session, key: str) -> list[tuple[ProcessVersion, int]]:
    """Every version of a process with how many tickets are on it, newest first."""
    running = (
        select(ProcessInstance.version_id, func.count(ProcessInstance.id).label("running"))
        .where(ProcessInstance.status == "running")
        .group_by(ProcessInstance.version_id)
        .subquery()
    )
    query = (
        select(ProcessVersion, running.c.running)
        .outerjoin(running, running.c.version_id == ProcessVersion.id)
        .where(ProcessVersion.key == key)
        .order_by(ProcessVersion.number.desc())
    )
    return [(version, count or 0) for version, count in session.execute(query)]


def figures(session: Session, now: datetime) -> dict[str, Figures]:
    """The figures of every process that has ever been started, by key."""
    found: dict[str, Figures] = {}
    by_key = select(ProcessVersion.key, func.count(ProcessInstance.id)).join(
        ProcessInstance, ProcessInstance.version_id == ProcessVersion.id
    )
    running = by_key.where(ProcessInstance.status == "running").group_by(ProcessVersion.key)
    for key, count in session.execute(running):
        found.setdefault(key, Figures()).running = count
    stopped = (
        select(ProcessVersion.key, func.count(Incident.id))
        .join(ProcessInstance, ProcessInstance.version_id == ProcessVersion.id)
        .join(Incident, Incident.instance_id == ProcessInstance.id)
        .where(Incident.resolved_at.is_(None))
        .group_by(ProcessVersion.key)
    )
    for key, count in session.execute(stopped):
        found.setdefault(key, Figures()).incidents = count
    _closings(session, now, found)
    return found


def _closings(session: Session, now: datetime, found: dict[str, Figures]) -> None:
    since = now - timedelta(days=DAYS)
    missed = exists().where(
        TicketClock.ticket_id == ProcessInstance.ticket_id, TicketClock.breached_at.is_not(None)
    )
    query = (
        select(ProcessVersion.key, ProcessInstance.started_at, ProcessInstance.ended_at, missed)
        .join(ProcessInstance, ProcessInstance.version_id == ProcessVersion.id)
        .where(ProcessInstance.status == "done", ProcessInstance.ended_at > since)
        .order_by(ProcessInstance.id.desc())
        .limit(MOST_CLOSED)
    )
    lasted: dict[str, list[float]] = {}
    for key, started, ended, late in session.execute(query):
        if ended is None:
            continue
        lasted.setdefault(key, []).append((ended - started).total_seconds())
        trend = found.setdefault(key, Figures()).trend
        found[key].late += bool(late)
        trend[min(len(trend) - 1, max(0, (ended - since).days // SLICE))] += 1
    for key, seconds in lasted.items():
        found[key].closed, found[key].median_seconds = len(seconds), median(seconds)


def step_counts(session: Session, key: str, steps: Iterable[str]) -> dict[str, int]:
    """How many running tickets stand at each of these steps of the diagram.

    A step of a called process counts for the element that calls it.
    """
    standing = (
        select(StepVisit.step_id)
        .join(ProcessInstance, ProcessInstance.id == StepVisit.instance_id)
        .join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(ProcessVersion.key == key, StepVisit.left_at.is_(None))
        .group_by(StepVisit.instance_id, StepVisit.step_id)
    )
    known = set(steps)
    counts = Counter(
        step if step in known else step.split("/", 1)[0] for step in session.scalars(standing)
    )
    return {step: count for step, count in counts.items() if step in known}


def places(session: Session, actor: Actor, key: str, calls: Collection[str] = ()) -> list[Place]:
    """Where tickets of this process stand that the actor may see, the oldest first.

    Steps that only wait for a message or a time count as well; `calls` are told by their steps.
    """
    query = (
        select(StepVisit, Ticket, WorkItem, Incident.id)
        .join(Ticket, Ticket.id == StepVisit.ticket_id)
        .join(ProcessVersion, ProcessVersion.id == StepVisit.version_id)
        .outerjoin(WorkItem, same_task(WorkItem, WorkItem.status == "open"))
        .outerjoin(Incident, same_task(Incident, Incident.resolved_at.is_(None)))
        .where(ProcessVersion.key == key, StepVisit.left_at.is_(None), visible(actor))
        .where(StepVisit.step_id.not_in(calls))
        .options(joinedload(WorkItem.person))
        .order_by(StepVisit.entered_at, StepVisit.id)
        .limit(MOST_TICKETS)
    )
    return [
        Place(
            visit.step_id,
            ticket,
            visit.entered_at,
            item.person.name if item and item.person else "",
            "stopped" if incident else "work" if item else "wait",
        )
        for visit, ticket, item, incident in session.execute(query)
    ]


def outcomes(session: Session, since: datetime | None = None) -> dict[str, int]:
    """How many inbound messages became what; the sum is how many ever reached us."""
    query = select(InboundMessage.outcome, func.count(InboundMessage.id))
    if since is not None:
        query = query.where(InboundMessage.received_at > since)
    return dict(session.execute(query.group_by("outcome")).all())


def held_by_sender(session: Session) -> dict[str, int]:
    """How many messages of each sender are held back."""
    query = select(InboundMessage.sender, func.count(InboundMessage.id))
    query = query.where(InboundMessage.outcome == "held").group_by(InboundMessage.sender)
    return dict(session.execute(query).all())


def inbound_page(
    session: Session, *, outcome: str = "", before: int | None = None, limit: int = 50
) -> list[tuple[InboundMessage, str | None]]:
    """Messages with the number of the ticket that they became, newest first."""
    query = select(InboundMessage, Ticket.number).outerjoin(
        Ticket, Ticket.id == InboundMessage.ticket_id
    )
    if outcome:
        query = query.where(InboundMessage.outcome == outcome)
    if before is not None:
        query = query.where(InboundMessage.id < before)
    rows = session.execute(query.order_by(InboundMessage.id.desc()).limit(limit))
    return [(message, number) for message, number in rows]


def readable(session: Session, actor: Actor, ids: Iterable[int | None]) -> dict[int, Ticket]:
    """Those of these tickets that the actor may read, by id; of the others nothing is told."""
    wanted = sorted({ticket_id for ticket_id in ids if ticket_id is not None})
    rows = session.scalars(select(Ticket).where(Ticket.id.in_(wanted), visible(actor)))
    return {row.id: shelve(session, row) for row in rows}


def incident_page(
    session: Session, *, key: str = "", limit: int = 200
) -> list[tuple[Incident, str]]:
    """Unresolved incidents with the process in which each happened, newest first."""
    query = (
        select(Incident, func.coalesce(ProcessVersion.key, ""))
        .outerjoin(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .outerjoin(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(Incident.resolved_at.is_(None))
        .order_by(Incident.id.desc())
        .limit(limit)
    )
    if key:
        query = query.where(ProcessVersion.key == key)
    return [(incident, process) for incident, process in session.execute(query)]


def incident_count(session: Session, key: str = "") -> int:
    """How many steps have failed and not been mended, in all processes or in one."""
    query = select(func.count(Incident.id)).where(Incident.resolved_at.is_(None))
    if key:
        query = query.join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        query = query.join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        query = query.where(ProcessVersion.key == key)
    return int(session.scalar(query) or 0)


def numbers(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The numbers of these tickets by id."""
    wanted = sorted({ticket_id for ticket_id in ids if ticket_id is not None})
    query = select(Ticket.id, Ticket.number).where(Ticket.id.in_(wanted))
    return dict(session.execute(query).all())
