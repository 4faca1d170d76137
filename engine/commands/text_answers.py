"""Which ticket words are about: by a number behind one of our hooks, or, of an SMS, by its writer.

An SMS has no references and no subject, and hardly ever a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import select

from engine.catalogue.models import ENDED_TYPES, State
from engine.channels.inbound import Inbound
from engine.channels.threading import claimed_numbers
from engine.commands.contacts import contact_for
from engine.tickets.models import Article, Ticket
from engine.work import Work

LOOKED_AT = 20  # open tickets of one person
_NUMBERS = re.compile(r"(?a:\d{5,50})")


def claimed_ticket(work: Work, text: str) -> Ticket | None:
    """The first ticket whose number stands behind a hook of ours, now or formerly."""
    settings = work.desk.settings
    numbers = claimed_numbers(text, settings.hooks, settings.system_ids, settings.number_min_digits)
    return first_with(work, numbers)


def first_with(work: Work, numbers: Iterable[str | None]) -> Ticket | None:
    """The ticket with the first of these numbers that there is."""
    for number in filter(None, numbers):
        ticket = work.session.scalar(select(Ticket).where(Ticket.number == number))
        if ticket is not None:
            return ticket
    return None


def ticket_of_text(work: Work, inbound: Inbound) -> Ticket | None:
    """The ticket whose number stands in the words, else the one that we last wrote to by SMS.

    A number without the hook counts only for a ticket of the sender's own. Where several tickets
    could be meant, none is: a new one is better than a wrong one.
    """
    claimed = claimed_ticket(work, inbound.text)
    if claimed is not None:
        return claimed
    person = contact_for(work, inbound, create=False)
    if person is None:
        return None
    own = select(Ticket).where(Ticket.customer_id == person.id)
    typed = _NUMBERS.findall(inbound.text)[:20]
    named = list(work.session.scalars(own.where(Ticket.number.in_(typed)))) if typed else []
    if named:
        return named[0]
    recent = own.join(State).where(State.type.not_in(ENDED_TYPES)).order_by(Ticket.id.desc())
    found = work.session.scalars(recent.limit(LOOKED_AT))
    awaiting = [ticket for ticket in found if _written_by_sms(work, ticket)]
    return awaiting[0] if len(awaiting) == 1 else None


def _written_by_sms(work: Work, ticket: Ticket) -> bool:
    """Whether the last thing that we told the customer of this ticket was an SMS that went out."""
    said = select(Article.channel, Article.delivery).where(
        Article.ticket_id == ticket.id, Article.direction == "out", Article.visible
    )
    last = work.session.execute(said.order_by(Article.id.desc()).limit(1)).first()
    return last is not None and last[0] == "sms" and last[1] in ("waiting", "sent")
