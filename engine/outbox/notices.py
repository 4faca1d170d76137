"""Notices to one person: their right to see the ticket is asked when the mail leaves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine.channels.mail_out import OutgoingMail
from engine.channels.threading import build_subject, reference_id
from engine.notify.render import render
from engine.notify.values import About, Values
from engine.outbox.drain import After, Task
from engine.outbox.posting import domain_of, post
from engine.people.models import Person
from engine.people.queries import actor_of
from engine.tickets.access import may
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.requests import asked_outside, customer_side
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)


def send_notice(desk: Desk, task: Task) -> After | None:
    """Send the notice unless the person may not see the ticket any more or has no address."""
    mail = desk.read(lambda work: compose(work, task))
    if mail is not None:
        post(desk.settings, mail, f"notice-{task.id}")
    return None


def compose(work: Work, task: Task) -> OutgoingMail | None:
    """The mail for a notice, in the reader's language; None when there is nobody to tell."""
    person = work.session.get(Person, task.payload.get("person_id") or 0)
    ticket = work.session.get(Ticket, task.ticket_id or task.payload.get("ticket_id") or 0)
    if person is None or ticket is None or not person.active or not person.email:
        return None
    place = place_of(work, ticket, person)
    if not place:
        log.info("notice %s: person %s does not see ticket %s", task.id, person.id, ticket.number)
        return None
    settings = work.desk.settings
    template = str(task.payload.get("template", ""))
    values = _values(work, task, ticket, person, place)
    subject, body = render(work.session, template, person.language, values)
    return OutgoingMail(
        sender=settings.mail_from,
        sender_name=settings.mail_name,
        to=(person.email,),
        to_name=person.name,
        subject=build_subject(
            ticket.number,
            subject,
            hook=settings.ticket_hook,
            form=settings.subject_format,
            prefix="",
        ),
        text=body,
        message_id=str(task.payload.get("message_id") or "")
        or reference_id(ticket.number, f"notice-{task.id}", domain_of(settings)),
        date=work.now,
        automatic=True,
    )


def place_of(work: Work, ticket: Ticket, person: Person) -> str:
    """The pages on which this person reads the ticket and can do what it asks; empty for none."""
    actor, session = actor_of(work.session, person), work.session
    asked = asked_outside(session, ticket, person.id)
    if person.is_agent and not asked and may(session, actor, ticket, "read"):
        return "tickets"
    return "requests" if may(session, customer_side(actor), ticket, "read") else ""


def _values(work: Work, task: Task, ticket: Ticket, person: Person, place: str) -> Values:
    payload = task.payload
    item = work.session.get(WorkItem, payload.get("item_id") or 0)
    said = {name: str(payload.get(name, "")) for name in ("text", "reason")}
    return Values(About(work.session, work.desk.settings, ticket, person, place, item, **said))
