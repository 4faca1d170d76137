"""The one way in for every message, whatever the channel: stored first, then understood.

The original lies in the file store and a row says that it reached us before anything is made of
it. The pair (channel, external id) is unique, so the same message twice is one article.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.channels.inbound import Inbound
from engine.channels.threading import number_in_reference
from engine.commands.intake_answers import answer
from engine.commands.intake_filter import told_to_ignore
from engine.commands.intake_new import open_ticket
from engine.commands.receipts import Receipt, receipt_for, settle
from engine.commands.text_answers import claimed_ticket, first_with, ticket_of_text
from engine.tickets.models import Article, InboundMessage, Ticket
from engine.work import SYSTEM, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

__all__ = ["Receipt", "deliver", "make_of", "receive"]

MESSAGES_PER_HOUR = 200  # of one sender, before the rest is held for a person to look at
REFERENCES = 50  # ids of a message that are looked up


def deliver(desk: Desk, inbound: Inbound) -> Receipt:
    """Take a message in. When this returns, the message is safe; when it raises, it is not."""
    digest = desk.files.put(inbound.raw)
    cause = Cause(
        "mail" if inbound.channel == "email" else inbound.channel, reason="a message came in"
    )
    return desk.run(lambda work: receive(work, inbound, digest), SYSTEM, cause)


def receive(work: Work, inbound: Inbound, digest: str) -> Receipt:
    """Make of a stored message what it is: an answer, a new ticket, or nothing, with the reason."""
    known = _known(work.session, inbound)
    if known is not None and known.sender != inbound.sender[:400]:
        # Nobody can make another's message vanish by using up its id; the bytes are the key then.
        inbound = replace(inbound, external_id=f"sha256:{digest}")
        known = _known(work.session, inbound)
    if known is not None:
        return receipt_for(work, known, "duplicate", "the same message has been received before")
    message = InboundMessage(
        channel=inbound.channel,
        external_id=inbound.external_id[:500],
        digest=digest,
        sender=inbound.sender[:400],
        subject=inbound.subject[:400],
        arrival=inbound.arrival,
        received_at=work.now,
        outcome="held",
    )
    work.session.add(message)
    work.session.flush()
    if _own(work, inbound):
        return settle(work, message, "ignored", "this message was sent by the desk itself")
    if told_to_ignore(inbound):
        return settle(work, message, "ignored", "a header of this trusted account says so")
    if _flood(work, inbound):
        return settle(work, message, "held", f"more than {MESSAGES_PER_HOUR} messages in an hour")
    return make_of(work, message, inbound)


def make_of(work: Work, message: InboundMessage, inbound: Inbound) -> Receipt:
    """An answer on the ticket that the message means, or a ticket of its own."""
    meant = _meant(work, inbound)
    if meant is not None:
        return answer(work, message, inbound, meant.ticket, notice=meant.notice)
    return open_ticket(work, message, inbound)


def _known(session: Session, inbound: Inbound) -> InboundMessage | None:
    query = select(InboundMessage).where(
        InboundMessage.channel == inbound.channel,
        InboundMessage.external_id == inbound.external_id[:500],
    )
    return session.scalar(query)


def _own(work: Work, inbound: Inbound) -> bool:
    """Whether this is a message of ours that came back to us; answering it would never end."""
    if inbound.channel != "email" or inbound.bounce:
        return False
    sent = select(Article.id).where(
        Article.message_id == inbound.external_id, Article.direction == "out"
    )
    return work.session.scalar(sent.limit(1)) is not None


def _flood(work: Work, inbound: Inbound) -> bool:
    if not inbound.sender:
        return False
    since = work.now - timedelta(hours=1)
    query = select(func.count(InboundMessage.id)).where(
        InboundMessage.sender == inbound.sender[:400], InboundMessage.received_at > since
    )
    return int(work.session.scalar(query) or 0) > MESSAGES_PER_HOUR


@dataclass(frozen=True)
class _Meant:
    """A ticket that a message answers; `notice`: it does so by an id of a notice to an agent."""

    ticket: Ticket
    notice: bool = False


def _meant(work: Work, inbound: Inbound) -> _Meant | None:
    """The ticket that a message answers: by what it replies to first, then by the subject.

    References are ours alone to give out, so they come before a number that anybody can type; the
    nearest of them counts. A merged ticket stands for the one it was merged into.
    """
    named = [inbound.original_id, inbound.in_reply_to, *reversed(inbound.references)]
    ids = list(dict.fromkeys(one for one in named if one))[:REFERENCES]
    ticket = _by_article(work, ids)
    notice = False
    if ticket is None:
        ticket = _by_seal(work, ids)
        notice = ticket is not None
    if ticket is None:
        ticket = claimed_ticket(work, inbound.subject)
    if ticket is None and inbound.channel == "sms":
        ticket = ticket_of_text(work, inbound)
    for _ in range(10):
        if ticket is None or ticket.merged_into is None:
            break
        ticket = ticket.merged_into
    return _Meant(ticket, notice) if ticket is not None else None


def _by_article(work: Work, ids: list[str]) -> Ticket | None:
    """The ticket on which the first of these ids was said."""
    if not ids:
        return None
    query = (
        select(Article.message_id, Article.ticket_id)
        .where(Article.message_id.in_(ids))
        .order_by(Article.id)
    )
    said = {row.message_id: row.ticket_id for row in work.session.execute(query)}
    found = next((said[one] for one in ids if one in said), None)
    return work.session.get(Ticket, found) if found is not None else None


def _by_seal(work: Work, ids: list[str]) -> Ticket | None:
    """The ticket that a sealed id of ours names though no article bears it: that of a notice."""
    settings = work.desk.settings
    domain = settings.mail_from.rpartition("@")[2] or "localhost"
    numbers = (number_in_reference(one, domain, settings.secret.encode()) for one in ids)
    return first_with(work, numbers)
