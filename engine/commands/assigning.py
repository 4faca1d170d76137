"""Handing a ticket to somebody: in turn, to whom has the least open, knows the customer or leads.

Fit is who may own tickets of the queue, is active and not away, and can do what is asked for.
Workers that hand out for the same team wait for each other at its row, so that nobody is counted
twice and no turn is given twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.catalogue.models import ENDED_TYPES, State
from engine.commands import changes
from engine.commands.handing import pass_on
from engine.errors import Invalid
from engine.people.absence import away
from engine.people.models import Group, Membership, Person
from engine.people.queries import agents_of_group, leads_of_group
from engine.people.skills import with_skill
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.turns import Turn
from engine.work import Work

IN_TURN, LEAST, LAST, LEAD = "round_robin", "least_loaded", "last_owner", "lead"
WAYS = (IN_TURN, LEAST, LAST, LEAD)
ANYONE = "anyone"  # gets it where nobody has the skill; else it stays with the team


def assign(work: Work, ticket: Ticket, value: Mapping[str, Any]) -> changes.Changed:
    """Make somebody fit the owner and say why it is them; raises `Invalid` where nobody is fit.

    `to` says in which way, `group` and `skill` among whom, `else` what is done where nobody who is
    there has the skill.
    """
    how, group = str(value["to"]), str(value.get("group", ""))
    if how not in WAYS:
        raise Invalid("There is no such way of handing out.")
    fit, gone = _fit(work, ticket, group)
    if not fit:
        raise Invalid("Nobody who is there may own tickets of this queue.")
    if how == LEAD:
        return _given(work, ticket, *_leading(work, ticket, fit, gone))
    fit, skill, among = _able(work, fit, str(value.get("skill", "")), value.get("else") == ANYONE)
    person, why = _known(work, ticket, fit, gone) if how == LAST else (None, {})
    if person is None:
        person, why = _next(work, ticket, fit, how, f"{group}:{skill}" if skill else group)
    return _given(work, ticket, person, why | among)


def _given(work: Work, ticket: Ticket, person: Person, why: dict[str, Any]) -> changes.Changed:
    """Make somebody the owner; the history says why it is them."""
    ref = {**work.cause.ref, "assigned": why}
    told = work.because(replace(work.cause, ref=ref))
    former = ticket.owner_id
    changed = changes.apply_changes(told, ticket, {"owner": person})
    if former is not None and former != person.id:
        pass_on(told, ticket, former, person)
    return changed


def _leading(
    work: Work, ticket: Ticket, fit: list[Person], gone: Mapping[int, int | None]
) -> tuple[Person, dict[str, Any]]:
    """A lead of the team who is there, else who stands in for one; a lead who has it keeps it."""
    leads = {person.id for person in leads_of_group(work.session, ticket.queue.group_id)}
    standing_in = {gone[lead] for lead in leads if gone.get(lead) is not None}
    for wanted, by in ((leads, LEAD), (standing_in, "lead_substitute")):
        found = [person for person in fit if person.id in wanted]
        if found:
            own = [person for person in found if person.id == ticket.owner_id]
            return (own or found)[0], {"by": by}
    raise Invalid("This team has no lead who is there.")


def _fit(work: Work, ticket: Ticket, group: str) -> tuple[list[Person], Mapping[int, int | None]]:
    """Who can be given the ticket, always in the same order, and who could but is away."""
    people = agents_of_group(work.session, ticket.queue.group_id)
    if group:
        members = (
            select(Membership.person_id)
            .join(Group, Group.id == Membership.group_id)
            .where(Group.name == group)
        )
        within = set(work.session.scalars(members))
        people = [person for person in people if person.id in within]
    gone = away(work.session, people, work.now)
    return [person for person in people if person.id not in gone], gone


def _able(
    work: Work, fit: list[Person], skill: str, anyone: bool
) -> tuple[list[Person], str, dict[str, Any]]:
    """Those with the skill, the skill that counts, and what is to be said of it."""
    if not skill:
        return fit, "", {}
    having = with_skill(work.session, skill, [person.id for person in fit])
    able = [person for person in fit if person.id in having]
    if able:
        return able, skill, {"skill": skill}
    if not anyone:
        raise Invalid("Nobody who is there has the skill %(skill)s.", values={"skill": skill})
    return fit, "", {"missing": skill}


def _known(
    work: Work, ticket: Ticket, fit: list[Person], gone: Mapping[int, int | None]
) -> tuple[Person | None, dict[str, Any]]:
    """Who had the customer's last ticket here or of this type, else who stands in for them."""
    if ticket.customer_id is None:
        return None, {}
    same = [Ticket.queue_id == ticket.queue_id]
    if ticket.type_id is not None:
        same.append(Ticket.type_id == ticket.type_id)
    query = select(Ticket.owner_id, Ticket.number).where(
        Ticket.customer_id == ticket.customer_id,
        Ticket.owner_id.is_not(None),
        Ticket.id != ticket.id,
        or_(*same),
    )
    last = work.session.execute(query.order_by(Ticket.id.desc()).limit(1)).first()
    if last is None:
        return None, {}
    by_id = {person.id: person for person in fit}
    if last.owner_id in by_id:
        return by_id[last.owner_id], {"by": LAST, "ticket": last.number}
    stands_in = by_id.get(gone.get(last.owner_id) or 0)
    return stands_in, {"by": "substitute", "ticket": last.number}


