"""Who may see which ticket and do what with it: one answer for lists, pages, API and search.

The matrix in docs/access.md is this module in words; tests/engine/tickets/test_access.py walks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.base import ExecutableOption

from engine.catalogue.models import Queue
from engine.catalogue.shelf import shelf, shelve
from engine.errors import NotAllowed, NotFound
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Participant, Ticket
from engine.work import Actor, Work

# verb → the group permission that an agent needs in the ticket's queue
VERBS = {
    "read": "ro",
    "note": "note",
    "reply": "rw",
    "forward": "rw",
    "work": "rw",
    "move": "move_into",
    "owner": "owner",
    "priority": "priority",
    "change": "rw",
    "close": "rw",
    "merge": "rw",
    "link": "rw",
}
CUSTOMER_VERBS = {"read", "answer", "attach"}


@lru_cache(maxsize=1024)
def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Ticket` that is true for what the actor may read.

    Making it takes longer than asking with it, and a page asks several times: it is kept for as
    long as somebody with the same rights asks.
    """
    if actor.is_system:
        return true()
    if actor.id is None:
        return false()
    if actor.is_agent:
        return or_(*_agent_conditions(actor))
    # Who has decided about a request may read on what became of it; what somebody did as an agent
    # gives them nothing as a customer.
    return or_(*_own_conditions(actor), _item_of(actor, ("open", "done"), asked=True))


def at_home(session: Session, actor: Actor) -> Actor:
    """An agent with the queues that their groups may read.

    `visible` then names them, which a database tests several times faster, ticket by ticket, than
    it asks whose queue that is.
    """
    if not actor.is_agent:
        return actor
    groups = set(actor.groups_with("ro"))
    ids = shelf(session).keys(Queue, lambda queue: queue.group_id in groups)
    return replace(actor, queues=frozenset(ids))


