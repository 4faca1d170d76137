"""Telling people: customers by an article on the ticket, agents by a notice of their own."""

from __future__ import annotations

import secrets

from engine.audit.trail import record
from engine.channels.threading import reference_id
from engine.commands.reach import SENT_BY, Way, way_to_customer
from engine.notify.choices import wants_mail
from engine.notify.kinds import TO_CUSTOMERS
from engine.notify.queries import remembered
from engine.notify.recipients import recipients
from engine.notify.render import render, short_text
from engine.notify.texts import LANGUAGES, notice
from engine.notify.values import About, Values
from engine.notify.write import tell, told_already
from engine.outbox import write as outbox
from engine.people.models import Person
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Ticket
from engine.work import Work

UNWANTED = "The customer has chosen not to be sent such messages; they stand with the request."


def send_notice(
    work: Work, ticket: Ticket, to: str, template: str, *, urgent: bool = False
) -> None:
    """Tell `customer`, `owner`, `responsible`, `queue`, `group:NAME` or an agent's address.

    What goes to the customer becomes an automatic article; nobody is told of their own doing.
    """
    if to == "customer":
        tell_customer(work, ticket, template)
        return
    for person in recipients(work.session, ticket, to):
        if not work.own_doing(person.id):
            tell_agent(work, ticket, person, template, urgent=urgent)


def tell_customer(work: Work, ticket: Ticket, template: str) -> Article | None:
    """Write the template as an automatic article and send it by the way that reaches them.

    Where none does, the article says so, and the ticket's owner is told, who has to call.
    """
    customer = ticket.customer
    if customer is None or not customer.active:
        return None
    language = customer.language or ticket.language
    way = way_to_customer(ticket)
    values = Values(About(work.session, work.desk.settings, ticket, customer, language=language))
    subject, body = render(work.session, template, language, values)
    if way.channel == "sms":
        text = notice(work.session, template).texts[language if language in LANGUAGES else "en"]
        link, hook = bool(customer.password_hash), work.desk.settings.ticket_hook
        body = short_text(text, values, hook, link=link)
    unwanted = not wants_mail(remembered(work.session, customer.id), TO_CUSTOMERS.get(template, ""))
    way = Way(way.channel) if unwanted else way
    problem = UNWANTED if unwanted else way.problem
    article = Article(
        ticket_id=ticket.id,
        channel=way.channel,
        direction="out",
        visible=True,
        sender=work.desk.settings.mail_name,
        address=ticket.queue.email,
        recipients=[way.address] if way.address else [],
        subject=subject,
        body=body,
        automatic=True,
        message_id=new_message_id(work, ticket),
        delivery="failed" if way.problem else "waiting" if way.address else "",
        problem=problem,
        created_at=work.now,
    )
    work.session.add(article)
    work.session.flush()
    record(work, ticket.id, "notice", after=f"{template} → {customer.name}", reason=problem)
    if way.address:
        outbox.add(work, SENT_BY[way.channel], ticket_id=ticket.id, article_id=article.id)
    elif way.problem and ticket.owner is not None and ticket.owner.active:
        tell_agent(work, ticket, ticket.owner, "call_customer")
    return article


def tell_agent(
    work: Work,
    ticket: Ticket,
    person: Person,
    template: str,
    item: WorkItem | None = None,
    *,
    urgent: bool = False,
) -> None:
    """Tell one person; by which ways, their own choices say, and their right to the ticket is
    checked again when something leaves. What is `urgent` reaches them like an escalation."""
    if told_already(work, person, template, ticket):
        return
    more = {"item_id": item.id if item else None, "urgent": urgent or None}
    tell(work, person, template, ticket, message_id=new_message_id(work, ticket), **more)
    record(work, ticket.id, "notice", after=f"{template} → {person.name}")


def tell_privately(
    work: Work, ticket: Ticket, person: Person, template: str, text: str = ""
) -> None:
    """Tell somebody what they have asked for themselves: no history tells others of it."""
    tell(work, person, template, ticket, message_id=new_message_id(work, ticket), text=text)


def new_message_id(work: Work, ticket: Ticket) -> str:
    """A sealed Message-ID under the desk's own domain; kept on the article, the same at every try.

    Only who has seen one of our mails can name it, so naming it proves more than a number does.
    """
    settings = work.desk.settings
    domain = settings.mail_from.rpartition("@")[2] or "localhost"
    return reference_id(ticket.number, secrets.token_hex(8), domain, settings.secret.encode())
