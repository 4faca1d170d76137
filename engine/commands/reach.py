"""By which way a customer hears from us: by mail, else the way they came, else by telephone."""

from __future__ import annotations

from dataclasses import dataclass

from engine.people.models import Person
from engine.tickets.models import Ticket

SENT_BY = {"email": "mail", "sms": "sms", "fax": "fax"}  # channel → topic of the outbox
CALL = "We know no address to write to. Please call the customer."
NOBODY = "This ticket has no customer to write to."


@dataclass(frozen=True)
class Way:
    """A channel with an address; `problem` is a sentence for the agent where nothing can leave."""

    channel: str
    address: str = ""
    problem: str = ""


def way_to_customer(ticket: Ticket) -> Way:
    """How what we write reaches the ticket's customer.

    By mail where there is an address, else by SMS or fax where the ticket came so; who can log in
    reads it on the pages. Anybody else has to be called.
    """
    customer = ticket.customer
    if customer is None:
        return Way("web", problem=NOBODY)
    for channel in ("email", ticket.channel):
        address = address_of(customer, channel) if channel in SENT_BY else ""
        if address:
            return Way(channel, address)
    return Way("web") if customer.password_hash else Way("phone", problem=CALL)


def address_of(customer: Person | None, channel: str) -> str:
    """Where this channel finds the person, or an empty string."""
    if customer is None:
        return ""
    by_channel = {"sms": customer.mobile or customer.phone, "fax": customer.fax}
    return by_channel.get(channel, customer.email)