def visible_articles(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Article` within a ticket that the actor may read."""
    return true() if actor.is_agent or actor.is_system else and_(Article.visible, Article.verified)


def may(session: Session, actor: Actor, ticket: Ticket, verb: str) -> bool:
    """Whether the actor may do this to the ticket; unknown verbs are refused."""
    if actor.is_system:
        return True
    if not reads(session, actor, ticket):
        return False
    if not actor.is_agent:
        return verb == "read" or (verb in CUSTOMER_VERBS and _takes_part(session, actor, ticket))
    needed = VERBS.get(verb)
    if needed is None:
        return False
    if verb == "read" or actor.id in (ticket.owner_id, ticket.responsible_id):
        return True
    if ticket.queue.group_id in actor.groups_with(needed):
        return True
    return verb in ("work", "note", "reply") and _works_on(session, actor, ticket)


def may_act(session: Session, actor: Actor, verb: str, ticket: Ticket) -> None:
    """Raise `NotFound` for what the actor cannot see, `NotAllowed` for what it may not do."""
    if may(session, actor, ticket, verb):
        return
    if reads(session, actor, ticket):
        raise NotAllowed("You do not have the right to do this with this ticket.")
    raise NotFound("There is no such ticket.")


def require(work: Work, ticket: Ticket, verb: str) -> None:
    """`may_act` for the actor of a piece of work."""
    may_act(work.session, work.actor, verb, ticket)


def reads(session: Session, actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor may read this one ticket; what its own fields say is not asked again."""
    if actor.id is not None and actor.id in _fields_of(actor, ticket):
        return True
    if actor.is_agent and ticket.queue.group_id in actor.groups_with("ro"):
        return True
    query = select(Ticket.id).where(Ticket.id == ticket.id, visible(actor))
    return session.scalar(query) is not None


def _fields_of(actor: Actor, ticket: Ticket) -> tuple[int | None, ...]:
    """Who may read the ticket by a field of its own."""
    if actor.is_agent:
        return ticket.owner_id, ticket.responsible_id
    return (ticket.customer_id,)


def ticket_for(
    work: Work, number: str, verb: str = "read", *, options: Iterable[ExecutableOption] = ()
) -> Ticket:
    """The ticket with this number; foreign and absent ones are the same `NotFound`.

    `options` say what else of it will be needed and is to be brought along.
    """
    ticket = work.session.scalar(select(Ticket).where(Ticket.number == number).options(*options))
    if ticket is None or not reads(work.session, work.actor, shelve(work.session, ticket)):
        raise NotFound("There is no such ticket.")
    if verb != "read":
        require(work, ticket, verb)
    return ticket


def may_take(actor: Actor, item: WorkItem) -> bool:
    """Whether the actor is among those for whom a step waits."""
    if actor.is_system or (item.person_id is not None and item.person_id == actor.id):
        return True
    if item.for_customer or not actor.is_agent or item.kind == "person":
        return False
    if item.kind == "role":
        return item.role in actor.roles
    group = item.group_id if item.kind == "group" else item.queue.group_id
    return group in actor.groups_with("rw")


def takeable(actor: Actor) -> ColumnElement[bool]:
    """The condition on `WorkItem` joined with its `Queue` for steps that the actor could claim."""
    groups = actor.groups_with("rw")
    return and_(
        WorkItem.for_customer.is_(False),
        or_(
            and_(WorkItem.kind == "queue", Queue.group_id.in_(groups)),
            and_(WorkItem.kind == "group", WorkItem.group_id.in_(groups)),
            and_(WorkItem.kind == "role", WorkItem.role.in_(sorted(actor.roles))),
        ),
    )


def _agent_conditions(actor: Actor) -> list[ColumnElement[bool]]:
    groups = actor.groups_with("ro")
    in_groups: Any = select(Queue.id).where(Queue.group_id.in_(groups))
    if actor.queues is not None:
        in_groups = sorted(actor.queues)
    # An alias, so that the condition means its own row also where WorkItem is asked for.
    given_item = _alias("given")
    given = and_(
        given_item.ticket_id == Ticket.id,
        given_item.status == "open",
        given_item.for_customer.is_(False),
        or_(
            and_(given_item.kind == "group", given_item.group_id.in_(actor.groups_with("rw"))),
            and_(given_item.kind == "role", given_item.role.in_(sorted(actor.roles))),
            and_(given_item.explicit, given_item.queue_id.in_(in_groups)),
        ),
    )
    return [
        Ticket.queue_id.in_(in_groups),
        Ticket.owner_id == actor.id,
        Ticket.responsible_id == actor.id,
        _item_of(actor, ("open",), asked=False),
        exists(given_item.id).where(given),
        exists().where(
            Participant.ticket_id == Ticket.id,
            Participant.person_id == actor.id,
            Participant.role == "watcher",
        ),
    ]


@cache
def _alias(name: str) -> Any:
    """Another row of `WorkItem` in a query; made once, making one takes longer than asking."""
    return aliased(WorkItem, name=f"{name}_item")


def _own_conditions(actor: Actor) -> list[ColumnElement[bool]]:
    own = [Ticket.customer_id == actor.id]
    if actor.company_view and actor.organisation_id is not None:
        own.append(Ticket.organisation_id == actor.organisation_id)
    return own


def _item_of(actor: Actor, statuses: tuple[str, ...], *, asked: bool) -> ColumnElement[bool]:
    """That a step of the ticket is the actor's: one that asks somebody outside, or one of ours."""
    mine = _alias("mine")
    found = exists(mine.id).where(
        mine.ticket_id == Ticket.id, mine.person_id == actor.id, mine.status.in_(statuses)
    )
    return found.where(mine.for_customer.is_(asked))


def _takes_part(session: Session, actor: Actor, ticket: Ticket) -> bool:
    """Whether a customer may speak on a ticket: their own, their company's, or one they decide."""
    conditions = or_(*_own_conditions(actor), _item_of(actor, ("open",), asked=True))
    return session.scalar(select(Ticket.id).where(Ticket.id == ticket.id, conditions)) is not None


def _works_on(session: Session, actor: Actor, ticket: Ticket) -> bool:
    query = select(WorkItem).where(
        WorkItem.ticket_id == ticket.id,
        WorkItem.status == "open",
        WorkItem.for_customer.is_(False),
    )
    return any(may_take(actor, item) for item in session.scalars(query))
