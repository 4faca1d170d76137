"""A step changes hands: by somebody's word, or with the ticket that is given to somebody else."""

from __future__ import annotations

from engine.audit.trail import record
from engine.commands.four_eyes import barred
from engine.commands.unlocking import watch
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.access import may_take
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.queries import open_items
from engine.work import Work


def give_step(work: Work, item: WorkItem, person: Person) -> None:
    """Let somebody have a step from now on; whether they may is asked before."""
    before = name_of(work, item.person_id)
    record(work, item.ticket_id, "handed over", before, person.name, reason=title_of(item))
    item.person_id, item.claimed_at = person.id, work.now
    watch(work, item)


def pass_on(work: Work, ticket: Ticket, former: int, person: Person) -> None:
    """Give what the former owner has taken on the ticket to the new one, where they may do it."""
    other = actor_of(work.session, person)
    for item in open_items(work.session, ticket):
        fit = item.person_id == former and may_take(other, item)
        if fit and person.id not in barred(work, item):
            give_step(work, item, person)


def title_of(item: WorkItem) -> str:
    """What the step is called in the history."""
    return str(item.title.get("en") or item.step_id)


def name_of(work: Work, person_id: int | None) -> str:
    """Somebody's name; empty for nobody."""
    person = work.session.get(Person, person_id) if person_id else None
    return person.name if person else ""
