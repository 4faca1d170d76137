"""The rows beside a running process are what the process waits for, no more and no less.

The state of each instance is read at a glance, without bringing it to life, and held against its
work items, subscriptions, stays, incidents and timer. All of a slice is asked in a few questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from engine.catalogue.published import ProcessVersion
from engine.commands.mending_process import NOTHING
from engine.errors import VorgangError
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, Subscription, WorkItem
from engine.timers.models import Timer
from engine.workflow import Definition
from engine.workflow.glance import Glance, glance

AT_ONCE = 20  # states in memory
ROWS = "The rows of the process are made anew from its state; nothing is moved by that."

STEP_LOST = Kind(
    "step.lost",
    "An open step is on no list",
    "The process waits for somebody at “%(step)s”, and no task list shows it.",
    ROWS,
    repairs=True,
)
STEP_LEFT = Kind(
    "step.left_over",
    "A task list shows a step that is over",
    "“%(step)s” is on a list, and the process does not wait there.",
    ROWS,
    repairs=True,
)
AWAIT_LOST = Kind(
    "message.lost",
    "A message would not be heard",
    "The process waits for the message “%(message)s”, and the desk does not know.",
    ROWS,
    repairs=True,
)
AWAIT_LEFT = Kind(
    "message.left_over",
    "A message is awaited in vain",
    "The desk would hand on the message “%(message)s”, which the process does not wait for.",
    ROWS,
    repairs=True,
)
STAY_LOST = Kind(
    "stay.lost",
    "A stay at a step is not written down",
    "The process stands at “%(step)s”, and its times do not say so.",
    ROWS,
    repairs=True,
)
STAY_LEFT = Kind(
    "stay.left_over",
    "A stay at a step has no end",
    "The times of the steps say that the process still stands at “%(step)s”.",
    ROWS,
    repairs=True,
)
FAILED_LOST = Kind(
    "failure.lost",
    "A failed step is not shown",
    "“%(step)s” has failed, and no list of failed steps shows it.",
    ROWS,
    repairs=True,
)
FAILED_LEFT = Kind(
    "failure.left_over",
    "A failed step is shown that goes on again",
    "“%(step)s” is shown as failed, and the process has gone on.",
    ROWS,
    repairs=True,
)
TIME_LOST = Kind(
    "step_timer.lost",
    "A time of the process would pass unseen",
    "The process waits for %(due)s, and no timer is set.",
    ROWS,
    repairs=True,
)
TIME_OTHER = Kind(
    "step_timer.elsewhere",
    "A time of the process would come at another moment",
    "The process waits for %(due)s, and its timer stands at %(timer)s.",
    "The timer is set to what the process waits for.",
    repairs=True,
)
TIME_LEFT = Kind(
    "step_timer.left_over",
    "A timer of a process that waits for no time",
    "A timer is set for %(due)s, and the process waits for no time.",
    ROWS,
    repairs=True,
)
UNREADABLE = Kind(
    "process.unreadable",
    "The state of a process cannot be read",
    "Version %(version)s: %(problem)s",
    "Put its state back from the last backup, or begin its process anew on the ticket.",
)
OVER = Kind(
    "process.over",
    "A process that has ended counts as running",
    "All its steps are over, and it is still written down as running.",
    "It is ended; the ticket closes as it would have then.",
    repairs=True,
)
KINDS = (
    STEP_LOST, STEP_LEFT, AWAIT_LOST, AWAIT_LEFT, STAY_LOST, STAY_LEFT, FAILED_LOST,
    FAILED_LEFT, TIME_LOST, TIME_OTHER, TIME_LEFT, UNREADABLE, OVER,
)  # fmt: skip


def compared(ground: Ground, span: Span) -> Iterator[Found]:
    """Running instances whose rows are not what they wait for."""
    runs = (
        span.on(ProcessInstance.id, ProcessInstance.ticket_id),
        ProcessInstance.status == "running",
        ProcessInstance.ended_at.is_(None),
    )
    own = select(ProcessInstance.id).where(*runs).order_by(ProcessInstance.id)
    beside = _Beside(ground, list(ground.session.scalars(own)))
    query = select(
        ProcessInstance.id, ProcessInstance.ticket_id, ProcessInstance.version_id,
        ProcessInstance.document,
    ).where(*runs)  # fmt: skip
    # One after the other: a state is large, and reading many costs twice as much when all are kept.
    for row in ground.session.execute(query.execution_options(yield_per=AT_ONCE)):
        definition = _definition(ground, row.version_id)
        if definition is None:  # told once, of the version
            continue
        try:
            stands = glance(definition, row.document)
        except VorgangError as error:
            yield Found(
                UNREADABLE.code, f"process {row.id}", row.id, row.ticket_id,
                {"version": _label(ground, row.version_id), "problem": error.message},
            )  # fmt: skip
            continue
        if stands.done:
            yield Found(OVER.code, f"process {row.id}", row.id, row.ticket_id)
            continue
        yield from _differences(beside, row.id, row.ticket_id, stands)


class _Beside:
    """The open rows of some instances, each kind asked for once."""

    def __init__(self, ground: Ground, ids: Sequence[int]) -> None:
        session = ground.session
        self.items: dict[int, dict[str, tuple[int, str]]] = defaultdict(dict)
        self.twice: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self.awaits: dict[int, set[tuple[str, str]]] = defaultdict(set)
        self.stays: dict[int, dict[str, tuple[int, str]]] = defaultdict(dict)
        self.nameless: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self.failed: dict[int, dict[str, str]] = defaultdict(dict)
        self.timers: dict[int, datetime] = {}
        if not ids:
            return
        item = select(WorkItem.instance_id, WorkItem.id, WorkItem.task_id, WorkItem.step_id)
        for instance, number, task, step in session.execute(
            item.where(_among(WorkItem.instance_id, ids), WorkItem.status == "open").order_by(
                WorkItem.id
            )
        ):
            if task in self.items[instance]:
                self.twice[instance].append((number, step))
            else:
                self.items[instance][task] = (number, step)
        wait = select(Subscription.instance_id, Subscription.task_id, Subscription.message)
        for instance, task, message in session.execute(
            wait.where(_among(Subscription.instance_id, ids))
        ):
            self.awaits[instance].add((task, message))
        stay = select(StepVisit.instance_id, StepVisit.id, StepVisit.task_id, StepVisit.step_id)
        for instance, number, task, step in session.execute(
            stay.where(_among(StepVisit.instance_id, ids), StepVisit.left_at.is_(None)).order_by(
                StepVisit.id
            )
        ):
            if task and task not in self.stays[instance]:
                self.stays[instance][task] = (number, step)
            else:  # from before tasks were noted: goes by its step
                self.nameless[instance].append((number, step))
        failure = select(Incident.instance_id, Incident.task_id, Incident.step_id)
        for owner, task, step in session.execute(
            failure.where(
                _among(Incident.instance_id, ids),
                Incident.resolved_at.is_(None),
                Incident.message != NOTHING,  # shown because of what is asked elsewhere
            )
        ):
            self.failed[owner or 0][task] = step
        timer = select(Timer.subject, Timer.due_at).where(Timer.kind == "step")
        for subject, due in session.execute(timer.where(Timer.subject.in_([str(i) for i in ids]))):
            self.timers[int(subject)] = due


def _among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """The condition that a column names one of them; where they lie close together, or between."""
    if ids[-1] - ids[0] < 4 * len(ids):
        return and_(column >= ids[0], column <= ids[-1])
    return column.in_(ids)  # type: ignore[no-any-return]


def _differences(beside: _Beside, number: int, ticket: int, stands: Glance) -> Iterator[Found]:
    def found(kind: Kind, what: str, **values: Any) -> Found:
        return Found(kind.code, f"process {number} {what}", number, ticket, values)

    items = beside.items.get(number, {})
    for task in stands.steps.keys() - items.keys():
        yield found(STEP_LOST, task, step=stands.steps[task])
    for task in items.keys() - stands.steps.keys():
        yield found(STEP_LEFT, f"item {items[task][0]}", step=items[task][1])
    for item, step in beside.twice.get(number, ()):
        yield found(STEP_LEFT, f"item {item}", step=step)
    awaits = beside.awaits.get(number, set())
    for task, message in stands.awaits - awaits:
        yield found(AWAIT_LOST, f"{task} {message}", message=message)
    for task, message in awaits - stands.awaits:
        yield found(AWAIT_LEFT, f"{task} {message}", message=message)
    failed = beside.failed.get(number, {})
    for task in stands.failed.keys() - failed.keys():
        yield found(FAILED_LOST, task, step=stands.failed[task])
    for task in failed.keys() - stands.failed.keys() - {""}:
        yield found(FAILED_LEFT, f"{task} failure", step=failed[task])
    yield from _time(stands.due_at, beside.timers.get(number), found)
    yield from _stays(beside, number, stands, found)


def _time(due: datetime | None, timer: datetime | None, found: Any) -> Iterator[Found]:
    if due is not None and timer is None:
        yield found(TIME_LOST, "timer", due=due.isoformat())
    elif due is None and timer is not None:
        yield found(TIME_LEFT, "timer", due=timer.isoformat())
    elif due != timer and due is not None and timer is not None:
        yield found(TIME_OTHER, "timer", due=due.isoformat(), timer=timer.isoformat())


def _stays(beside: _Beside, number: int, stands: Glance, found: Any) -> Iterator[Found]:
    stays, nameless = beside.stays.get(number, {}), list(beside.nameless.get(number, ()))
    for task in stands.places.keys() - stays.keys():
        step = stands.places[task]
        same = next((one for one in nameless if one[1] == step), None)
        if same is not None:
            nameless.remove(same)
        else:
            yield found(STAY_LOST, f"{task} stay", step=step)
    left = [stays[task] for task in stays.keys() - stands.places.keys()]
    for stay, step in [*left, *nameless]:
        yield found(STAY_LEFT, f"stay {stay}", step=step)


def _definition(ground: Ground, version_id: int) -> Definition | None:
    """The diagram of a version, read once in a look; None where it cannot be."""
    known: dict[int, Definition | None] = ground.known.setdefault("definitions", {})
    if version_id not in known:
        version = ground.session.get(ProcessVersion, version_id)
        known[version_id] = None
        with suppress(Exception):  # files of another form than was ever published
            if version is not None:
                known[version_id] = ground.desk.library.definition(version)
    return known[version_id]


def _label(ground: Ground, version_id: int) -> str:
    version = ground.session.get(ProcessVersion, version_id)
    return f"{version.key} v{version.number}" if version is not None else str(version_id)


LOOK = Look("standing", compared, KINDS, ProcessInstance.id, size=1000)
