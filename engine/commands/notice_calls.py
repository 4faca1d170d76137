"""What one person is told, said to the desk's webhook that carries notifications on.

The address is an admin's alone: what everybody could choose for themselves would be a door through
which titles of tickets leave the house, and through which the desk can be sent anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from engine.commands.webhooks import deliver_event
from engine.notify.compose import Letter, message_for
from engine.notify.models import NotificationDelivery
from engine.outbox.notices import told_now
from engine.outbox.webhook_models import Webhook
from engine.work import Work

EVENT = "notification.sent"
STANDARD = {
    "delivery": "{{delivery}}",
    "event": "{{event}}",
    "time": "{{time}}",
    "notification": {
        "to": "{{notification.to}}",
        "name": "{{notification.name}}",
        "subject": "{{notification.subject}}",
        "text": "{{notification.text}}",
    },
    "ticket": {
        "number": "{{ticket.number}}",
        "title": "{{ticket.title}}",
        "url": "{{ticket.url}}",
    },
}


def tell_webhook(work: Work, name: str, rows: Sequence[NotificationDelivery]) -> None:
    """One call for all of these, which are one person's, as far as they may read them now."""
    webhook = work.session.scalar(select(Webhook).where(Webhook.name == name, Webhook.active))
    said = []
    for row in rows:
        told = told_now(work, row) if webhook is not None else "webhook"
        row.done_at = work.now
        if isinstance(told, str):
            row.state, row.why = "dropped", told
        else:
            row.state = "sent"
            said.append(told)
    if webhook is None or not said:
        return
    person, settings = rows[0].notification.person, work.desk.settings
    subject, body = message_for(Letter(work.session, settings, person, work.now), said)
    facts = {
        "notification.to": person.login,
        "notification.name": person.name,
        "notification.subject": subject,
        "notification.text": body,
    }
    tickets = {one.ticket.id: one.ticket for one in said if one.ticket is not None}
    only = next(iter(tickets.values())) if len(tickets) == 1 else None
    if only is not None:
        address = f"{settings.base_url.rstrip('/')}/{said[0].place}/{only.number}"
        facts |= {"ticket.number": only.number, "ticket.title": only.title, "ticket.url": address}
    call = deliver_event(work, webhook, EVENT, facts, only.id if only else None, STANDARD)
    for row in rows:
        if row.state == "sent":
            row.outbox_id = call.outbox_id
