"""A message that answers on a ticket: what it may move depends on who wrote it.

Customers move the process on. Agents, participants and strangers do not; what they write is told
to those who work on the ticket, and where the ticket has ended it becomes a new one for them.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from engine.audit.trail import record
from engine.channels.inbound import Inbound
from engine.commands.articles import heard, tell_rules
from engine.commands.contacts import contact_for
from engine.commands.intake_new import open_ticket
from engine.commands.intake_parts import article_of
from engine.commands.notices import tell_customer
from engine.commands.receipts import Receipt, settle
from engine.commands.tickets import link_tickets, reopen_ticket
from engine.outbox.articles import came_back
from engine.people.models import Person
from engine.tickets.models import Article, InboundMessage, Participant, Ticket
from engine.work import Work

GONE = ("merged", "removed")  # types of states after which nobody looks at a ticket any more


def answer(
    work: Work, message: InboundMessage, inbound: Inbound, ticket: Ticket, *, notice: bool
) -> Receipt:
    """Put the message on the ticket that it means, or beside it where that has ended.

    `notice`: it answers a notice to an agent rather than something that was said on the ticket.
    """
    role, person = _role_of(work, inbound, ticket)
    silent = inbound.machine and role != "bounce"
    if ticket.state.ended and not inbound.machine:
        if role != "customer" or ticket.state.type in GONE:
            return _beside(work, message, inbound, ticket)
        if ticket.queue.follow_up != "possible":
            return _after_the_end(work, message, inbound, ticket)
    article = article_of(
        work,
        ticket,
        inbound,
        message.digest,
        visible=role == "customer",
        verified=role != "stranger",
        person=person,
    )
    message.ticket_id, message.article_id = ticket.id, article.id
    if role == "stranger":
        record(work, ticket.id, "stranger", after=inbound.sender, reason="not known on this ticket")
    if role == "customer" and not silent:
        if ticket.state.ended:
            reopen_ticket(work, ticket, "the customer has written again")
        heard(work, ticket, article)
    else:
        # Who tells agents of what answers a notice to an agent never stops telling them.
        marked = role == "bounce" and _came_back(work, inbound, ticket)
        nobody = role in ("customer", "owner", "agent") or notice or inbound.bounce
        writer = "machine" if marked or (silent and nobody) else role
        tell_rules(work, ticket, article, article__writer=writer)
    return settle(work, message, "follow_up", _reason(role, silent))


def _reason(role: str, silent: bool) -> str:
    if role == "bounce":
        return "could not be delivered"
    who = {"owner": "the owner", "agent": "an agent"}.get(role, f"a {role}")
    if silent:
        return f"an automatic answer from {who}: it moves nothing"
    return "" if role == "customer" else f"from {who}"


def _role_of(work: Work, inbound: Inbound, ticket: Ticket) -> tuple[str, Person | None]:
    """Who writes to this ticket: customer, owner, agent, participant, or somebody unknown.

    The sender's own address counts alone; where answers are wanted anybody may write into a mail.
    """
    if inbound.bounce:
        return ("bounce" if _names_ours(work, inbound, ticket) else "stranger"), None
    person = contact_for(work, replace(inbound, on_behalf=False), create=False)
    if person is not None and person.id == ticket.customer_id:
        return "customer", person
    if person is not None and person.is_agent:
        return ("owner" if person.id == ticket.owner_id else "agent"), person
    query = select(Participant).where(
        Participant.ticket_id == ticket.id, Participant.address == inbound.sender.lower()
    )
    participant = work.session.scalar(query)
    if participant is not None:
        return "participant", person
    same = person is not None and person.organisation_id is not None
    if same and person and person.company_view and person.organisation_id == ticket.organisation_id:
        return "customer", person
    return "stranger", person


def _names_ours(work: Work, inbound: Inbound, ticket: Ticket) -> bool:
    """Whether a report names a mail that really went out for this ticket; anybody can write one."""
    sent = select(Article.id).where(
        Article.message_id == inbound.original_id,
        Article.ticket_id == ticket.id,
        Article.direction == "out",
    )
    return inbound.original_id is not None and work.session.scalar(sent.limit(1)) is not None


def _came_back(work: Work, inbound: Inbound, ticket: Ticket) -> bool:
    """Mark the mail that a report of ours names as one that did not arrive, and say that it is."""
    sent = select(Article).where(
        Article.message_id == inbound.original_id,
        Article.ticket_id == ticket.id,
        Article.direction == "out",
    )
    marked = False
    for article in work.session.scalars(sent):
        came_back(work, article, inbound.failed)
        marked = marked or article.delivery == "failed"
    return marked


def _after_the_end(
    work: Work, message: InboundMessage, inbound: Inbound, ticket: Ticket
) -> Receipt:
    """The queue takes no answers on ended tickets: a new ticket, or the answer kept and refused."""
    if ticket.queue.follow_up != "reject":
        return _beside(work, message, inbound, ticket)
    article = article_of(work, ticket, inbound, message.digest, visible=True)
    message.ticket_id, message.article_id = ticket.id, article.id
    if not inbound.automatic:
        tell_customer(work, ticket, "rejected")
    return settle(work, message, "follow_up", "the ticket has ended; the sender was told so")


def _beside(work: Work, message: InboundMessage, inbound: Inbound, ticket: Ticket) -> Receipt:
    """A new ticket that follows the ended one: nothing is said where nobody looks any more."""
    receipt = open_ticket(work, message, inbound, ticket.queue)
    fresh = work.session.get(Ticket, message.ticket_id) if message.ticket_id else None
    if fresh is None:
        return receipt
    link_tickets(work, fresh, ticket, "follows")
    parts = [f"follows the ended ticket {ticket.number}", receipt.reason]
    return settle(work, message, receipt.outcome, "; ".join(part for part in parts if part))
