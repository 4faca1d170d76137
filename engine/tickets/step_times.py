"""How long tickets stay at each step, how often they come there, and where they wait now.

Answered from the visits alone, added up by the database: a process that has seen a hundred thousand
of them is read without fetching any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.catalogue.models import Queue
from engine.catalogue.shelf import shelve
from engine.people.models import Group, Person
from engine.tickets.access import visible
from engine.tickets.flow import Incident, StepVisit, Subscription, WorkItem
from engine.tickets.models import Ticket
from engine.work import Actor

FAR = 3  # an outlier took more than this many times as long as nine of ten visits …
FAR_SECONDS = 3_600  # … and at least this long
FAR_VISITS = 10  # fewer visits do not say what is usual
MOST_OUTLIERS = 500


@dataclass(frozen=True)
class Scope:
    """Which visits: of these versions, left in this time, in this queue where one is given.

    With `working` only working time counts; of visits from before that was kept nothing is known.
    """

    versions: tuple[int, ...]
    since: datetime | None = None
    until: datetime | None = None
    queue_id: int | None = None
    working: bool = False

    @property
    def seconds(self) -> InstrumentedAttribute[Any]:
        """The column of the time that counts."""
        return StepVisit.worked if self.working else StepVisit.seconds

    @property
    def here(self) -> ColumnElement[bool]:
        """The condition on where a visit was, not on when."""
        found = StepVisit.version_id.in_(self.versions)
        return and_(found, StepVisit.queue_id == self.queue_id) if self.queue_id else found

    @property
    def over(self) -> ColumnElement[bool]:
        """The condition for visits that ended within the time."""
        wanted = [self.here, StepVisit.left_at.is_not(None)]
        if self.working:
            wanted.append(StepVisit.worked.is_not(None))
        if self.since is not None:
            wanted.append(StepVisit.left_at >= self.since)
        if self.until is not None:
            wanted.append(StepVisit.left_at < self.until)
        return and_(*wanted)


@dataclass(frozen=True)
class StepTimes:
    """One step in figures; times in seconds, of visits that are over."""

    step_id: str
    visits: int
    tickets: int
    cancelled: int
    total: int
    median: int
    p90: int
    longest: int

    @property
    def far(self) -> int | None:
        """Beyond how many seconds a visit is an outlier; None where too few say what is usual."""
        return max(FAR * self.p90, FAR_SECONDS) if self.visits >= FAR_VISITS else None

    @property
    def outliers(self) -> bool:
        """Whether any visit is that far out."""
        return self.far is not None and self.longest > self.far


@dataclass(frozen=True)
class Standing:
    """Tickets that stand at a step now and wait for the same: queue, group, person, …"""

    step_id: str
    whom: str  # queue, group, role, person, customer, stopped, message, other
    name: str
    count: int
    oldest: datetime


def step_times(session: Session, scope: Scope) -> list[StepTimes]:
    """The figures of every step that was left within the scope, by what they cost in all."""
    query = select(
        StepVisit.step_id,
        func.count(),
        func.count(distinct(StepVisit.ticket_id)),
        func.sum(case((StepVisit.outcome == "cancelled", 1), else_=0)),
        func.sum(scope.seconds),
        func.max(scope.seconds),
    ).where(scope.over)
    rows = session.execute(query.group_by(StepVisit.step_id)).all()
    timed = [step for step, *_, longest in rows if longest]  # the others ran by themselves
    usual = _usual(session, scope, timed) if timed else {}
    found = []
    for step, visits, tickets, cancelled, total, longest in rows:
        median, p90 = usual.get(step, (0, 0))
        found.append(
            StepTimes(
                step, visits, tickets, int(cancelled or 0), int(total or 0), median, p90,
                int(longest or 0),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-one.total, -one.visits, one.step_id))


def _usual(session: Session, scope: Scope, steps: list[str]) -> dict[str, tuple[int, int]]:
    """By step how long half of its visits took at most, and how long nine of ten.

    PostgreSQL knows that itself. SQLite could only by ranking every visit, which takes it several
    times as long as handing the seconds over to be sorted here.
    """
    step, seconds = StepVisit.step_id, scope.seconds
    wanted = scope.over, step.in_(steps)
    if session.get_bind().dialect.name == "postgresql":
        half, most = (func.percentile_disc(share).within_group(seconds) for share in (0.5, 0.9))
        query = select(step, half, most).where(*wanted).group_by(step)
        return {one: (int(median), int(p90)) for one, median, p90 in session.execute(query)}
    values: dict[str, list[int]] = {one: [] for one in steps}
    for one, value in session.execute(select(step, seconds).where(*wanted)):
        values[one].append(value or 0)
    found = {}
    for one, taken in values.items():
        taken.sort()
        found[one] = tuple(taken[ceil(len(taken) * tenths / 10) - 1] for tenths in (5, 9))
    return {one: (half, most) for one, (half, most) in found.items()}


def standing_now(session: Session, scope: Scope) -> list[Standing]:
    """Where the tickets under way stand and for whom they wait, the longest wait first.

    The time of the scope does not matter here: now is now.
    """
    whom, name = _whom()
    query = (
        select(
            StepVisit.step_id, whom, name, func.count(distinct(StepVisit.id)),
            func.min(StepVisit.entered_at),
        )
        .outerjoin(WorkItem, same_task(WorkItem, WorkItem.status == "open"))
        .outerjoin(Incident, same_task(Incident, Incident.resolved_at.is_(None)))
        .outerjoin(Subscription, same_task(Subscription))
        .outerjoin(Person, Person.id == WorkItem.person_id)
        .outerjoin(Group, Group.id == WorkItem.group_id)
        .outerjoin(Queue, Queue.id == WorkItem.queue_id)
        .where(scope.here, StepVisit.left_at.is_(None))
        .group_by(StepVisit.step_id, whom, name)
    )  # fmt: skip
    rows = [Standing(*row) for row in session.execute(query)]
    return sorted(rows, key=lambda one: (one.oldest, one.step_id, one.name))


def any_visit(session: Session, scope: Scope) -> bool:
    """Whether there is any visit in the scope at all, over or not."""
    return session.scalar(select(StepVisit.id).where(scope.here).limit(1)) is not None


def same_task(model: Any, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition for a row that belongs to the very task of a visit."""
    same = [model.instance_id == StepVisit.instance_id, model.task_id == StepVisit.task_id]
    return and_(*same, *more)


