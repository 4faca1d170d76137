"""A mail to one person who works here, about something that is no ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.channels.mail_out import OutgoingMail
from engine.notify.render import render
from engine.outbox.drain import After, Task
from engine.outbox.posting import domain_of, post
from engine.people.models import Person
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk


def send_letter(desk: Desk, task: Task) -> After | None:
    """Send what an older version wrote, unless the person is gone or has no address."""
    mail = desk.read(lambda work: compose(work, task))
    if mail is not None:
        post(desk.settings, mail, f"letter-{task.id}")
    return None


def compose(work: Work, task: Task) -> OutgoingMail | None:
    """The mail in the reader's language, with the page that says more; None for nobody."""
    person = work.session.get(Person, task.payload.get("person_id") or 0)
    if person is None or not person.active or not person.email:
        return None
    settings = work.desk.settings
    values = {
        "link": f"{settings.base_url.rstrip('/')}/{task.payload.get('page', '')}",
        "text": str(task.payload.get("text", "")),
    }
    template = str(task.payload.get("template", ""))
    return written(work, person, template, values, f"letter.{task.id}")


def written(
    work: Work, person: Person, template: str, values: dict[str, str], mark: str
) -> OutgoingMail:
    """A mail of the desk itself to one person, in their language; `mark` makes its id the only one.

    The desk's name and theirs are filled in beside `values`.
    """
    settings = work.desk.settings
    always = {"name": person.name, "desk": settings.mail_name}
    subject, body = render(work.session, template, person.language, always | values)
    return OutgoingMail(
        sender=settings.mail_from,
        sender_name=settings.mail_name,
        to=(person.email,),
        to_name=person.name,
        subject=subject,
        text=body,
        message_id=f"<vorgang.{mark}@{domain_of(settings)}>",
        date=work.now,
        automatic=True,
    )
