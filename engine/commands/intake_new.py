"""A message that answers nothing becomes a ticket of whoever wrote it."""

from __future__ import annotations

from sqlalchemy import select

from engine.catalogue.models import Queue
from engine.catalogue.queries import default_queue, queue_for_address
from engine.channels.inbound import Inbound
from engine.channels.threading import without_hooks
from engine.commands.contacts import contact_for
from engine.commands.intake_filter import Wanted, remember, wanted_of
from engine.commands.intake_parts import article_values, files_of, text_of
from engine.commands.receipts import Receipt, settle
from engine.commands.tickets import NewTicket, create_ticket
from engine.people.models import Person
from engine.tickets.models import Article, InboundMessage
from engine.work import Work


def open_ticket(
    work: Work, message: InboundMessage, inbound: Inbound, queue: Queue | None = None
) -> Receipt:
    """Make a ticket of the message, in `queue` or where account, filter or address put it."""
    wanted = wanted_of(work, inbound)
    if wanted.ignored_by:
        return settle(work, message, "ignored", f"a mail filter says so: {wanted.ignored_by}")
    person = contact_for(work, inbound, create=True)
    new = _new_ticket(work, message, inbound, wanted, person, queue)
    ticket = create_ticket(work, new)
    remember(work, ticket, wanted)
    first = select(Article.id).where(Article.ticket_id == ticket.id).order_by(Article.id).limit(1)
    message.ticket_id, message.article_id = ticket.id, work.session.scalar(first)
    outcome = "unreadable" if inbound.unreadable else "created"
    return settle(work, message, outcome, "; ".join([*inbound.problems, *wanted.unknown])[:1000])


def _new_ticket(
    work: Work,
    message: InboundMessage,
    inbound: Inbound,
    wanted: Wanted,
    person: Person | None,
    queue: Queue | None,
) -> NewTicket:
    place = queue or wanted.queue or queue_for_address(work.session, inbound.recipients)
    values = article_values(work, inbound, message.digest)
    if inbound.on_behalf:
        values["sender"] = (inbound.writer_name or inbound.writer)[:400]
        values["address"] = inbound.writer[:400]
    return NewTicket(
        title=without_hooks(inbound.subject, work.desk.settings.hooks) or "(no subject)",
        body=text_of(inbound),
        channel=inbound.channel,
        queue=(place or default_queue(work.session)).name,
        placed=queue is None and wanted.queue is not None,
        priority=wanted.priority,
        type=wanted.type,
        customer=person,
        files=files_of(inbound, message.digest),
        automatic=inbound.machine,
        no_auto_reply=inbound.automatic,
        article=values,
        tags=wanted.tags,
    )
