"""One unit of work: who does it, when, in which transaction, and because of what.

Actor, time and cause are passed in with it, never looked up from somewhere; this is also the one
place, beside the outbox drain, that commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from engine.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from engine.desk import Desk

T = TypeVar("T")
TRIES = 3
LATE = timedelta(seconds=60)


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with roles and group permissions, or the desk itself (`id` None)."""

    name: str
    id: int | None = None
    roles: frozenset[str] = frozenset()
    groups: Mapping[int, frozenset[str]] = field(default_factory=dict, hash=False)
    queues: frozenset[int] | None = None  # what these groups may read, where that was looked up
    language: str = "en"
    zone: str = "Europe/Berlin"
    organisation_id: int | None = None
    company_view: bool = False
    internal: bool = False  # belongs to the house, not to a customer of it

    @property
    def is_agent(self) -> bool:
        """Whether this actor works on tickets."""
        return bool(self.roles & {"agent", "owner", "admin"})

    @property
    def is_system(self) -> bool:
        """Whether this is the desk itself, which may do what a process or rule asks for."""
        return "system" in self.roles

    def groups_with(self, permission: str) -> list[int]:
        """Ids of the groups in which this actor has the permission, or `rw`, which means all."""
        return sorted(g for g, given in self.groups.items() if permission in given or "rw" in given)


SYSTEM = Actor("Vorgang", roles=frozenset({"system"}))


@dataclass(frozen=True)
class Cause:
    """Why something happens: by a person, rule, step, timer, clock, mail or the system itself."""

    kind: str
    reason: str = ""
    ref: Mapping[str, Any] = field(default_factory=dict)
    trace_id: int | None = None
    depth: int = 0
    rules: frozenset[str] = frozenset()  # rules that led here and must not fire again


PERSON = Cause("person")


@dataclass(frozen=True)
class Work:
    """A transaction with its actor, its time and its cause."""

    session: Session
    actor: Actor
    now: datetime
    desk: Desk
    cause: Cause = PERSON
    by: int | None = None  # who set going what the desk does now, if it was a person
    due: datetime | None = None  # when that was to happen, where it waited for a moment
    clock: str = ""  # the kind of promise that runs out, where that is what set it going

    def because(self, cause: Cause) -> Work:
        """The same work with another cause, for what follows automatically from a change."""
        return replace(self, cause=cause)

    def as_desk(self) -> Work:
        """The same work done by the desk itself, for what processes and rules do."""
        return replace(self, actor=SYSTEM, by=self.actor.id or self.by)

    @property
    def late_since(self) -> datetime | None:
        """When this was to happen, where it comes noticeably later: the desk did not run then."""
        return self.due if self.due is not None and self.now - self.due >= LATE else None

    def own_doing(self, person_id: int | None) -> bool:
        """Whether this person does it, or set going what the desk does here."""
        return person_id is not None and person_id in (self.actor.id, self.by)


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Commit at the end or roll everything back; database faults become errors a door can tell."""
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def drop_changes(session: Session) -> None:
    """What was written so far in this transaction did not happen; what is read from here on is what
    stands. For a door that answers a refused command with a page."""
    session.rollback()


def attempt(make: Callable[[], T]) -> T:
    """Call `make` (one whole transaction), again where the database asks to try again.

    Raises `Conflict` when others keep changing the same thing and `Unavailable` when the database
    does not answer.
    """
    for round_number in range(1, TRIES + 1):
        try:
            return make()
        except (StaleDataError, IntegrityError) as error:
            if round_number == TRIES:
                raise Conflict("Somebody else changed this at the same time.") from error
        except OperationalError as error:
            if round_number == TRIES or not retryable(error):
                raise Unavailable("The database does not answer.") from error
    raise AssertionError("unreachable")


def retryable(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is tried again (deadlock, serialization)."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01"} or "database is locked" in str(error.orig)
