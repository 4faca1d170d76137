"""What clocks are made of: promises, what happened, and the course of each clock that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.sla.working import Calendar

KINDS = ("first_response", "update", "solution")
UNANSWERED, EACH_CONTACT = "unanswered", "each_contact"
WARNING, BREACHED, ESCALATED = "clock.warning", "clock.breached", "clock.escalated"
RUNNING, RESTING, ENDED = "running", "resting", "ended"
BREACH = 1  # the level of a broken promise
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Promise:
    """What an SLA promises, in seconds of working time of its calendar; None promises nothing.

    `update_counts` says from when the update time counts: from the customer's oldest message that
    is not answered, or from each contact, ours too. `escalate_after` counts from the breach.
    """

    sla: str
    calendar: Calendar
    first_response: int | None = None
    update: int | None = None
    update_counts: str = UNANSWERED
    solution: int | None = None
    warn_percents: tuple[int, ...] = (75,)
    escalate_after: tuple[int, ...] = ()
    sla_id: int | None = None
    version: str = ""  # of the calendar, where it is kept

    def target(self, kind: str) -> int | None:
        """What is promised for one kind of clock."""
        return {
            "first_response": self.first_response,
            "update": self.update,
            "solution": self.solution,
        }[kind]


@dataclass(frozen=True)
class Mark:
    """A moment of a clock that others are told of: so much of its time is used.

    `level` is 0 for a warning, 1 for the breach, more for each step of the escalation after it.
    `told_at` is when it was told, which after an outage is later than `at`.
    """

    event: str
    percent: int
    level: int
    at: datetime
    told_at: datetime | None = None

    @property
    def rank(self) -> int:
        """Its place in the order in which marks come."""
        return self.percent if self.level == 0 else 99 + self.level

    @property
    def tell_at(self) -> datetime:
        """When it is to be told: until its last second is over a promise may still be kept."""
        return self.at + SECOND if self.level == BREACH else self.at


@dataclass(frozen=True)
class Happening:
    """Something that moved a ticket's clocks, and why: by which article, step or state.

    `what` is opened, promised, rests, runs, answered, wrote, closed, reopened or told. `promised`
    brings the promise, or with None takes it away. `told` says that the `mark` of the
    clock of that `kind`, in its course that began at `begun`, was told under `promise`.
    """

    at: datetime
    what: str
    promise: Promise | None = None
    article_id: int | None = None
    step: str = ""
    state: str = ""
    reason: str = ""
    kind: str = ""
    begun: datetime | None = None
    mark: Mark | None = None


@dataclass(frozen=True)
class Span:
    """A stretch of a clock's life. The last one has no end; `ended` between two is nobody's."""

    begin: datetime
    end: datetime | None
    phase: str
    by: Happening


@dataclass(frozen=True)
class Course:
    """One clock from its begin to its end; of the update time there is one for each cycle.

    `used` and `left` are as of the moment asked for, `settled` is what was used before the clock
    last began to run. `due_at` is when a running clock breaks its promise, or did. `marks` are
    those that have come and, while it runs, those to come.
    """

    kind: str
    promise: Promise
    target: int
    begun: Happening
    spans: tuple[Span, ...]
    used: int
    left: int
    due_at: datetime | None
    ended: Happening | None
    marks: tuple[Mark, ...]
    settled: int = 0

    @property
    def phase(self) -> str:
        """Whether it is running, resting or ended."""
        return self.spans[-1].phase

    @property
    def running_since(self) -> datetime | None:
        """When a clock that runs last began to."""
        return self.spans[-1].begin if self.phase == RUNNING else None

    @property
    def breached_at(self) -> datetime | None:
        """When the promise was broken, or will be if nothing happens."""
        return next((mark.at for mark in self.marks if mark.level == BREACH), None)

    @property
    def next_mark(self) -> Mark | None:
        """The next mark that nobody was told of, be it to come or missed."""
        return next((mark for mark in self.marks if mark.told_at is None), None)
