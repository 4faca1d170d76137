"""A ticket as rules and processes see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.commands.working_facts import TicketTimes, WorkingFacts
from engine.db.together import asked_once, writing_only
from engine.tickets.models import Article, Ticket
from engine.timers.write import tickets_beside
from engine.work import Work

FIRST_TEXT = 20_000  # characters of the first article that rules may look at


def facts_of(work: Work, ticket: Ticket, **extra: Any) -> dict[str, Any]:
    """The flat facts of a ticket for a ruleset; names as in rules/vocabulary.yaml."""
    customer = ticket.customer
    email = customer.email if customer else ""
    age = (work.now - ticket.created_at).total_seconds() / 60
    facts: dict[str, Any] = {
        "ticket.number": ticket.number,
        "ticket.title": ticket.title,
        "ticket.body": first_text(work, ticket),
        "ticket.queue": ticket.queue.name,
        "ticket.type": ticket.type.name if ticket.type else "",
        "ticket.priority": ticket.priority.rank,
        "ticket.state": ticket.state.name,
        "ticket.state_type": ticket.state.type,
        "ticket.service": ticket.service.name if ticket.service else "",
        "ticket.sla": ticket.sla.name if ticket.sla else "",
        "ticket.owner": ticket.owner.login if ticket.owner else "",
        "ticket.responsible": ticket.responsible.login if ticket.responsible else "",
        "ticket.channel": ticket.channel,
        "ticket.tags": ticket.tags,
        "ticket.language": ticket.language,
        "ticket.created": ticket.created_at.isoformat(),
        "ticket.age_minutes": max(0, int(age)),
        "customer.email": email,
        "customer.domain": email.rpartition("@")[2],
        "customer.name": customer.name if customer else "",
        "customer.organisation": ticket.organisation.name if ticket.organisation else "",
        "customer.vip": is_vip(ticket),
        "customer.internal": bool(ticket.organisation and ticket.organisation.internal),
    }
    working = WorkingFacts(work.session)
    facts |= working.of(facts["ticket.sla"], facts["ticket.queue"], ticket.created_at, work.now)
    facts.update({f"custom.{name}": value for name, value in (ticket.custom or {}).items()})
    facts.update(extra)
    return facts


def times_of(work: Work, ticket: Ticket) -> TicketTimes:
    """The calendars by which rules reckon with the dates of a ticket."""
    sla = ticket.sla.name if ticket.sla else ""
    return WorkingFacts(work.session).times(sla, ticket.queue.name)


def variables_of(work: Work, ticket: Ticket) -> dict[str, Any]:
    """The variable `ticket` that expressions in a diagram read."""
    return {
        "ticket": {
            **(ticket.custom or {}),
            "number": ticket.number,
            "title": ticket.title,
            "body": first_text(work, ticket)[:4000],
            "queue": ticket.queue.name,
            "type": ticket.type.name if ticket.type else "",
            "priority": ticket.priority.rank,
            "state": ticket.state.name,
            "service": ticket.service.name if ticket.service else "",
            "sla": ticket.sla.name if ticket.sla else "",
            "channel": ticket.channel,
            "owner": ticket.owner.login if ticket.owner else "",
            "customer": ticket.customer.login if ticket.customer else "",
            "customer_name": ticket.customer.name if ticket.customer else "",
            "organisation": ticket.organisation.name if ticket.organisation else "",
            "vip": is_vip(ticket),
            "language": ticket.language,
            "tags": ticket.tags,
        }
    }


def is_vip(ticket: Ticket) -> bool:
    """Whether the customer or the organisation is to be treated first."""
    person = bool(ticket.customer and ticket.customer.vip)
    return person or bool(ticket.organisation and ticket.organisation.vip)


def first_text(work: Work, ticket: Ticket) -> str:
    """What the ticket was opened with, bounded; asked once per transaction, it never changes."""
    known: str = vars(ticket).get("_first_text", "")
    if not known:
        session, ids = work.session, tickets_beside(work.session, ticket.id)
        key = ("first texts", *sorted(ids))
        known = asked_once(session, key, lambda: _first_texts(session, ids)).get(ticket.id, "")
        remember_first_text(ticket, known)
    return known


def _first_texts(session: Session, ids: set[int]) -> dict[int, str]:
    first = select(func.min(Article.id)).where(Article.ticket_id.in_(ids))
    text = func.substr(Article.body, 1, FIRST_TEXT)
    query = select(Article.ticket_id, text).where(Article.id.in_(first.group_by(Article.ticket_id)))
    with writing_only(session, Article):
        return {int(ticket_id): body for ticket_id, body in session.execute(query)}


def remember_first_text(ticket: Ticket, text: str) -> None:
    """Say what the ticket was opened with, so that nobody has to ask in this transaction."""
    vars(ticket)["_first_text"] = text[:FIRST_TEXT]
