"""What rules do with other tickets: a process is begun below one, and tickets are linked.

A rule links only tickets of the same customer or organisation: the number may stand in a field that
a customer has filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.models import ENDED_TYPES, State
from engine.catalogue.published import ProcessInForce
from engine.commands.children import create_child
from engine.commands.process_approval import PROCESS as PROCESS_APPROVAL
from engine.commands.rules_approval import PROCESS as RULES_APPROVAL
from engine.commands.shared_parts import is_shared
from engine.commands.tickets import link_tickets
from engine.errors import Invalid
from engine.tickets.models import Ticket
from engine.work import Work

OWN = frozenset({PROCESS_APPROVAL, RULES_APPROVAL})  # they are about a draft, not about a ticket
NO_SUCH = "There is no other ticket of this customer to link with."


def startable(session: Session) -> list[str]:
    """The processes that a rule can begin."""
    keys = session.scalars(select(ProcessInForce.key).order_by(ProcessInForce.key))
    return [key for key in keys if key not in OWN and not is_shared(key)]


def start_below(work: Work, ticket: Ticket, value: Mapping[str, Any]) -> None:
    """Begin a process in a ticket of its own below this one: here another one is under way.

    A place in a process belongs to one ticket; how many there may be below one is bounded there.
    """
    key = str(value["process"])
    if key not in startable(work.session):
        raise Invalid("There is no process “%(key)s” that a rule can start.", values={"key": key})
    create_child(work, ticket, {"title": ticket.title, **value})


def link_by_rule(work: Work, ticket: Ticket, value: Mapping[str, Any]) -> None:
    """Link the ticket with the customer's last one, or with that whose number a field holds."""
    to, field = str(value["to"]), str(value.get("field", ""))
    query = select(Ticket).where(Ticket.id != ticket.id).order_by(Ticket.id.desc()).limit(1)
    if to == "field":
        number = str((ticket.custom or {}).get(field, "")).strip()
        if not number:
            return
        query = query.where(Ticket.number == number)
    else:
        query = query.where(Ticket.customer_id == ticket.customer_id)
        if to == "last_open":
            query = query.join(State, State.id == Ticket.state_id)
            query = query.where(State.type.not_in(ENDED_TYPES))
    other = work.session.scalars(query).first()
    if other is None or not _of_the_same(ticket, other):
        if to == "field":
            raise Invalid(NO_SUCH)
        return
    link_tickets(work, ticket, other)


def _of_the_same(one: Ticket, other: Ticket) -> bool:
    customer = one.customer_id is not None and one.customer_id == other.customer_id
    company = one.organisation_id is not None and one.organisation_id == other.organisation_id
    return customer or company
