"""Messages to one person about what they are told: their right is asked when a message leaves.

What they may not read any more, have read in the browser meanwhile, or what concerns a ticket that
has ended since, is left out; where nothing is left, nothing is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.catalogue.models import ENDED_TYPES
from engine.channels.mail_out import OutgoingMail
from engine.channels.sms_out import send_sms
from engine.channels.threading import reference_id
from engine.db.together import do_together
from engine.notify.choices import rules_of
from engine.notify.compose import Letter, Told, message_for, text_for
from engine.notify.frames import word
from engine.notify.models import Notification, NotificationDelivery, NotificationRules
from engine.notify.rights import page_for
from engine.notify.texts import notice_or_none
from engine.notify.unsubscribe import can_end, group_told, token_for
from engine.outbox.drain import After, Task
from engine.outbox.phone_texts import provider
from engine.outbox.posting import domain_of, post, write_sent
from engine.people.models import Person
from engine.settings import Settings
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)


@dataclass
class Ready:
    """What is to be sent to whom, and what became of each delivery that the row carries."""

    mail: OutgoingMail | None = None
    number: str = ""  # for a text
    text: str = ""
    sent: list[int] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)  # by which choices of its reader
    dropped: dict[int, str] = field(default_factory=dict)


def send_notice(desk: Desk, task: Task) -> After | None:
    """Send all that the row carries as one message; nothing where nobody is to be told any more."""
    ready = desk.read(lambda work: prepare(work, task))
    settings = desk.settings
    if ready.mail is not None:
        post(settings, ready.mail, f"notice-{task.id}")
    elif ready.number and settings.sms_url:
        send_sms(provider(settings), ready.number, ready.text, f"vorgang-notice-{task.id}")
    elif ready.number:
        kept = f"To: {ready.number}\n\n{ready.text}\n"
        write_sent(settings, f"notice-{task.id}.sms.txt", kept.encode())
    return _marked(task.id, ready)


def give_up_notice(work: Work, task: Task, reason: str) -> None:
    """It will not leave any more; in the browser it still stands."""
    for row in _carried(work, task.id):
        row.state, row.why, row.done_at = "failed", "", work.now


def prepare(work: Work, task: Task) -> Ready:
    """The message as it is to be sent now."""
    do_together(work.session)
    ready = Ready()
    person = work.session.get(Person, task.payload.get("person_id") or 0)
    if "template" in task.payload:  # written by a version that kept no rows of it
        told = _told_before(work, task, person)
    else:
        told = []
        for row in _carried(work, task.id):
            one = told_now(work, row)
            if isinstance(one, str):
                ready.dropped[row.id] = one
            else:
                ready.sent.append(row.id)
                ready.groups.add(group_told(row.notification))
                told.append(one)
    if person is None or not told:
        return ready
    if task.payload.get("channel") == "sms":
        ready.number = person.mobile
        ready.text = text_for(Letter(work.session, work.desk.settings, person, work.now), told)
    else:
        ready.mail = _mail(work, task, person, told, _way_out(work, person, ready.groups))
    return ready


def told_now(work: Work, row: NotificationDelivery) -> Told | str:
    """What a delivery tells its reader now, or in a word why it tells nothing any more."""
    one, person = row.notification, row.notification.person
    address = {"email": person.email, "sms": person.mobile}.get(row.channel, person.login)
    if not person.active or not address:
        return "gone" if not person.active else "address"
    page = str(one.payload.get("page", ""))
    if one.ticket is not None:
        page = page_for(work.session, person, one.ticket)
        if not page:
            log.info("notification %s: person %s may not read it any more", one.id, person.id)
            return "right"
    if one.read_at is not None or _over(one):
        return "read" if one.read_at is not None else "closed"
    if notice_or_none(work.session, one.kind) is None:
        return "text"
    return Told(
        kind=one.kind,
        at=one.created_at,
        ticket=one.ticket,
        place=page,
        text=str(one.payload.get("text", "")),
        reason=str(one.payload.get("reason", "")),
        item=_item(work, one.payload),
        due=_moment(one.payload.get("due")),
        stands_for=one.for_person.name if one.for_person is not None else "",
        team=bool(one.payload.get("team")),
        clock=str(one.payload.get("clock", "")),
    )


def _item(work: Work, payload: Mapping[str, Any]) -> WorkItem | None:
    number = payload.get("item_id")
    return work.session.get(WorkItem, number) if number else None


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _over(one: Notification) -> bool:
    """Whether the ticket has ended since this was told of it."""
    ticket = one.ticket
    if ticket is None or ticket.closed_at is None or ticket.state.type not in ENDED_TYPES:
        return False
    return ticket.closed_at > one.created_at


def _told_before(work: Work, task: Task, person: Person | None) -> list[Told]:
    ticket = work.session.get(Ticket, task.ticket_id or task.payload.get("ticket_id") or 0)
    if person is None or ticket is None or not person.active or not person.email:
        return []
    page = page_for(work.session, person, ticket)
    if not page:
        return []
    return [
        Told(
            kind=str(task.payload["template"]),
            at=task.since,
            ticket=ticket,
            place=page,
            text=str(task.payload.get("text", "")),
            reason=str(task.payload.get("reason", "")),
            item=_item(work, task.payload),
        )
    ]


def _way_out(work: Work, person: Person, groups: set[str]) -> str:
    """The address that ends mails of these kinds; none for customers, nor where nobody may."""
    row = work.session.get(NotificationRules, 1)
    ends = can_end(rules_of(row.document if row is not None else None), groups)
    if not person.is_agent or not ends:
        return ""
    settings = work.desk.settings
    token = token_for(settings.secret, person.id, ends)
    return f"{settings.base_url.rstrip('/')}/unsubscribe/{token}"


def _mail(
    work: Work, task: Task, person: Person, told: Sequence[Told], way_out: str
) -> OutgoingMail:
    settings = work.desk.settings
    digest = str(task.payload.get("digest", ""))
    letter = Letter(work.session, settings, person, work.now)
    subject, body = message_for(letter, told, digest)
    if way_out:
        body += f"\n-- \n{word(letter.language, 'unsubscribe')}\n{way_out}\n"
    return OutgoingMail(
        sender=settings.mail_from,
        sender_name=settings.mail_name,
        to=(person.email,),
        to_name=person.name,
        subject=subject,
        text=body,
        message_id=str(task.payload.get("message_id") or "") or _id(settings, task, told[0]),
        date=work.now,
        automatic=True,
        unsubscribe=way_out,
    )


def _id(settings: Settings, task: Task, one: Told) -> str:
    number = one.ticket.number if one.ticket is not None else "0"
    return reference_id(number, f"notice-{task.id}", domain_of(settings))


def _carried(work: Work, row_id: int) -> Iterable[NotificationDelivery]:
    mine = (
        select(NotificationDelivery)
        .where(NotificationDelivery.outbox_id == row_id, NotificationDelivery.state == "leaving")
        .options(
            joinedload(NotificationDelivery.notification).joinedload(Notification.ticket),
            joinedload(NotificationDelivery.notification).joinedload(Notification.person),
        )
        .order_by(NotificationDelivery.notification_id)
    )
    return work.session.scalars(mine).all()


def _marked(row_id: int, ready: Ready) -> After:
    """What is written down once it has left; what came to the row meanwhile is due anew."""
    sent = set(ready.sent)

    def after(work: Work) -> None:
        moment: datetime = work.now
        for row in _carried(work, row_id):
            if row.id in sent:
                row.state, row.done_at = "sent", moment
            elif row.id in ready.dropped:
                row.state, row.why, row.done_at = "dropped", ready.dropped[row.id], moment
            else:
                row.state, row.due_at, row.outbox_id, row.done_at = "waiting", moment, None, None

    return after