def _whom() -> tuple[ColumnElement[str], ColumnElement[str]]:
    """What a visit waits for, and the name of that."""
    choices: list[tuple[Any, str, Any]] = [
        (Incident.id.is_not(None), "stopped", ""),
        (WorkItem.for_customer, "customer", Person.name),
        (WorkItem.person_id.is_not(None), "person", Person.name),
        (WorkItem.kind == "group", "group", Group.name),
        (WorkItem.kind == "role", "role", WorkItem.role),
        (WorkItem.id.is_not(None), "queue", Queue.name),
        (Subscription.message.is_not(None), "message", Subscription.message),
    ]
    kinds = [(condition, kind) for condition, kind, _ in choices]
    names = [(condition, name) for condition, _, name in choices]
    return case(*kinds, else_="other").label("whom"), case(*names, else_="").label("name")


def outlier_count(session: Session, scope: Scope, limits: Mapping[str, int]) -> dict[str, int]:
    """How many visits of each step took longer than its limit."""
    if not limits:
        return {}
    query = select(StepVisit.step_id, func.count()).where(scope.over, _beyond(scope, limits))
    return dict(session.execute(query.group_by(StepVisit.step_id)).all())


def outliers(
    session: Session, actor: Actor, scope: Scope, limits: Mapping[str, int]
) -> tuple[list[tuple[StepVisit, Ticket]], int]:
    """The visits beyond the limit of their step on tickets that the actor may read, longest first.

    Of the others it is only told how many there are.
    """
    if not limits:
        return [], 0
    far = scope.over, _beyond(scope, limits)
    of = select(StepVisit, Ticket).join(Ticket, Ticket.id == StepVisit.ticket_id)
    query = of.where(*far, visible(actor)).order_by(scope.seconds.desc(), StepVisit.id)
    rows = [(v, shelve(session, t)) for v, t in session.execute(query.limit(MOST_OUTLIERS))]
    all_of_them = int(session.scalar(select(func.count(StepVisit.id)).where(*far)) or 0)
    seen = len(rows)
    if seen == MOST_OUTLIERS:
        counted = select(func.count(StepVisit.id)).join(Ticket, Ticket.id == StepVisit.ticket_id)
        seen = int(session.scalar(counted.where(*far, visible(actor))) or 0)
    return rows, all_of_them - seen


def _beyond(scope: Scope, limits: Mapping[str, int]) -> ColumnElement[bool]:
    return or_(
        *(and_(StepVisit.step_id == step, scope.seconds > limit) for step, limit in limits.items())
    )


def visits_of(session: Session, instance_id: int) -> Sequence[StepVisit]:
    """Every stay of one instance, in the order of coming."""
    query = select(StepVisit).where(StepVisit.instance_id == instance_id)
    return session.scalars(query.order_by(StepVisit.id)).all()
