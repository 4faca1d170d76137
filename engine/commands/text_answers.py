"""Which ticket an SMS is about: it has no references and no subject, and hardly ever a number."""

from __future__ import annotations

import re

from sqlalchemy import select

from engine.catalogue.models import ENDED_TYPES, State
from engine.channels.inbound import Inbound
from engine.channels.threading import ticket_number_in
from engine.commands.contacts import contact_for
from engine.tickets.models import Article, Ticket
from engine.work import Work

LOOKED_AT = 20  # open tickets of one person
_NUMBERS = re.compile(r"(?a:\d{5,50})")


def ticket_of_text(work: Work, inbound: Inbound) -> Ticket | None:
    """The ticket whose number stands in the words, else the one that we last wrote to by SMS.

    A number without the hook counts only for a ticket of the sender's own. Where several tickets
    could be meant, none is: a new one is better than a wrong one.
    """
    settings = work.desk.settings
    number = ticket_number_in(inbound.text, settings.ticket_hook, settings.system_id)
    if number:
        return work.session.scalar(select(Ticket).where(Ticket.number == number))
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
