"""Who is told in place of somebody who is away."""

from __future__ import annotations

from engine.db.together import asked_once
from engine.notify.rights import page_for
from engine.people.absence import away
from engine.people.models import Person
from engine.people.queries import agents_of_group, leads_of_group
from engine.tickets.models import Ticket
from engine.work import Work

MOST = 5  # who stand in for each other in a row


def substitute_of(work: Work, person: Person, ticket: Ticket) -> Person | None:
    """The first who is there of those who stand in, one for the other, if they read the ticket.

    None while the person is there, where nobody stands in, and where they do so in a circle.
    """
    seen, current = {person.id}, person
    for _ in range(MOST + 1):
        gone = _away(work, current)
        if current.id not in gone:
            reads = current is not person and page_for(work.session, current, ticket) == "tickets"
            return current if reads else None
        following = work.session.get(Person, gone[current.id] or 0)
        if following is None or not following.active or following.id in seen:
            return None
        seen.add(following.id)
        current = following
    return None


def team_instead(work: Work, person: Person, ticket: Ticket) -> list[Person]:
    """Who is there of the team, where somebody who has its ticket or leads it is away.

    Empty while they are there; who stands in for them is asked for before.
    """
    if person.id not in _away(work, person):
        return []
    group = ticket.queue.group_id
    has_it = person.id in (ticket.owner_id, ticket.responsible_id)
    if not has_it and person not in leads_of_group(work.session, group):
        return []
    team = agents_of_group(work.session, group)
    gone = away(work.session, team, work.now)
    return [one for one in team if one.id not in gone and one.id != person.id]


def _away(work: Work, person: Person) -> dict[int, int | None]:
    session = work.session
    return asked_once(session, ("away", person.id), lambda: away(session, [person], work.now))