def _place(name: str) -> str:
    """A round's name as long as its column, and never that of another round."""
    return name if len(name) <= 40 else hashlib.sha256(name.encode()).hexdigest()[:40]


def _next(
    work: Work, ticket: Ticket, fit: list[Person], how: str, group: str
) -> tuple[Person, dict[str, Any]]:
    """Whose turn it is; with `least_loaded` among those who have the least open."""
    team = f"{ticket.queue.group_id}:"
    turn = _held(work, team)
    if group:  # whoever hands out for the team waits at its row, for whomever of it that is
        turn = _held(work, _place(team + group))
    last = turn.person_id or 0
    order = sorted(fit, key=lambda person: (person.id <= last, person.id))
    why: dict[str, Any] = {"by": IN_TURN, "among": len(fit)}
    if how == LEAST:
        open_work = _open_work(work, fit, ticket)
        least = min(open_work[person.id] for person in order)
        order = [person for person in order if open_work[person.id] == least]
        why = {"by": LEAST, "among": len(fit), "open": least}
    turn.person_id = order[0].id
    return order[0], why


def _held(work: Work, place: str) -> Turn:
    """The row of a round, ours until the transaction ends; SQLite lets one write at a time."""
    insert = (sqlite.insert if work.desk.database.sqlite else postgresql.insert)(Turn)
    work.session.execute(insert.values(place=place).on_conflict_do_nothing())
    query = select(Turn).where(Turn.place == place).with_for_update()
    return work.session.scalars(query.execution_options(populate_existing=True)).one()


def _open_work(work: Work, people: list[Person], ticket: Ticket) -> Counter[int]:
    """How many open tickets each has to do with, as owner or by a step of their own."""
    ids = [person.id for person in people]
    others = Ticket.id != ticket.id, State.type.not_in(ENDED_TYPES)
    owned = select(Ticket.owner_id, Ticket.id).join(State, State.id == Ticket.state_id)
    steps = (
        select(WorkItem.person_id, Ticket.id)
        .join(Ticket, Ticket.id == WorkItem.ticket_id)
        .join(State, State.id == Ticket.state_id)
        .where(WorkItem.status == "open", WorkItem.person_id.in_(ids), *others)
    )
    pairs = owned.where(Ticket.owner_id.in_(ids), *others).union(steps).subquery()
    counted = select(pairs.c.owner_id, func.count()).group_by(pairs.c.owner_id)
    return Counter(dict(work.session.execute(counted).all()))
