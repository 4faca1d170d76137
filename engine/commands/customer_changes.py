"""What changes about a customer reaches the open tickets, a few in each transaction.

Rules promise by who the customer is: a VIP, one of the house, somebody of a certain organisation.
When that changes, the rules that listen for changes hear of it on each open ticket concerned, as if
somebody had changed the customer there. A timer goes from ticket to ticket, as with promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from engine.audit.trail import record
from engine.catalogue.models import ENDED_TYPES, State
from engine.commands.follow_up import follow_up
from engine.errors import VorgangError
from engine.people.models import Organisation, Person
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Cause, Work

TIMER = "customers"
AT_ONCE = 25  # tickets of one transaction
CAUSE = Cause("system", reason="the customer was changed")
FACTS = {"vip": "customer.vip", "internal": "customer.internal", "name": "customer.organisation"}
OF_PERSON = ("vip",)  # of these; the organisation of a ticket is the one it was reported for
_WHOSE = {"organisation": Ticket.organisation_id, "person": Ticket.customer_id}

Changed = Mapping[str, Any]  # fact → [before, after]


def facts_changed(
    whose: Organisation | Person, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """What rules would see of a change of fields; fields that are not given stay."""
    fields = FACTS if isinstance(whose, Organisation) else OF_PERSON
    return {
        FACTS[field]: [before[field], after[field]]
        for field in fields
        if field in after and before[field] != after[field]
    }


def customer_changed(work: Work, whose: Organisation | Person, changed: Changed) -> None:
    """Let the open tickets hear of it, beginning with the oldest, as soon as this is in force."""
    if not changed:
        return
    timer = set_timer(work, TIMER, _subject(whose), 0, work.now)
    if timer is not None:
        known = (timer.carries or {}).get("changed", {})
        timer.carries = {"after": 0, "changed": {**known, **changed}}


def tell_tickets(work: Work, timer: Timer) -> None:
    """Let the next open tickets hear of a change, and go on behind them."""
    kind, _, number = timer.subject.partition(":")
    carries = timer.carries or {}
    model: Any = Organisation if kind == "organisation" else Person
    whose: Organisation | Person | None = work.session.get(model, int(number))
    if whose is None:
        return
    after, changed = int(carries.get("after", 0)), carries.get("changed", {})
    query = select(Ticket).join(State, Ticket.state_id == State.id)
    query = query.where(concerned(whose), Ticket.id > after).order_by(Ticket.id).limit(AT_ONCE)
    tickets = list(work.session.scalars(query))
    for ticket in tickets:
        try:
            with work.session.begin_nested():
                tell_ticket(work, ticket, whose, changed)
        except VorgangError as error:
            record(work.because(CAUSE), ticket.id, "rule problem", after=error.message)
    if len(tickets) == AT_ONCE:
        following = set_timer(work, TIMER, timer.subject, 0, work.now)
        if following is not None:
            following.carries = {"after": tickets[-1].id, "changed": changed}


def concerned(whose: Organisation | Person) -> ColumnElement[bool]:
    """Which tickets, joined with their state, hear of what changes about somebody."""
    column = _WHOSE[_subject(whose).partition(":")[0]]
    return State.type.not_in(ENDED_TYPES) & (column == whose.id)


def tell_ticket(work: Work, ticket: Ticket, whose: Organisation | Person, changed: Changed) -> None:
    """Write down on one ticket what is another now, and ask the rules that listen for changes."""
    other = ticket.customer if isinstance(whose, Organisation) else ticket.organisation
    heard = dict(changed)
    if other is not None and other.vip:
        heard.pop("customer.vip", None)  # the ticket was and is that of a VIP by the other
    by_change = work.because(CAUSE)
    for fact, (before, after) in heard.items():
        if fact == "customer.organisation":
            record(by_change, ticket.id, fact, before, after)
        else:
            record(by_change, ticket.id, fact, *(("", whose.name) if after else (whose.name, "")))
    if heard:
        follow_up(by_change, ticket, "ticket.changed", changed=heard)


def _subject(whose: Organisation | Person) -> str:
    return f"{'organisation' if isinstance(whose, Organisation) else 'person'}:{whose.id}"
