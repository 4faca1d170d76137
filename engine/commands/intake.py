"""The one way in for every message, whatever the channel: stored first, then understood.

The original lies in the file store and a row says that it reached us before anything is made of
it. The pair (channel, external id) is unique, so the same message twice is one article.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.trail import record
from engine.catalogue.models import Queue
from engine.catalogue.queries import default_queue, maybe, queue_for_address
from engine.channels.inbound import Inbound
from engine.channels.threading import clean_subject, ticket_number_in
from engine.commands.articles import NewFile, add_article, heard
from engine.commands.contacts import contact_for
from engine.commands.follow_up import follow_up
from engine.commands.text_answers import ticket_of_text
from engine.commands.tickets import NewTicket, create_ticket, link_tickets, reopen_ticket
from engine.outbox.articles import came_back
from engine.people.models import Person
from engine.tickets.models import Article, InboundMessage, Participant, Ticket
from engine.work import SYSTEM, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

MESSAGES_PER_HOUR = 200  # of one sender, before the rest is held for a person to look at


@dataclass(frozen=True)
class Receipt:
    """What became of a message: created, follow_up, duplicate, ignored, held or unreadable."""

    outcome: str
    ticket: str | None = None
    article: int | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The receipt as the command line prints it."""
        return asdict(self)


def deliver(desk: Desk, inbound: Inbound, *, trusted: bool = False) -> Receipt:
    """Take a message in. When this returns, the message is safe; when it raises, it is not."""
    digest = desk.files.put(inbound.raw)
    cause = Cause(
        "mail" if inbound.channel == "email" else inbound.channel, reason="a message came in"
    )
    return desk.run(lambda work: receive(work, inbound, digest, trusted=trusted), SYSTEM, cause)


def receive(work: Work, inbound: Inbound, digest: str, *, trusted: bool = False) -> Receipt:
    """Make of a stored message what it is: an answer, a new ticket, or nothing, with the reason."""
    known = _known(work.session, inbound)
    if known is not None and known.sender != inbound.sender[:400]:
        # Nobody can make another's message vanish by using up its id; the bytes are the key then.
        inbound = replace(inbound, external_id=f"sha256:{digest}")
        known = _known(work.session, inbound)
    if known is not None:
        return _receipt(work, known, "duplicate", "the same message has been received before")
    message = InboundMessage(
        channel=inbound.channel,
        external_id=inbound.external_id[:500],
        digest=digest,
        sender=inbound.sender[:400],
        subject=inbound.subject[:400],
        received_at=work.now,
        outcome="held",
    )
    work.session.add(message)
    work.session.flush()
    if _own(work, inbound):
        return _end(work, message, "ignored", "this message was sent by the desk itself")
    if _flood(work, inbound):
        return _end(work, message, "held", f"more than {MESSAGES_PER_HOUR} messages in an hour")
    ticket = _ticket_meant(work, inbound)
    if ticket is not None:
        return _follow_up(work, message, inbound, ticket)
    return _new_ticket(work, message, inbound, trusted)


def _known(session: Session, inbound: Inbound) -> InboundMessage | None:
    query = select(InboundMessage).where(
        InboundMessage.channel == inbound.channel,
        InboundMessage.external_id == inbound.external_id[:500],
    )
    return session.scalar(query)


def _receipt(work: Work, message: InboundMessage, outcome: str, reason: str) -> Receipt:
    ticket = work.session.get(Ticket, message.ticket_id) if message.ticket_id else None
    return Receipt(outcome, ticket.number if ticket else None, message.article_id, reason)


def _end(work: Work, message: InboundMessage, outcome: str, reason: str) -> Receipt:
    message.outcome, message.reason = outcome, reason
    return _receipt(work, message, outcome, reason)


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


