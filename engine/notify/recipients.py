"""Who is meant when a rule or a diagram says `owner`, `queue` or `group:network`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.people.models import Group, Person
from engine.people.queries import (
    actor_of,
    agents_of_group,
    leads_of_group,
    people_with_role,
    person_by_login,
)
from engine.tickets.access import reads
from engine.tickets.models import Ticket

WORDS = ("customer", "manager", "owner", "responsible", "queue", "lead", "lead_manager")


def recipients(session: Session, ticket: Ticket, to: str) -> list[Person]:
    """The active people meant by `to`, each once.

    `to` is one of `WORDS`, `group:NAME`, `role:NAME`, `person:ADDRESS` or the address of somebody
    the desk knows. Where a ticket has no owner or responsible, its queue hears instead, as it does
    where its team has no lead; and the lead, where nobody above them may read the ticket: a notice
    that somebody asked for must not vanish. Raises `Invalid` for what names nobody at all.
    """
    to = to.strip()
    kind, _, name = to.partition(":")
    if kind == "group" and name:
        group = session.scalar(select(Group).where(Group.name == name))
        if group is None:
            raise Invalid(f"There is no group called {name!r} to tell.")
        return agents_of_group(session, group.id)
    if kind == "role" and name:
        return people_with_role(session, name)
    if to in WORDS:
        return _around(session, ticket, to)
    person = person_by_login(session, name if kind == "person" else to)
    if person is None:
        raise Invalid(
            f"Nobody is known as {to!r}; name a role at the ticket, a group or an address."
        )
    return [person] if person.active else []


def _around(session: Session, ticket: Ticket, word: str) -> list[Person]:
    if word in ("customer", "manager"):
        customer = ticket.customer
        person = customer.manager if customer and word == "manager" else customer
        return [person] if person and person.active else []
    if word in ("lead", "lead_manager"):
        leads = leads_of_group(session, ticket.queue.group_id)
        above = _above(session, ticket, leads) if word == "lead_manager" else []
        return above or leads or agents_of_group(session, ticket.queue.group_id)
    first, second = ticket.owner, ticket.responsible
    if word == "responsible":
        first, second = second, first
    for person in (first, second):
        if word != "queue" and person is not None and person.active:
            return [person]
    return agents_of_group(session, ticket.queue.group_id)


def _above(session: Session, ticket: Ticket, leads: list[Person]) -> list[Person]:
    """The managers of these, each once, who would be let at the ticket."""
    managers = {lead.manager.id: lead.manager for lead in leads if lead.manager is not None}
    return [
        person
        for _, person in sorted(managers.items())
        if person.active and person.is_agent and reads(session, actor_of(session, person), ticket)
    ]
