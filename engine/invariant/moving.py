"""Every open ticket has somebody or something that moves it next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.catalogue.models import ENDED_TYPES, Queue, State
from engine.commands.mending_process import NOTHING
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.people.models import Absence, Membership, Person, PersonRole
from engine.tickets.flow import Incident, ProcessInstance, Subscription, WorkItem
from engine.tickets.models import Ticket, TicketLink
from engine.timers.models import Timer

AGENTS = ("agent", "owner", "admin")
LONG = timedelta(days=28)  # who is away for so many days to come does not do what is open now
# Timers that move a ticket when they fire; those of clocks only say that it is late.
MOVING = ("step", "pending")
SOON = timedelta(days=1)  # a message between tickets is under way; later it waits to be awaited

STUCK = Kind(
    "ticket.stuck",
    "Nothing moves the ticket next",
    "No step, no time and nobody: the process waits for nothing that could come.",
    "It is shown among the failed steps, from where somebody lets it go on or moves it.",
    repairs=True,
)
UNSERVED = Kind(
    "ticket.unserved",
    "Nobody is there to do the open step",
    "“%(step)s” waits for %(whom)s, where nobody is left who could do it.",
    "Give the step to somebody or put people into the group. Repair shows it among the failed "
    "steps.",
    repairs=True,
)
NO_LIMIT = Kind(
    "ticket.no_limit",
    "The ticket waits for a message without a limit",
    "Only the message “%(message)s” moves it on, and no time ends the waiting.",
    "Move the ticket to another step, and give the waiting a time in the diagram. Repair shows "
    "it among the failed steps.",
    repairs=True,
)
NO_PROCESS = Kind(
    "ticket.no_process",
    "The open ticket has no process",
    "No process runs on it, so that it has no next step.",
    "It is shown among the failed steps, from where its process is begun.",
    repairs=True,
)


GOES_ON = Kind(
    "failure.over",
    "A ticket is shown as stuck that goes on again",
    "Nothing moved it at “%(step)s” when it was shown; by now something does.",
    "It is taken off the failed steps.",
    repairs=True,
)


def long_away(now: datetime) -> Select[int]:
    """Who is away now and for long; the days are those of their own wall, and so are not exact."""
    begun, back = now.date(), (now + LONG).date()
    return select(Absence.person_id).where(Absence.first_day <= begun, Absence.last_day >= back)


def staff(session: Session, now: datetime) -> tuple[list[int], list[str]]:
    """The groups in which an agent who is there may work, and the roles that somebody has."""
    agents = select(PersonRole.person_id).where(PersonRole.role.in_(AGENTS))
    can = and_(Person.id.in_(agents), Person.id.not_in(long_away(now)))
    groups = (
        select(Membership.group_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.permission == "rw", Person.active, can)
        .distinct()
    )
    roles = (
        select(PersonRole.role)
        .join(Person, Person.id == PersonRole.person_id)
        .where(Person.active, can)
        .distinct()
    )
    return list(session.scalars(groups)), list(session.scalars(roles))


def served(groups: list[int], roles: list[str], now: datetime) -> ColumnElement[bool]:
    """The condition on an open `WorkItem` that somebody is there who can do it.

    Whoever is away for long has it done by who stands in for them, if anybody does.
    """
    stands_in = aliased(Person)
    left = long_away(now).where(
        Absence.person_id == Person.id,
        ~select(stands_in.id)
        .where(stands_in.id == Absence.substitute_id, stands_in.active)
        .exists(),
    )
    agent = select(PersonRole.person_id).where(
        PersonRole.person_id == Person.id, PersonRole.role.in_(AGENTS)
    )
    ways = (Person.password_hash.is_not(None), *(
        column != "" for column in (Person.email, Person.mobile, Person.phone, Person.fax)
    ))  # fmt: skip
    there = select(Person.id).where(
        Person.id == WorkItem.person_id,
        Person.active,
        or_(
            and_(WorkItem.for_customer, or_(*ways)),
            and_(WorkItem.for_customer.is_(False), agent.exists(), ~left.exists()),
        ),
    )
    home = select(Queue.id).where(Queue.group_id.in_(groups) if groups else false())
    free = and_(
        WorkItem.person_id.is_(None),
        WorkItem.for_customer.is_(False),
        or_(
            and_(WorkItem.kind == "queue", WorkItem.queue_id.in_(home)),
            and_(WorkItem.kind == "group", WorkItem.group_id.in_(groups)),
            and_(WorkItem.kind == "role", WorkItem.role.in_(roles)),
        ),
    )
    return and_(WorkItem.status == "open", or_(free, there.exists()))


def nothing_moves(ground: Ground) -> ColumnElement[bool]:
    """The condition on an open `Ticket` that nobody and nothing moves it next."""
    return ~or_(moves(ground), helped().exists())


def moves(ground: Ground) -> ColumnElement[bool]:
    """The condition on a `Ticket` that a step, a time or a subtask moves it next."""
    key = "staff"
    if key not in ground.known:
        ground.known[key] = staff(ground.session, ground.now)
    groups, roles = ground.known[key]
    own = WorkItem.ticket_id == Ticket.id
    item = select(WorkItem.id).where(own, served(groups, roles, ground.now))
    soon = and_(Timer.kind == "message", Timer.due_at <= ground.now + SOON)
    timer = select(Timer.id).where(Timer.ticket_id == Ticket.id, or_(Timer.kind.in_(MOVING), soon))
    other, its_state = aliased(Ticket), aliased(State)
    child = (
        select(TicketLink.target_id)
        .join(other, other.id == TicketLink.target_id)
        .join(its_state, its_state.id == other.state_id)
        .where(
            TicketLink.source_id == Ticket.id,
            TicketLink.kind == "child",
            its_state.type.not_in(ENDED_TYPES),
        )
    )
    return or_(item.exists(), timer.exists(), child.exists())


def helped() -> Any:
    """An incident on the ticket that somebody has yet to deal with."""
    return select(Incident.id).where(
        Incident.ticket_id == Ticket.id, Incident.resolved_at.is_(None)
    )


def unmoved(ground: Ground, span: Span) -> Iterator[Found]:
    """Open tickets without a process, and those whose process waits for nobody and nothing."""
    runs = select(ProcessInstance.id).where(
        ProcessInstance.ticket_id == Ticket.id, ProcessInstance.status == "running"
    )
    begun = or_(runs.exists(), helped().exists())
    query = (
        select(Ticket.id, begun)
        .join(State, Ticket.state_id == State.id)
        .where(
            span.on(Ticket.id, Ticket.id),
            State.type.not_in(ENDED_TYPES),
            or_(~begun, nothing_moves(ground)),
        )
    )
    for ticket_id, has_process in ground.session.execute(query):
        if has_process:
            yield _why(ground, ticket_id)
        else:
            yield Found(NO_PROCESS.code, f"ticket {ticket_id}", ticket_id, ticket_id)


def shown_in_vain(ground: Ground, span: Span) -> Iterator[Found]:
    """Tickets that a repair has put among the failed steps, and that go on again."""
    query = (
        select(Incident.id, Incident.ticket_id, Incident.step_id)
        .join(Ticket, Ticket.id == Incident.ticket_id)
        .where(
            span.on(Incident.id, Incident.ticket_id),
            Incident.resolved_at.is_(None),
            Incident.message == NOTHING,
            moves(ground),
        )
    )
    for number, ticket, step in ground.session.execute(query):
        yield Found(GOES_ON.code, f"incident {number}", number, ticket, {"step": step})


def _why(ground: Ground, ticket_id: int) -> Found:
    """What such a ticket waits for in vain."""
    session, key = ground.session, f"ticket {ticket_id}"
    query = select(WorkItem).where(WorkItem.ticket_id == ticket_id, WorkItem.status == "open")
    item = session.scalars(query.order_by(WorkItem.id).limit(1)).first()
    if item is not None:
        step = str(item.title.get("en") or item.step_id)
        values = {"step": step, "whom": _whom(session, item)}
        return Found(UNSERVED.code, key, ticket_id, ticket_id, values)
    awaited = (
        select(func.min(Subscription.message))
        .join(ProcessInstance, ProcessInstance.id == Subscription.instance_id)
        .where(ProcessInstance.ticket_id == ticket_id, ProcessInstance.status == "running")
    )
    message = session.scalar(awaited)
    if message is not None:
        values = {"message": message.removeprefix("signal:")}
        return Found(NO_LIMIT.code, key, ticket_id, ticket_id, values)
    return Found(STUCK.code, key, ticket_id, ticket_id)


def _whom(session: Session, item: WorkItem) -> str:
    """Whom a step waits for: a person, group, role or queue by its name."""
    if item.person_id is not None:
        person = session.get(Person, item.person_id)
        return person.name if person is not None else str(item.person_id)
    if item.kind == "group" and item.group is not None:
        return str(item.group.name)
    return item.role if item.kind == "role" else str(item.queue.name)


SHOWN = Look("shown", shown_in_vain, (GOES_ON,), Incident.id)
LOOK = Look("moving", unmoved, (STUCK, UNSERVED, NO_LIMIT, NO_PROCESS), Ticket.id)