def _ticket_meant(work: Work, inbound: Inbound) -> Ticket | None:
    """The ticket that a message answers: by what it replies to first, then by the subject.

    References are ours alone to give out, so they come before a number that anybody can type.
    A merged ticket stands for the one it was merged into.
    """
    ticket = None
    named = [
        m for m in [inbound.original_id, inbound.in_reply_to, *reversed(inbound.references)] if m
    ]
    if named:
        query = select(Article).where(Article.message_id.in_(named[:50]))
        article = work.session.scalars(query.order_by(Article.id.desc())).first()
        ticket = work.session.get(Ticket, article.ticket_id) if article else None
    if ticket is None:
        settings = work.desk.settings
        number = ticket_number_in(
            inbound.subject, hook=settings.ticket_hook, system_id=settings.system_id
        )
        if number:
            ticket = work.session.scalar(select(Ticket).where(Ticket.number == number))
    if ticket is None and inbound.channel == "sms":
        ticket = ticket_of_text(work, inbound)
    for _ in range(10):
        if ticket is None or ticket.merged_into is None:
            break
        ticket = ticket.merged_into
    return ticket


def _follow_up(work: Work, message: InboundMessage, inbound: Inbound, ticket: Ticket) -> Receipt:
    role, person = _role_of(work, inbound, ticket)
    if role == "customer" and ticket.state.ended and ticket.queue.follow_up != "possible":
        return _after_the_end(work, message, inbound, ticket)
    stranger = role == "stranger"
    article = _article(
        work,
        ticket,
        inbound,
        message.digest,
        visible=role in ("customer", "bounce") and role != "bounce",
        verified=not stranger,
        person=person,
    )
    message.ticket_id, message.article_id = ticket.id, article.id
    if role == "bounce":
        _came_back(work, inbound, ticket)
    if role == "customer":
        if ticket.state.ended and ticket.state.type not in ("merged", "removed"):
            reopen_ticket(work, ticket, "the customer has written again")
        heard(work, ticket, article)
    elif stranger:
        record(work, ticket.id, "stranger", after=inbound.sender, reason="not known on this ticket")
        _told(work, ticket, article)
    else:
        _told(work, ticket, article)
    reason = {"customer": "", "bounce": "could not be delivered"}.get(role, f"from a {role}")
    return _end(work, message, "follow_up", reason)


def _role_of(work: Work, inbound: Inbound, ticket: Ticket) -> tuple[str, Person | None]:
    """Who writes to this ticket: its customer, an agent, a participant, or somebody unknown."""
    if inbound.bounce and _names_ours(work, inbound, ticket):
        return "bounce", None
    if inbound.bounce:
        return "stranger", None
    person = contact_for(work, inbound, create=False)
    if person is not None and person.id == ticket.customer_id:
        return "customer", person
    if person is not None and person.is_agent:
        return "agent", person
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


def _came_back(work: Work, inbound: Inbound, ticket: Ticket) -> None:
    """Mark the mail that a report of ours names as one that did not arrive."""
    sent = select(Article).where(
        Article.message_id == inbound.original_id,
        Article.ticket_id == ticket.id,
        Article.direction == "out",
    )
    for article in work.session.scalars(sent):
        came_back(work, article, inbound.failed)


def _after_the_end(
    work: Work, message: InboundMessage, inbound: Inbound, ticket: Ticket
) -> Receipt:
    """The queue takes no answers on ended tickets: a new ticket, or the answer kept and refused."""
    if ticket.queue.follow_up == "reject":
        article = _article(work, ticket, inbound, message.digest, visible=True, verified=True)
        message.ticket_id, message.article_id = ticket.id, article.id
        from engine.commands.notices import tell_customer

        if not inbound.automatic:
            tell_customer(work, ticket, "rejected")
        return _end(work, message, "follow_up", "the ticket has ended; the sender was told so")
    receipt = _new_ticket(work, message, inbound, False, queue=ticket.queue)
    fresh = work.session.get(Ticket, message.ticket_id) if message.ticket_id else None
    if fresh is not None:
        link_tickets(work, fresh, ticket, "follows")
    return replace(receipt, reason=f"follows the ended ticket {ticket.number}")


def _new_ticket(
    work: Work,
    message: InboundMessage,
    inbound: Inbound,
    trusted: bool,
    queue: Queue | None = None,
) -> Receipt:
    person = contact_for(work, inbound, create=True)
    wanted = _filtered(work, inbound, trusted)
    if wanted.pop("ignore", None):
        return _end(work, message, "ignored", "a mail filter says so")
    place = queue or maybe(work.session, Queue, wanted.get("queue"))
    place = place or queue_for_address(work.session, inbound.recipients)
    unreadable = bool(inbound.problems) and not (inbound.text or inbound.files)
    new = NewTicket(
        title=clean_subject(inbound.subject, hook=work.desk.settings.ticket_hook) or "(no subject)",
        body=inbound.text or "\n".join(inbound.problems),
        channel=inbound.channel,
        queue=(place or default_queue(work.session)).name,
        priority=wanted.get("priority"),
        type=wanted.get("type"),
        customer=person,
        files=_files(inbound, keep_original=unreadable or bool(inbound.problems)),
        automatic=inbound.automatic or inbound.bounce,
        article=_article_values(work, inbound, message.digest),
        tags=wanted.get("tags", ()),
    )
    ticket = create_ticket(work, new)
    first = select(Article.id).where(Article.ticket_id == ticket.id).order_by(Article.id).limit(1)
    message.ticket_id, message.article_id = ticket.id, work.session.scalar(first)
    outcome = "unreadable" if unreadable else "created"
    return _end(work, message, outcome, "; ".join(inbound.problems)[:1000])


def _filtered(work: Work, inbound: Inbound, trusted: bool) -> dict[str, Any]:
    """What the mail filter rules say about a message that is not a ticket yet."""
    wanted: dict[str, Any] = {}
    if trusted:
        steering = ("queue", "priority", "type")
        wanted |= {name: inbound.headers[name] for name in steering if inbound.headers.get(name)}
    facts = {
        "ticket.title": inbound.subject,
        "ticket.body": inbound.text[:20_000],
        "ticket.channel": inbound.channel,
        "customer.email": inbound.sender,
        "customer.domain": inbound.sender.rpartition("@")[2],
        "customer.name": inbound.sender_name,
        "mail.automatic": inbound.automatic,
    }
    try:
        release = work.desk.library.release(work.session)
    except Exception:  # a message is taken in whatever the state of the rules
        return wanted
    for ruleset in release.listening("mail.received"):
        result = release.evaluate(ruleset, facts, event="mail.received", now=work.now)
        for decision in result.decisions:
            if decision.action == "set":
                wanted |= dict(decision.value)
            elif decision.action == "add_tag":
                wanted.setdefault("tags", []).append(str(decision.value))
            elif decision.action == "variable":
                wanted |= dict(decision.value)
    return wanted


def _article(
    work: Work,
    ticket: Ticket,
    inbound: Inbound,
    digest: str,
    *,
    visible: bool,
    verified: bool,
    person: Person | None = None,
) -> Article:
    values = _article_values(work, inbound, digest)
    values["person_id"] = person.id if person else None
    return add_article(
        work,
        ticket,
        body=inbound.text or "(no text)",
        channel=inbound.channel,
        direction="in" if visible else "internal",
        visible=visible,
        verified=verified,
        files=_files(inbound, keep_original=bool(inbound.problems)),
        **values,
    )


def _article_values(work: Work, inbound: Inbound, digest: str) -> dict[str, Any]:
    html = work.desk.files.put(inbound.html.encode("utf-8", "replace")) if inbound.html else None
    return {
        "sender": (inbound.sender_name or inbound.sender or "unknown")[:400],
        "address": inbound.sender[:400],
        "recipients": inbound.recipients[:50],
        "subject": inbound.subject[:400],
        "message_id": inbound.external_id[:500] if inbound.channel == "email" else None,
        "in_reply_to": (inbound.in_reply_to or "")[:500] or None,
        "html_digest": html,
        "original_digest": digest,
        "automatic": inbound.automatic,
    }


def _files(inbound: Inbound, *, keep_original: bool) -> list[NewFile]:
    files = [
        NewFile(file.name, file.media_type, file.data, file.content_id, file.inline)
        for file in inbound.files
    ]
    if keep_original:
        files.append(NewFile("original-message.eml", "message/rfc822", inbound.raw))
    return files


def _told(work: Work, ticket: Ticket, article: Article) -> None:
    follow_up(
        work,
        ticket,
        "article.added",
        article__direction=article.direction,
        article__channel=article.channel,
        article__internal=True,
        article__text=article.body[:20_000],
    )
